"""Tests of the gradient checks: what each reference gradient detects, and what it misses."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from independent import derivatives, sampling
from independent.comparison import Arrays, assert_agree, assert_all_agree, assert_same
from oracle.wrong_backends.build import changed, changed_kernels
from oracle.wrong_backends.table import BACKWARD, NEURON

from gradients.gradient_problem import GradientProblem, neuron_problem
from liaf_ref.kernels import neuron, spike
from liaf_ref.kernels.activation import tanh
from liaf_ref.kernels.neuron import TR
from liaf_ref.kernels.pair import Pair

MU = 0.3  # not 0.5, where height 1 and area 1 are the same
SHARING = "all"
GradientFunction = Callable[[], Arrays]


def _sample(relaxed: bool = False) -> sampling.Sample:
    return sampling.draw_sample(41, SHARING, MU, threshold_related=True, relaxed=relaxed)


def _liaf(fires: Pair, relaxed: bool = False, kernel: Any = neuron) -> GradientProblem:
    return neuron_problem(_sample(relaxed), fires, tanh, TR, kernel)


def _gradient(fires: Pair, relaxed: bool = False, kernel: Any = neuron) -> Arrays:
    problem = _liaf(fires, relaxed, kernel)
    return problem.gradient(problem.point)


@cache
def _by_complex_step() -> Arrays:
    problem = _liaf(spike.frozen(spike.paper(MU)))
    return derivatives.by_complex_step(problem.value, problem.point)


@cache
def _by_relaxed_differences() -> Arrays:
    problem = _liaf(spike.relaxed(MU), relaxed=True)
    return derivatives.by_differences(problem.value, problem.point)


METHODS: dict[str, tuple[GradientFunction, Pair, bool, float]] = {
    "complex step": (_by_complex_step, spike.paper(MU), False, derivatives.COMPLEX_TOLERANCE),
    "relaxed": (_by_relaxed_differences, spike.relaxed(MU), True, derivatives.TOLERANCE),
}
every_method = pytest.mark.parametrize("method", METHODS)


SAME_HERE = {  # in a sample of few steps and one parameter for all neurons
    "shared gradient summed along the wrong axis",
    "shared gradient summed along the channels",
    "truncated BPTT, k = 4, in neurons",
}
FLAWS = {
    wrong.name: changed_kernels(wrong).neuron
    for wrong in changed({NEURON: BACKWARD[NEURON]})
    if wrong.name not in SAME_HERE
}


@every_method
def test_what_is_sound_passes(method: str) -> None:
    expected, fires, relaxed, tolerance = METHODS[method]
    assert_all_agree(_gradient(fires, relaxed), expected(), tolerance)


@every_method
@pytest.mark.parametrize("flaw", FLAWS)
def test_every_flaw_is_caught_with_a_margin(method: str, flaw: str) -> None:
    expected, fires, relaxed, _ = METHODS[method]
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_all_agree(_gradient(fires, relaxed, FLAWS[flaw]), expected(), 1e-3)


@pytest.mark.parametrize("actual", [np.ones((1, 2)), [1.0, np.nan], [1e-300, 0.0]])
def test_nothing_else_passes_for_agreement(actual: Any) -> None:
    with pytest.raises(AssertionError, match="dW"):
        assert_agree("dW", np.array(actual), np.zeros(2), 1.0)
    with pytest.raises(AssertionError, match="tensors"):
        assert_all_agree({"dW": np.ones(2)}, {"dW": np.ones(2), "db": np.ones(2)}, 1.0)
    with pytest.raises(AssertionError, match="dW"):
        assert_same("dW", np.ones(2, np.float32), np.ones(2))
