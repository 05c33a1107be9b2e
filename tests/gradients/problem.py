"""A kernel as a scalar function of named arrays, beside its gradient derived by hand."""

from collections.abc import Callable
from typing import NamedTuple

import figures
from witness import autograd_net, complex_step, finite_difference
from witness.compare import Along, Array, Arrays, Value, assert_all_agree, worst
from witness.sampling import Sample

from liaf_ref.kernels import neuron
from liaf_ref.kernels.pair import Pair


class Problem(NamedTuple):
    """A point, a scalar value there, and the gradient by the kernel's backward pass.

    ``along`` is the value for whoever changes one array alone, without what that leaves as it is.
    """

    at: Arrays
    value: Value
    by_hand: Callable[[Arrays], Arrays]
    along: Along | None = None


def check_by_complex_step(problem: Problem) -> None:
    """Compare with the imaginary part of the kernel's own forward pass."""
    wanted = complex_step.gradients(problem.value, problem.at, problem.along)
    _compare("complex step", problem, wanted, complex_step.TOLERANCE)


def check_by_differences(problem: Problem, step: float = finite_difference.STEP) -> None:
    """Compare with differences of the kernel's own forward pass."""
    wanted = finite_difference.gradients(problem.value, problem.at, step, problem.along)
    _compare("differences", problem, wanted, finite_difference.TOLERANCE)


def check_by_autograd(problem: Problem, outside: Callable[[Arrays], Array]) -> None:
    """Compare with autograd of a network that shares no code with the kernel."""
    wanted = autograd_net.gradients(outside, problem.at)
    _compare("autograd", problem, wanted, autograd_net.TOLERANCE)


def _compare(witness: str, problem: Problem, wanted: Arrays, tolerance: float) -> None:
    got = problem.by_hand(problem.at)
    assert_all_agree(got, wanted, tolerance)
    figures.record(witness, worst(got, wanted))


def params(at: Arrays) -> neuron.Params:
    """The neuron's parameters among the arrays of a point."""
    return neuron.Params(*(at[name] for name in neuron.Params._fields))


def neurons(sample: Sample, spike: Pair, act: Pair, s: int) -> Problem:
    """The neuron kernel with the loss ``sum(Y * dY) + sum(V * dV)``."""

    def forward(at: Arrays) -> tuple[Array, Array, neuron.Tape]:
        return neuron.forward(at["I"], at["V"], params(at), spike, act, s)

    def value(at: Arrays) -> Array:
        Y, V, _ = forward(at)
        total: Array = (Y * sample.dY).sum() + (V * sample.dV).sum()
        return total

    def by_hand(at: Arrays) -> Arrays:
        _, _, tape = forward(at)
        dI, dV, dp = neuron.backward(sample.dY, sample.dV, tape, spike, act, s)
        return {"I": dI, "V": dV, **dp._asdict()}

    return Problem(sample.at, value, by_hand)
