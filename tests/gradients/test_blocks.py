"""Whole blocks: Fig. 6 in both places of its norm and as LIF, and the gesture network's."""

from typing import Any

import numpy as np
import pytest
from independent import sampling
from independent.comparison import Array, Arrays
from independent.finite_difference import REACH

from gradients.blocks import (
    Stage,
    convolution_stage,
    neuron_stage,
    normalization,
    pooling_stage,
    relu_stage,
)
from gradients.gradient_problem import (
    GradientProblem,
    check_by_complex_step,
    check_by_differences,
)
from liaf_ref.kernels import spike
from liaf_ref.kernels.neuron import NTR, TR
from liaf_ref.kernels.pair import Pair

B, T, H, W, K, L = 2, 3, 4, 2, 2, 2
FULL, HALF = (B, H, W, L), (B, H // 2, W // 2, L)
# A potential behind a norm moves by a few times what moves an entry before it.
MARGIN = 12 * REACH


def _stages(block: str, fires: Pair, mu: float) -> list[Stage]:
    image, channel, batch = (-3, -2, -1), (L,), (0, 1, 2, 3)
    if block == "fig6":
        node = neuron_stage(FULL, channel, "identity", TR, fires, mu)
        return [
            convolution_stage(K, L),
            node,
            normalization(image, FULL[1:]),
            relu_stage(),
            pooling_stage(),
        ]
    if block == "fig6-norm-between":
        node = neuron_stage(FULL, channel, "identity", TR, fires, mu)
        return [
            convolution_stage(K, L),
            normalization(image, FULL[1:]),
            node,
            relu_stage(),
            pooling_stage(),
        ]
    if block == "fig6-lif":
        node = neuron_stage(HALF, channel, "lif", TR, fires, mu)
        return [convolution_stage(K, L), normalization(image, FULL[1:]), pooling_stage(), node]
    both = [neuron_stage(state, (1,), "selu", NTR, fires, mu) for state in (FULL, HALF)]
    below = [convolution_stage(K, L, bias=block == "gesture-bias"), normalization(batch, channel)]
    return [*below, both[0], pooling_stage(), both[1]]


BLOCKS = ("fig6", "fig6-norm-between", "fig6-lif", "gesture")
every_block = pytest.mark.parametrize("block", BLOCKS)
every_mu = pytest.mark.parametrize("mu", [0.5, 0.3])


def _stage_arrays(at: Any, number: int) -> dict[str, Any]:
    prefix = f"{number}."
    return {name.removeprefix(prefix): a for name, a in at.items() if name.startswith(prefix)}


def _forward(parts: list[Stage], at: Any) -> tuple[Array, Any, list[Any]]:
    X, total = at["X"], 0
    tapes: list[Any] = []
    for number, part in enumerate(parts):
        X, share, tape = part.forward(_stage_arrays(at, number), X)
        total = total + share
        tapes.append(tape)
    return X, total, tapes


def _candidate(parts: list[Stage], rng: np.random.Generator) -> dict[str, Array]:
    ranges = {"v_th": (0, 0.5), "v_reset": (-0.4, 0.2), "alpha": (0.4, 0.9), "beta": (0, 0.2)}
    at = {"X": rng.normal(size=(B, T, H, W, K))}
    for number, part in enumerate(parts):
        for name, shape in part.shapes.items():
            ends = ranges.get(name)
            drawn = rng.uniform(*ends, shape) if ends else rng.normal(0.0, 0.5, shape)
            at[f"{number}.{name}"] = drawn
    return at


def _draw(parts: list[Stage], mu: float) -> dict[str, Array]:
    rng = np.random.default_rng(91)
    for _ in range(sampling.MAX_TRIES):
        at = _candidate(parts, rng)
        *_, tapes = _forward(parts, at)
        seen = [
            p.kink_margin_and_count(_stage_arrays(at, n), tapes[n], mu) for n, p in enumerate(parts)
        ]
        if min(kink for kink, _ in seen) > MARGIN and min(count for _, count in seen) > 1:
            return at
    raise AssertionError("no sample is clear of its kinks with neurons in every situation")


def _problem(parts: list[Stage], at: Arrays) -> GradientProblem:
    dY = np.random.default_rng(92).normal(size=_forward(parts, at)[0].shape)

    def value(at: Arrays) -> Array:
        Y, total, _ = _forward(parts, at)
        return np.asarray((Y * dY).sum() + total)

    def by_hand(at: Arrays) -> Arrays:
        *_, tapes = _forward(parts, at)
        grads: dict[str, Array] = {}
        dX = dY
        for number, part in reversed(list(enumerate(parts))):
            dX, here = part.backward(dX, tapes[number])
            grads |= {f"{number}.{name}": g for name, g in here.items()}
        return grads | {"X": dX}

    return GradientProblem(at, value, by_hand)


@every_block
@every_mu
def test_complex_step_through_the_frozen_spike(block: str, mu: float) -> None:
    parts = _stages(block, spike.frozen(spike.paper(mu)), mu)
    check_by_complex_step(_problem(parts, _draw(parts, mu)))


@every_block
@every_mu
def test_differences_of_the_relaxed_network(block: str, mu: float) -> None:
    parts = _stages(block, spike.relaxed(mu), mu)
    check_by_differences(_problem(parts, _draw(parts, mu)))


@every_block
@every_mu
def test_differences_of_the_hard_network_without_slope(block: str, mu: float) -> None:
    parts = _stages(block, spike.detached(), mu)
    check_by_differences(_problem(parts, _draw(parts, mu)))


def test_a_bias_before_batch_normalisation_is_idle() -> None:
    """Its gradient is a sum of terms of order 1 that cancel: compared with 1, not with itself."""
    parts = _stages("gesture-bias", spike.paper(0.5), 0.5)
    rng = np.random.default_rng(94)
    at = _candidate(parts, rng)
    problem = _problem(parts, at)
    by_hand = problem.gradient(at)
    assert abs(by_hand["0.W"]).max() > 0.1
    assert abs(by_hand["0.b"]).max() < 1e-14
    shifted = {**at, "0.b": at["0.b"] + 1.0}
    assert abs(problem.value(shifted) - problem.value(at)) < 1e-13
