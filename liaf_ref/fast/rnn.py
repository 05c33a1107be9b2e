"""Fast float32 kernel for :mod:`liaf_ref.kernels.rnn`.

It supports the paper's tanh; everything else is passed to the reference kernel.
Time is the first axis in memory, so that a step is one contiguous block and
``dU`` is one matrix product over the rows of all steps.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.fading_gradient import FadingGradient
from liaf_ref.fast.memory_layout import ONE, is_float32
from liaf_ref.fast.readout import pad_time
from liaf_ref.fast.tokens import IndexedInput, materialize
from liaf_ref.kernels import activation
from liaf_ref.kernels import rnn as definition
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair

__all__ = ["Tape", "backward", "forward"]


class Tape(NamedTuple):
    """Arrays kept for the backward pass: states c^0..c^T, ``(T + 1, B, L)``, and weights."""

    c: Array
    U: Array


def forward(
    A: Array | IndexedInput, c0: Array, U: Array, sigma_c: Pair
) -> tuple[Array, Array, Tape | definition.Tape]:
    """Run the recurrence over all time steps."""
    A = materialize(A)
    if sigma_c is not activation.tanh or not is_float32(A, c0, U):
        return definition.forward(A, c0, U, sigma_c)
    B, T, L = A.shape
    U = np.ascontiguousarray(U)
    c = memory_layout.empty((T + 1, B, L))
    c[0] = c0
    for t in range(T):
        after = c[t + 1]
        np.matmul(c[t], U, out=after)
        np.add(after, A[:, t], after)
        np.tanh(after, after)  # (14)
    return c[1:].swapaxes(0, 1), c[T], Tape(c, U)


def backward(
    dY: Array, dc: Array, tape: Tape | definition.Tape, sigma_c: Pair
) -> tuple[Array, Array, Array]:
    """Differentiate :func:`forward`, last step first."""
    if isinstance(tape, definition.Tape):
        return definition.backward(pad_time(dY, tape.a.shape[1]), dc, tape, sigma_c)
    c, U = tape
    T, B, L = len(c) - 1, *c.shape[1:]
    silent = T - dY.shape[1]
    U_T = np.ascontiguousarray(U.T)
    dA = memory_layout.empty((T, B, L))
    np.multiply(c[1:], c[1:], dA)
    np.subtract(ONE, dA, dA)  # the slope of tanh, at all steps
    carry = memory_layout.empty((B, L))
    carry[...] = dc
    fading = FadingGradient(silent, carry)
    for t in reversed(range(T)):
        dA_t = dA[t]
        if t >= silent:
            np.add(carry, dY[:, t - silent], carry)
        elif fading.has_vanished(t):
            dA[: t + 1] = 0
            break
        np.multiply(dA_t, carry, dA_t)  # (14)
        np.matmul(dA_t, U_T, out=carry)
        fading.lower(dA_t)
    fading.lower(carry)
    dU = c[:T].reshape(T * B, L).T @ dA.reshape(T * B, L)
    return dA.swapaxes(0, 1), carry, dU
