"""A neuron of other lines than the paper's, on numbers that carry their error.

The bound covers the same ways to write it as :mod:`.neuron`, of every reset: ``U - v_th`` as
the state, a reset that adds a difference to what it resets, and backward a sum over all
steps as the sum of dU minus other sums.  The lines of U, Y and dA are the paper's,
and the line of R has the reset.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.sharing import sum_to
from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel
from liaf_ref.oracle.error_bounds.arrays import (
    array_with_detour_error,
    evaluate_sums,
    values,
)
from liaf_ref.oracle.error_bounds.neuron import GIVEN


class LineTape(NamedTuple):
    """What the backward pass reads; ``V`` has V^0 before its steps, and ``Vs`` has not."""

    U: Array
    F: Array
    R: Array
    V: Array
    I: Array
    p: Params
    Vs: Array


class NeuronOfLines(NamedTuple):
    """The neuron of :mod:`liaf_ref.oracle.conventions.neuron`; its lines are given."""

    neuron: Any
    model: ArithmeticModel

    def forward(
        self, I: Array, V: Array, p: Params, spike: Pair, act: Pair, s: int
    ) -> tuple[Array, Array, LineTape]:
        """As the kernel."""
        lines, drive = self.neuron.equations, array_with_detour_error(I, p.v_th)
        neuron = self.neuron.replace(R=lambda z: self._reset(lines.R(z), z))
        _, _, tape = neuron.forward(drive, V, p, _unrecorded(spike), GIVEN, s)
        F = spike.value(tape.U - p.v_th)
        Y = act.value(tape.U - s * p.v_th)
        Vs = array_with_detour_error(tape.V[:, 1:], p.v_th)
        U, R = (evaluate_sums(a, self.model) for a in (tape.U, tape.R))
        return Y, Vs[:, -1], LineTape(U, F, R, tape.V, drive, p, Vs)

    def _reset(self, left: Any, z: Any) -> Any:
        """What a spike leaves, as ``X + F (left - X)`` with X = U or alpha U + beta."""
        leaked = abs(z.p.alpha * z.U) + abs(z.p.beta)
        return array_with_detour_error(left, z.F * evaluate_sums(abs(z.U) + leaked, self.model))

    def backward(
        self, dY: Array, dV: Array, tape: LineTape, spike: Pair, act: Pair, s: int
    ) -> tuple[Array, Array, Params]:
        """As the kernel."""
        p, U = tape.p, tape.U
        dz = dY * act.slope(U - s * p.v_th)
        spike.slope(U - p.v_th)
        v_reset = evaluate_sums(array_with_detour_error(p.v_reset, p.v_th), self.model)
        given = tape._replace(p=p._replace(v_reset=v_reset))
        dI, dV0, dp = self.neuron.backward(dz, dV, given, _unrecorded(spike), GIVEN, s)
        after = abs(evaluate_sums(np.concatenate((dI[:, 1:], dV[:, None]), axis=1), self.model))
        left = after + abs(p.alpha) * after
        sums = {
            "v_th": left + (1 - s) * abs(evaluate_sums(dz, self.model)),
            "v_reset": left,
            "alpha": (abs(v_reset) + abs(p.v_th)) * left,
        }
        changed = {
            name: array_with_detour_error(d, sum_to(total.sum(axis=1), d.shape))
            for name, total in sums.items()
            if values(d := getattr(dp, name)).any()
        }
        return dI, dV0, dp._replace(**changed)


def _unrecorded(spike: Pair) -> Pair:
    """The same functions, which record nothing."""
    return Pair(_without_record(spike.value), _without_record(spike.slope))


def _without_record(decision: Any) -> Any:
    return replace(decision, record=lambda *_: None)
