"""The neuron with another spike, reset and output, Eqs. (3), (4'), (5'), (6), (7'), and its BPTT.

With :data:`.levels.BINARY`, the reset ``v_reset`` and the output ``analog`` it is
:mod:`liaf_ref.kernels.neuron`.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Params, Tape
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.sharing import sum_to
from liaf_ref.kernels.variants.levels import Levels
from liaf_ref.kernels.variants.output import Output
from liaf_ref.kernels.variants.reset import Reset


class Variant(NamedTuple):
    """What a variant has in place of Eqs. (4), (5) and (7)."""

    levels: Levels
    reset: Reset
    output: Output
    sent: Pair  # the spike of the output, which need not have the slope of the reset's


def fire(U: Array, v_th: Array, levels: Levels, S: Pair) -> tuple[Array, Array]:
    """The spike F, and G, which for a positive threshold is 1 where F is not 0."""
    F, G = np.zeros_like(U), np.zeros_like(U)
    for level in levels:
        step = S.value(level.sign * U - level.multiple * v_th)
        F = F + level.sign * step  # (4')
        G = G + level.opens * step
    return F, G


def forward(
    I: Array, V: Array, p: Params, spike: Pair, act: Pair, s: int, variant: Variant
) -> tuple[Array, Array, Tape]:
    """Run; arguments and result as :func:`liaf_ref.kernels.neuron.forward`."""
    U, F, R = (np.empty_like(I) for _ in range(3))
    k = variant.reset
    for t in range(I.shape[1]):
        U[:, t] = I[:, t] + V  # (3)
        F[:, t], G = fire(U[:, t], p.v_th, variant.levels, spike)  # (4')
        left = (1 - k.U * G) * U[:, t]
        R[:, t] = k.v_reset * G * p.v_reset + k.v_th * F[:, t] * p.v_th + left  # (5')
        V = p.alpha * R[:, t] + p.beta  # (6)
    tape = Tape(U, F, R, p)
    return output(tape, act, s, variant), V, tape


def output(tape: Tape, act: Pair, s: int, variant: Variant) -> Array:
    """Output of all steps."""
    Y, v_th = np.empty_like(tape.U), tape.p.v_th
    for t in range(Y.shape[1]):
        F, _ = fire(tape.U[:, t], v_th, variant.levels, variant.sent)  # (4')
        Y[:, t] = variant.output.value(act.value(tape.U[:, t] - s * v_th), F)  # (7'), (8)
    return Y


def backward(
    dY: Array, dV: Array, tape: Tape, spike: Pair, act: Pair, s: int, variant: Variant
) -> tuple[Array, Array, Params]:
    """Differentiate; arguments and result as :func:`liaf_ref.kernels.neuron.backward`."""
    p, k = tape.p, variant.reset
    dI = np.empty_like(dY)
    dv_th, dv_reset, dalpha, dbeta = (np.zeros_like(dV) for _ in p)
    for t in reversed(range(dY.shape[1])):
        U, F, R = tape.U[:, t], tape.F[:, t], tape.R[:, t]
        A, sent = act.value(U - s * p.v_th), fire(U, p.v_th, variant.levels, variant.sent)[0]
        dz = dY[:, t] * variant.output.dA(A, sent) * act.slope(U - s * p.v_th)  # (7'), (8)
        dsent = dY[:, t] * variant.output.dF(A, sent)  # (7')
        dalpha += dV * R  # (6)
        dbeta += dV  # (6)
        dR = dV * p.alpha  # (6)
        G = fire(U, p.v_th, variant.levels, spike)[1]
        dv_reset += dR * k.v_reset * G  # (5')
        dF = dR * k.v_th * p.v_th  # (5')
        dG = dR * (k.v_reset * p.v_reset - k.U * U)  # (5')
        dv_th += dR * k.v_th * F - s * dz  # (5'), (8)
        dV = dR * (1 - k.U * G) + dz  # (5'), (8)
        for level in variant.levels:
            x = level.sign * U - level.multiple * p.v_th
            dx = (level.sign * dF + level.opens * dG) * spike.slope(x)  # (4'), (13)
            dx = dx + level.sign * dsent * variant.sent.slope(x)  # (4'), (13)
            dV = dV + level.sign * dx
            dv_th -= level.multiple * dx
        dI[:, t] = dV  # (3)
    grads = zip((dv_th, dv_reset, dalpha, dbeta), p, strict=True)
    return dI, dV, Params(*(sum_to(d, value.shape) for d, value in grads))
