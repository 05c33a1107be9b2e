"""Two dense layers of neurons, the node function of Eq. (10) over both of its directions."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from independent import sampling, scalar_equations
from independent.comparison import Array, Arrays
from independent.finite_difference import REACH

from gradients.gradient_problem import (
    GradientProblem,
    check_by_complex_step,
    check_by_differences,
)
from liaf_ref.kernels import dense, neuron, spike
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.neuron import NTR, TR
from liaf_ref.kernels.pair import Pair

B, T, SIZES = 3, 4, (3, 5, 4)
LAYERS = (1, 2)
# A potential in the second layer moves by the sum of several in the first.
MARGIN = 20 * REACH


class LayerOptions(NamedTuple):
    """What a layer does with its potential; act "lif" is the spike."""

    act: str
    s: int


NETWORKS = {
    "liaf": (LayerOptions("tanh", TR), LayerOptions("selu", NTR)),
    "lif": (LayerOptions("lif", TR), LayerOptions("lif", TR)),
    "lif-below-liaf": (LayerOptions("lif", TR), LayerOptions("sigmoid", TR)),
}
every_network = pytest.mark.parametrize("network", NETWORKS)
every_mu = pytest.mark.parametrize("mu", [0.5, 0.3])


def _act(choice: LayerOptions, fires: Pair) -> Pair:
    return fires if choice.act == "lif" else ACTIVATIONS[choice.act]


def _layer(at: Any, layer: int) -> dict[str, Any]:
    suffix = str(layer)
    return {name.removesuffix(suffix): a for name, a in at.items() if name.endswith(suffix)}


def _candidate(rng: np.random.Generator) -> dict[str, Array]:
    at = {"X": rng.normal(size=(B, T, SIZES[0]))}
    for layer, K, L in zip(LAYERS, SIZES[:-1], SIZES[1:], strict=True):
        shapes = {"W": (K, L), "b": (L,), "V": (B, L)}
        at |= {f"{name}{layer}": rng.normal(0.0, 0.5, s) for name, s in shapes.items()}
        ranges = {"v_th": (0, 0.5), "v_reset": (-0.4, 0.2), "alpha": (0.4, 0.9), "beta": (0, 0.2)}
        at |= {f"{name}{layer}": rng.uniform(*ends, L) for name, ends in ranges.items()}
    return at


def _is_off_kinks(at: dict[str, Array], network: str, mu: float, relaxed: bool) -> bool:
    fires = scalar_equations.relaxed_spike(mu) if relaxed else scalar_equations.heaviside
    Y = at["X"]
    for layer, choice in zip(LAYERS, NETWORKS[network], strict=True):
        here = _layer(at, layer)
        here["I"] = Y @ here["W"] + here["b"]
        act = fires if choice.act == "lif" else scalar_equations.ACTIVATIONS[choice.act]
        run = scalar_equations.neuron(here, fires, act, choice.s == TR)
        x = run["U"] - here["v_th"]
        seen = run["U"] - choice.s * here["v_th"]
        kinks = (abs(abs(x) - mu), abs(x), abs(seen))
        counts = sampling.count_situations(x, seen, mu)
        if min(kink.min() for kink in kinks) < MARGIN or min(counts) < sampling.MIN_COUNT:
            return False
        Y = run["Y"]
    return True


def _draw(network: str, mu: float, relaxed: bool = False) -> dict[str, Array]:
    rng = np.random.default_rng(81)
    for _ in range(sampling.MAX_TRIES):
        at = _candidate(rng)
        if _is_off_kinks(at, network, mu, relaxed):
            return at
    raise AssertionError(f"no sample of {network} is clear of its kinks and meets the quota")


COTANGENTS = {
    "Y": np.random.default_rng(82).normal(size=(B, T, SIZES[2])),
    "V1": np.random.default_rng(83).normal(size=(B, SIZES[1])),
    "V2": np.random.default_rng(84).normal(size=(B, SIZES[2])),
}


def _problem(at: Arrays, network: str, fires: Pair) -> GradientProblem:
    def forward(at: Arrays) -> tuple[dict[str, Array], list[Any]]:
        Y, outputs, tapes = at["X"], {}, []
        for layer, choice in zip(LAYERS, NETWORKS[network], strict=True):
            here = _layer(at, layer)
            I, below = dense.forward(Y, dense.Params(here["W"], here["b"]))
            p = neuron.Params(*(here[name] for name in neuron.Params._fields))
            Y, V, above = neuron.forward(I, here["V"], p, fires, _act(choice, fires), choice.s)
            outputs[f"V{layer}"] = V
            tapes.append((below, above))
        return outputs | {"Y": Y}, tapes

    def value(at: Arrays) -> Array:
        outputs, _ = forward(at)
        return np.asarray(sum((outputs[name] * d).sum() for name, d in COTANGENTS.items()))

    def by_hand(at: Arrays) -> Arrays:
        _, tapes = forward(at)
        grads: dict[str, Array] = {}
        dY = COTANGENTS["Y"]
        for layer in reversed(LAYERS):
            choice, (below, above) = NETWORKS[network][layer - 1], tapes[layer - 1]
            act, dV = _act(choice, fires), COTANGENTS[f"V{layer}"]
            dI, dV0, dp = neuron.backward(dY, dV, above, fires, act, choice.s)
            dY, dw = dense.backward(dI, below)
            here = {"V": dV0, **dp._asdict(), **dw._asdict()}
            grads |= {f"{name}{layer}": g for name, g in here.items()}
        return grads | {"X": dY}

    return GradientProblem(at, value, by_hand)


@every_network
@every_mu
def test_complex_step_through_the_frozen_spike(network: str, mu: float) -> None:
    at = _draw(network, mu)
    check_by_complex_step(_problem(at, network, spike.frozen(spike.paper(mu))))


@every_network
@every_mu
def test_differences_of_the_relaxed_network(network: str, mu: float) -> None:
    at = _draw(network, mu, relaxed=True)
    check_by_differences(_problem(at, network, spike.relaxed(mu)))


@every_network
@every_mu
def test_differences_of_the_hard_network_without_slope(network: str, mu: float) -> None:
    at = _draw(network, mu)
    check_by_differences(_problem(at, network, spike.detached()))
