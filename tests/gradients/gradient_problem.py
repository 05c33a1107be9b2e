"""A kernel as a scalar function of named arrays, beside its gradient derived by hand."""

from collections.abc import Callable
from typing import Any, NamedTuple

import figures
from independent import derivatives
from independent.comparison import Array, Arrays, Value, assert_all_agree, worst
from independent.sampling import Sample

from liaf_ref.kernels import neuron
from liaf_ref.kernels.pair import Pair


class GradientProblem(NamedTuple):
    """A point, a scalar value there, and the gradient by the kernel's backward pass."""

    point: Arrays
    value: Value
    gradient: Callable[[Arrays], Arrays]


def check_by_complex_step(problem: GradientProblem) -> None:
    """Compare with the imaginary part of the kernel's own forward pass."""
    expected = derivatives.by_complex_step(problem.value, problem.point)
    _assert_gradients_agree("complex step", problem, expected, derivatives.COMPLEX_TOLERANCE)


def check_by_differences(problem: GradientProblem) -> None:
    """Compare with differences of the kernel's own forward pass."""
    expected = derivatives.by_differences(problem.value, problem.point)
    _assert_gradients_agree("differences", problem, expected, derivatives.TOLERANCE)


def _assert_gradients_agree(
    method: str, problem: GradientProblem, expected: Arrays, tolerance: float
) -> None:
    got = problem.gradient(problem.point)
    assert_all_agree(got, expected, tolerance)
    figures.record(method, worst(got, expected))


def neuron_params(arrays: Arrays) -> neuron.Params:
    """The neuron's parameters among the arrays of a point."""
    return neuron.Params(*(arrays[name] for name in neuron.Params._fields))


def neuron_problem(
    sample: Sample, spike: Pair, act: Pair, s: int, kernel: Any = neuron
) -> GradientProblem:
    """The neuron kernel with the loss ``sum(Y * dY) + sum(V * dV)``."""

    def forward(at: Arrays) -> Any:
        return kernel.forward(at["I"], at["V"], neuron_params(at), spike, act, s)

    def value(at: Arrays) -> Array:
        Y, V, _ = forward(at)
        total: Array = (Y * sample.dY).sum() + (V * sample.dV).sum()
        return total

    def by_hand(at: Arrays) -> Arrays:
        _, _, tape = forward(at)
        dI, dV, dp = kernel.backward(sample.dY, sample.dV, tape, spike, act, s)
        return {"I": dI, "V": dV, **dp._asdict()}

    return GradientProblem(sample.arrays, value, by_hand)
