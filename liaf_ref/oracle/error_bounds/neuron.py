"""The neuron on numbers that carry their error, with the rounding of other ways to write it.

The loop is written again because of the ways.  ``U - v_th`` may be the state instead of U.
The reset may be a difference, ``U - F (U - v_reset)``.  Backward, a sum over all steps may
be the sum of dU minus other sums: the fast kernel does this.
"""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import neuron
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.sharing import sum_to
from liaf_ref.oracle.error_bounds.activations import has_surrogate_gradient
from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel
from liaf_ref.oracle.error_bounds.arrays import (
    array_with_detour_error,
    errors,
    evaluate_sums,
    exact_array,
    finished_array,
    values,
)

GIVEN = Pair(lambda x: x, np.ones_like)  # for a gradient that has been through the activation


class Tape(NamedTuple):
    """What the backward pass reads, and V after each step."""

    U: Array
    F: Array
    R: Array
    p: neuron.Params
    Vs: Array


class Neuron(NamedTuple):
    """The neuron."""

    model: ArithmeticModel

    def forward(
        self, I: Array, V: Array, p: neuron.Params, spike: Pair, act: Pair, s: int
    ) -> tuple[Array, Array, Tape]:
        """As the kernel."""
        drive = array_with_detour_error(I, p.v_th)
        U, R, Vs = (np.empty_like(drive) for _ in range(3))
        v_th, fires = values(p.v_th), spike.value.function  # type: ignore[attr-defined]
        for t in range(I.shape[1]):
            U[:, t] = drive[:, t] + V  # (3)
            fired = fires(values(U[:, t]) - v_th) == 1  # (4)
            R[:, t] = np.where(fired, self._reset(U[:, t], p.v_reset), U[:, t])  # (5)
            V = Vs[:, t] = p.alpha * R[:, t] + p.beta  # (6)
        F = spike.value(U - p.v_th)
        Y = act.value(U - s * p.v_th)  # (7), (8)
        Vs = array_with_detour_error(Vs, p.v_th)
        return Y, Vs[:, -1], Tape(evaluate_sums(U, self.model), F, R, p, Vs)

    def _reset(self, U: Array, v_reset: Array) -> Array:
        """V_reset itself, or ``U - (U - v_reset)``: the error of U is in both and cancels."""
        v, e, u, eta = values(v_reset), errors(v_reset), self.model.u, self.model.eta
        lost = u * (np.abs(values(U) - v) + errors(U) + e) + eta
        lost += u * (np.abs(v) + e + lost) + eta
        return finished_array(v, e + np.where(v == 0, 0.0, lost), self.model)

    def backward(
        self, dY: Array, dV: Array, tape: Tape, spike: Pair, act: Pair, s: int
    ) -> tuple[Array, Array, neuron.Params]:
        """As the kernel."""
        p, U = tape.p, tape.U
        dz = dY * act.slope(U - s * p.v_th)
        window = Pair(spike.value, _unrecorded(spike.slope))
        spike.slope(U - p.v_th)
        reset = evaluate_sums(array_with_detour_error(p.v_reset, p.v_th), self.model)
        given = neuron.Tape(U, tape.F, tape.R, p._replace(v_reset=reset))
        dI, dV0, dp = neuron.backward(dz, dV, given, window, GIVEN, s)
        V = evaluate_sums(np.concatenate((dI[:, 1:], dV[:, None]), axis=1), self.model)
        silent = abs(V * (1 - tape.F))
        rest = p.alpha * silent
        if s or has_surrogate_gradient(spike):
            left = (rest + (1 - s) * abs(evaluate_sums(dz, self.model))).sum(axis=1) + abs(V[:, -1])
            dp = dp._replace(v_th=_with_detour_error(dp.v_th, left))
        carried = ((abs(reset) + abs(p.v_th)) * silent).sum(axis=1)
        return (
            dI,
            dV0,
            dp._replace(
                v_reset=_with_detour_error(dp.v_reset, rest.sum(axis=1)),
                alpha=_with_detour_error(dp.alpha, carried),
            ),
        )


def _unrecorded(decision: Any) -> Any:
    return lambda x: exact_array(decision.function(values(x)), x.model)


def _with_detour_error(d: Any, magnitudes: Array) -> Array:
    return array_with_detour_error(d, sum_to(magnitudes, d.shape))
