"""There and back: the same layers, with our notes, without them, and against changed ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import trees_equal

from interop.conftest import L, lif_stages, random_spikes, run_stages
from liaf_ref.interop.nir import Stage, from_nir, read, to_nir, write
from liaf_ref.kernels.spike import step
from liaf_ref.layers import (
    Dense,
    DenseLIAF,
    DirectLIAF,
    DirectLIF,
    Driven,
    Neurons,
    SynapticCurrent,
)

pytestmark = pytest.mark.usefixtures("nir")


def through(graph: Any, folder: Path) -> Any:
    write(folder / "net.nir", graph)
    return read(folder / "net.nir")


def neurons(layer: Any) -> Neurons:
    found = layer.dynamics if isinstance(layer, Driven) else layer
    assert isinstance(found, Neurons)
    return found


def forget(graph: Any) -> Any:
    """What another program leaves of our graph."""
    for node in graph.nodes.values():
        node.metadata = {}
    graph.metadata = {}
    return graph


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("dt", [1.0, 1e-4])
@pytest.mark.parametrize("threshold", ["exact", "as-is"])
def test_through_a_file_everything_comes_back_bit_for_bit(
    tmp_path: Path, dtype: Any, dt: float, threshold: str
) -> None:
    chain = lif_stages(dtype)
    back = from_nir(through(to_nir(chain, dt=dt, threshold=threshold), tmp_path))
    for stage, found in zip(chain, back, strict=True):
        assert trees_equal(dict(stage.params), dict(found.params))
        assert (stage.V0 is None and found.V0 is None) or trees_equal(stage.V0, found.V0)
        assert found.layer.param_shapes() == stage.layer.param_shapes()
    assert [type(s.layer) for s in back] == [Driven, Driven, Dense]
    assert neurons(back[0].layer).neuron.activation.value is step


@pytest.mark.parametrize("dt", [1.0, 1e-4])
def test_without_our_notes_numbers_are_within_the_bound_and_spikes_the_same(dt: float) -> None:
    chain, X = lif_stages(), random_spikes(60)
    back = from_nir(forget(to_nir(chain, dt=dt)), dt=dt)
    for stage, found in zip(chain, back, strict=True):
        for name, value in stage.params.items():
            width = 4e-16 if name in {"alpha", "beta"} else 0
            np.testing.assert_allclose(found.params[name], value, rtol=0, atol=width)
    again = [new._replace(V0=old.V0) for old, new in zip(chain, back, strict=True)]
    np.testing.assert_allclose(run_stages(chain, X)[0], run_stages(again, X)[0], rtol=0, atol=1e-14)


@pytest.mark.parametrize("sharing", ["all", "channel", "non"])
@pytest.mark.parametrize("shape", [(L,), (2, 3, L)])
def test_a_current_comes_back_bit_for_bit(shape: tuple[int, ...], sharing: str) -> None:
    rng, chain = np.random.default_rng(4), list[Stage]()
    for layer in (SynapticCurrent(shape, sharing=sharing), DirectLIF(shape, sharing=sharing)):
        p = layer.init(rng)
        for name in {"decay", "alpha"} & p.keys():
            p[name] = rng.uniform(0.1, 0.9, p[name].shape)
        chain.append(Stage(layer, p))
    graph = to_nir(chain)
    assert type(graph.nodes["neurons1"]).__name__ == "CubaLIF"
    for stage, found in zip(chain, from_nir(graph, sharing=sharing), strict=True):
        assert found.layer == stage.layer
        assert trees_equal(dict(found.params), dict(stage.params))
    for stage, found in zip(chain, from_nir(forget(graph), sharing=sharing), strict=True):
        for name, value in stage.params.items():
            np.testing.assert_allclose(found.params[name], value, rtol=0, atol=4e-16)


def test_without_notes_a_step_is_1_and_the_first_potential_zero_unless_stated() -> None:
    chain = lif_stages()
    graph = forget(to_nir(chain, dt=2.0))
    p = from_nir(graph, dt=2.0)[0].params
    np.testing.assert_allclose(p["alpha"], chain[0].params["alpha"], rtol=1e-14)
    assert not np.allclose(from_nir(graph, fold_gain=True)[0].params["alpha"], p["alpha"])
    lif = graph.nodes["neurons0"]
    for start, v0 in [("zero", 0), ("v_leak", lif.v_leak), ("v_reset", lif.v_reset)]:
        stage = from_nir(graph, dt=2.0, initial_potential=start)[0]
        assert stage.V0 is not None
        np.testing.assert_allclose(stage.V0, p["alpha"] * v0 + p["beta"], rtol=0, atol=1e-16)
    default = from_nir(graph, dt=2.0)[0].V0
    assert default is not None
    assert (default == p["beta"]).all()


def test_where_a_node_was_changed_the_node_counts(tmp_path: Path) -> None:
    chain = lif_stages()
    graph = through(to_nir(chain), tmp_path)
    lif = graph.nodes["neurons0"]
    lif.tau = np.full_like(lif.tau, 4.0)
    lif.r = lif.tau.copy()
    found = from_nir(graph)[0]
    np.testing.assert_allclose(found.params["alpha"], 0.75)
    np.testing.assert_allclose(found.params["beta"], lif.v_leak / 4)
    assert found.V0 is not None
    noted = lif.metadata["liaf_ref"]["v0"]  # still NIR's first potential
    np.testing.assert_allclose(found.V0, 0.75 * noted + lif.v_leak / 4)
    assert trees_equal(dict(from_nir(graph)[1].params), dict(chain[1].params))


def liaf() -> Stage:
    layer = DenseLIAF(3, L, act="tanh", mode="NTR")
    return Stage(layer, layer.init(np.random.default_rng(0)))


def test_analog_neurons_are_written_as_spiking_ones_only_if_asked_for_and_marked() -> None:
    graph = to_nir([liaf()], analog="as-lif")
    notes = graph.nodes["neurons0"].metadata["liaf_ref"]
    assert {key: notes[key] for key in ("analog", "act", "mode")} == {
        "analog": "as-lif",
        "act": "tanh",
        "mode": "NTR",
    }
    assert neurons(from_nir(graph)[0].layer).neuron.activation.value is step
    restored = neurons(from_nir(graph, analog="restore")[0].layer)
    assert (restored.neuron.act_name, restored.neuron.mode) == ("tanh", "NTR")
    plain = to_nir(lif_stages(), analog="as-lif").nodes["neurons0"].metadata["liaf_ref"]
    assert "analog" not in plain


def test_leaky_integrators_come_back_as_neurons_that_cannot_fire(tmp_path: Path) -> None:
    layer = DirectLIAF((L,), act="identity", mode="NTR")
    never = float(np.finfo(np.float64).max)
    params = {
        "v_th": np.full(L, never),
        "v_reset": np.zeros(L),
        "alpha": np.linspace(0.1, 0.9, L),
        "beta": np.linspace(-1, 1, L),
    }
    graph = through(to_nir([Stage(layer, params, np.ones(L))]), tmp_path)
    assert type(graph.nodes["neurons0"]).__name__ == "LI"
    for given in (graph, forget(graph)):
        (found,) = from_nir(given)
        np.testing.assert_allclose(found.params["alpha"], params["alpha"], rtol=0, atol=4e-16)
        assert (found.params["v_th"] == never).all()
        silent = neurons(found.layer)
        assert (silent.neuron.act_name, silent.neuron.mode) == ("identity", "NTR")


@pytest.mark.parametrize("shape", [(L,), (2, 3, L), (1, 1, L)])
@pytest.mark.parametrize("sharing", ["all", "channel", "non"])
def test_sharing_comes_back_if_asked_for(shape: tuple[int, ...], sharing: str) -> None:
    layer = DirectLIF(shape, sharing=sharing, v_th=0.7, alpha=0.6)
    params = layer.init(np.random.default_rng(0))
    if sharing != "all":
        params["v_th"] = np.random.default_rng(1).uniform(0.1, 1, params["v_th"].shape)
    graph = to_nir([Stage(layer, params, np.random.default_rng(2).normal(size=shape))])
    (found,) = from_nir(graph, sharing=sharing)
    assert trees_equal(dict(found.params), params)
    (spread,) = from_nir(graph)
    assert neurons(spread.layer).neuron.sharing == "non"
    assert neurons(spread.layer).shape == shape
    assert trees_equal(spread.params["v_th"], np.broadcast_to(params["v_th"], shape).copy())
