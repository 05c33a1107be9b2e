"""The leaky integrate-and-(analog-)fire neuron, Eqs. (3)-(8), and its BPTT, Eqs. (10)-(13).

LIF is not a branch: it is LIAF whose activation is the spike itself, threshold
related, so that ``Y = S(U - v_th) = F`` (Section II-C, item 1).
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.sharing import sum_to

TR = 1  # threshold related: Act(U - v_th)
NTR = 0  # not threshold related: Act(U)


class Params(NamedTuple):
    """Threshold, reset potential, multiplicative and additive decay.

    Each broadcasts against one time step ``(B, *S, L)``; its shape is the
    sharing mode of Section II-B.
    """

    v_th: Array
    v_reset: Array
    alpha: Array
    beta: Array


class Tape(NamedTuple):
    """What the backward pass reads; ``U``, ``F``, ``R`` have the shape of ``I``."""

    U: Array
    F: Array
    R: Array
    p: Params


def forward(
    I: Array, V: Array, p: Params, spike: Pair, act: Pair, s: int
) -> tuple[Array, Array, Tape]:
    """Run the neurons over all time steps.

    Parameters
    ----------
    I : ndarray, shape ``(B, T, *S, L)``
        Synaptic input of Eq. (2); ``*S`` is empty or ``H, W``.
    V : ndarray, shape ``(B, *S, L)``
        Membrane potential V^0 before the first step.
    p : Params
        The neurons' parameters.
    spike : Pair
        S of Eq. (4) and the slope of the reset.
    act : Pair
        Act of Eq. (8) and its slope; the spike for LIF.
    s : int
        ``TR`` or ``NTR``: how much of the threshold Act sees, Eq. (8).

    Returns
    -------
    Y : ndarray, shape ``(B, T, *S, L)``
        Output.
    V : ndarray, shape ``(B, *S, L)``
        Membrane potential V^T after the last step.
    tape : Tape
        For :func:`backward`.
    """
    U, F, R = (np.empty_like(I) for _ in range(3))
    for t in range(I.shape[1]):
        U[:, t] = I[:, t] + V  # (3)
        F[:, t] = spike.value(U[:, t] - p.v_th)  # (4)
        R[:, t] = F[:, t] * p.v_reset + (1 - F[:, t]) * U[:, t]  # (5)
        V = p.alpha * R[:, t] + p.beta  # (6)
    tape = Tape(U, F, R, p)
    return output(tape, act, s), V, tape


def output(tape: Tape, act: Pair, s: int) -> Array:
    """Output of all steps, shape ``(B, T, *S, L)``; arguments as for :func:`backward`."""
    U, v_th = tape.U, tape.p.v_th
    Y = np.empty_like(U)
    for t in range(U.shape[1]):
        Y[:, t] = act.value(U[:, t] - s * v_th)  # (7), (8)
    return Y


def backward(
    dY: Array, dV: Array, tape: Tape, spike: Pair, act: Pair, s: int
) -> tuple[Array, Array, Params]:
    """Differentiate :func:`forward`, last step first.

    Parameters
    ----------
    dY : ndarray, shape ``(B, T, *S, L)``
        Gradient in the output.
    dV : ndarray, shape ``(B, *S, L)``
        Gradient in V^T; zero where the state is discarded.
    tape : Tape
        From :func:`forward`.
    spike, act, s
        As given to :func:`forward`.

    Returns
    -------
    dI : ndarray, shape ``(B, T, *S, L)``
        Gradient in the synaptic input; equal to the adjoint of U.
    dV : ndarray, shape ``(B, *S, L)``
        Gradient in V^0.
    dp : Params
        Gradients in the parameters, each summed to its own shape.
    """
    p = tape.p
    dI = np.empty_like(dY)
    dv_th, dv_reset, dalpha, dbeta = (np.zeros_like(dV) for _ in p)
    for t in reversed(range(dY.shape[1])):
        U, F, R = tape.U[:, t], tape.F[:, t], tape.R[:, t]
        dz = dY[:, t] * act.slope(U - s * p.v_th)  # (7), (8)
        dalpha += dV * R  # (6)
        dbeta += dV  # (6)
        dR = dV * p.alpha  # (6)
        dv_reset += dR * F  # (5)
        dF = dR * (p.v_reset - U)  # (5)
        dx = dF * spike.slope(U - p.v_th)  # (4), (13)
        dv_th -= dx + s * dz  # (4), (8)
        dV = dI[:, t] = dR * (1 - F) + dx + dz  # (12), (3)
    grads = zip((dv_th, dv_reset, dalpha, dbeta), p, strict=True)
    return dI, dV, Params(*(sum_to(d, value.shape) for d, value in grads))
