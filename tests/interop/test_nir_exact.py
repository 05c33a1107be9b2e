"""The graph means what the layers mean: Euler on NIR's definitions against our kernels."""

from typing import Any

import numpy as np
import pytest

from interop.conftest import (
    B,
    K,
    L,
    lif_stages,
    random_spikes,
    run_stages,
    simulate_graph,
)
from liaf_ref.interop import nir_euler
from liaf_ref.interop.nir import Stage, to_nir
from liaf_ref.kernels.array import Array
from liaf_ref.layers import DenseLIF, DirectLIAF, DirectLIF


def dyadic(dtype: Any, alpha: float) -> list[Stage]:
    """One layer in whole eighths: every operation of either side is exact, and ties occur."""
    rng = np.random.default_rng(7)
    layer = DenseLIF(K, L)
    params = {
        "W": rng.integers(-4, 8, (K, L)) / 8,
        "b": rng.integers(-1, 2, L) / 8,
        "v_th": np.array([4, 5, 6, 8]) / 8,
        "v_reset": np.array([0, -2, 1, 3]) / 8,
        "alpha": np.full(L, alpha),
        "beta": np.array([0, 1, -1, 2]) / 8,
    }
    V0 = params["beta"] + alpha * np.array([0, 4, -8, 2]) / 8
    params = {name: value.astype(dtype) for name, value in params.items()}
    return [Stage(layer, params, V0.astype(dtype))]


@pytest.mark.usefixtures("nir")
@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.75])
@pytest.mark.parametrize(("dtype", "steps"), [(np.float64, 20), (np.float32, 8)])
def test_where_no_number_is_rounded_spikes_and_potentials_are_equal_bit_for_bit(
    alpha: float, dtype: Any, steps: int
) -> None:
    chain, X = dyadic(dtype, alpha), random_spikes(steps, dtype)
    Y, (U,) = run_stages(chain, X)
    Z, (v,) = simulate_graph(to_nir(chain), X)
    assert (Y == Z).all()
    assert (v == U).all()
    assert alpha == 0.75 or (chain[0].params["v_th"] == U).any()  # ties are among them
    assert 0 < Y.mean() < 1


def one_neuron(**values: float) -> dict[str, Array]:
    defaults = {"v_th": 0.5, "v_reset": 0.0, "alpha": 0.5, "beta": 0.0}
    return {name: np.array([value]) for name, value in (defaults | values).items()}


@pytest.mark.usefixtures("nir")
@pytest.mark.parametrize("dt", [1.0, 1e-4, 0.125])
@pytest.mark.parametrize("fold_gain", [False, True])
def test_with_parameters_per_neuron_spikes_are_equal_and_potentials_to_rounding(
    dt: float, fold_gain: bool
) -> None:
    chain, X = lif_stages(), random_spikes(60)
    Y, potentials = run_stages(chain, X)
    Z, found = simulate_graph(to_nir(chain, dt=dt, fold_gain=fold_gain), X, dt)
    for stage, U, v in zip(chain, potentials, found, strict=False):
        # A step rounds some 16 times, each time by half an eps of at most the sum of what
        # it adds up; what is left of an error after a step is alpha of it.
        p = stage.params
        size = abs(U).max() + abs(p["W"]).sum(0).max() + abs(p["beta"]).max() + 1
        width = 8 * np.finfo(float).eps * size / (1 - p["alpha"].max())
        assert abs(U - v).max() <= width
        assert abs(U - p["v_th"]).min() > width  # so no spike hangs on rounding
    np.testing.assert_allclose(Y, Z, rtol=0, atol=1e-14)  # the head, after equal spikes


@pytest.mark.usefixtures("nir")
@pytest.mark.parametrize("sharing", ["all", "channel", "non"])
def test_shared_parameters_are_spread_and_channels_go_first(sharing: str) -> None:
    shape = (2, 3, L)
    layer = DirectLIF(shape, sharing=sharing)
    rng = np.random.default_rng(2)
    params = {
        name: rng.uniform(0.25, 0.75, size) if name != "v_reset" else rng.uniform(-1, 0, size)
        for name, size in layer.param_shapes().items()
    }
    V0 = rng.normal(size=shape)
    X = rng.normal(size=(B, 30, *shape))
    Y, (U,) = run_stages([Stage(layer, params, V0)], X)
    Z, (v,) = simulate_graph(to_nir([Stage(layer, params, V0)]), np.moveaxis(X, -1, 2))
    assert Z.shape == (B, 30, L, 2, 3)
    assert (np.moveaxis(Z, 2, -1) == Y).all()
    np.testing.assert_allclose(np.moveaxis(v, 2, -1), U, rtol=0, atol=1e-14)
    assert 0 < Y.mean() < 1


@pytest.mark.usefixtures("nir")
@pytest.mark.parametrize(("alpha", "kind"), [(0.5, "LI"), (1.0, "I")])
def test_neurons_that_cannot_fire_and_show_their_potential_are_leaky_integrators(
    alpha: float, kind: str
) -> None:
    never = float(np.finfo(np.float64).max)
    layer = DirectLIAF((1,), act="identity", mode="NTR")
    chain = [Stage(layer, one_neuron(alpha=alpha, v_th=never), np.array([0.125]))]
    graph = to_nir(chain)
    X = np.random.default_rng(4).integers(-8, 9, (B, 20, 1)) / 8
    Y, (U,) = run_stages(chain, X)
    Z, (v,) = simulate_graph(graph, X)
    assert type(graph.nodes["neurons0"]).__name__ == kind
    assert (Y == Z).all()
    assert (v == U).all()


@pytest.mark.parametrize(("dtype", "eps"), [(np.float64, 2.0**-52), (np.float32, 2.0**-23)])
@pytest.mark.parametrize("dt", [1.0, 1e-4])
def test_numbers_come_back_from_tau_and_v_leak_within_the_bound_the_page_states(
    dtype: Any, eps: float, dt: float
) -> None:
    rng = np.random.default_rng(5)
    n = 20000
    alpha = np.concatenate((rng.uniform(0, 1, n), 1 - 2.0 ** rng.uniform(-20, 0, n)))
    draw = [rng.normal(size=2 * n).astype(dtype) for _ in range(4)]
    p = nir_euler.DiscreteNeurons(draw[0], draw[1], alpha.astype(dtype), draw[2], draw[3])
    rule = nir_euler.ConversionOptions(dt, exact_threshold=True, fold_gain=False)
    fields = nir_euler.to_nir_fields(p, rule)
    back = nir_euler.from_nir_fields(fields, nir_euler.nir_initial_potential(p), rule)
    assert all(value.dtype == dtype for value in (*fields.values(), *back))
    assert (back.v_th == p.v_th).all()
    assert (back.v_reset == p.v_reset).all()
    assert (abs(back.alpha - p.alpha) <= 1.5 * eps).all()
    assert (abs(back.beta - p.beta) <= 2 * eps * abs(p.beta)).all()
    assert (abs(nir_euler.input_gain(fields, rule) - 1) <= 2 * eps).all()
