"""Fast float32 kernel for :mod:`liaf_ref.kernels.gru`.

It supports the paper's activations, sigmoid and tanh; everything else is passed
to the reference kernel.  Memory is time-major, and within a step each gate
is a contiguous block ``(B, L)``.  The tape holds the gates' values, from which
the slopes follow: z (1 - z), r (1 - r), 1 - h-tilde^2.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.memory_layout import HALF, ONE, is_float32
from liaf_ref.fast.readout import pad_time
from liaf_ref.fast.rnn import FadingGradient
from liaf_ref.fast.tokens import IndexedInput, materialize
from liaf_ref.kernels import activation
from liaf_ref.kernels import gru as definition
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair

__all__ = ["Tape", "backward", "forward"]


class Tape(NamedTuple):
    """Arrays kept for the backward pass."""

    gates: Array  # z, r, h-tilde, (T, 3, B, L)
    h: Array  # h^0..h^T, (T + 1, B, L)
    rh: Array  # r * h, which the reset gate lets through, (T, B, L)
    U: Array


def forward(
    A: Array | IndexedInput, h0: Array, U: Array, *activations: Pair
) -> tuple[Array, Array, Tape | definition.Tape]:
    """Run the unit over all time steps."""
    A = materialize(A)
    if activations != (activation.sigmoid, activation.tanh) or not is_float32(A, h0, U):
        return definition.forward(A, h0, U, *activations)
    B, T, L = A.shape[0], A.shape[1], U.shape[0]
    U = np.ascontiguousarray(U)
    gates, h, rh = (memory_layout.empty(s) for s in ((T, 3, B, L), (T + 1, B, L), (T, B, L)))
    h[0] = h0
    drive, A_t = _by_gate(A.swapaxes(0, 1)), memory_layout.empty((3, B, L))
    weights = _by_gate(U)
    for t in range(T):
        np.copyto(A_t, drive[t])  # once, as sums read contiguous memory faster
        _step(A_t, h[t], weights, gates[t], rh[t], h[t + 1])
    return h[1:].swapaxes(0, 1), h[T], Tape(gates, h, rh, U)


def _by_gate(X: Array) -> Array:
    """View ``(..., R, 3L)`` as ``(..., 3, R, L)``."""
    return np.moveaxis(X.reshape(*X.shape[:-1], 3, X.shape[-1] // 3), -2, -3)


def _step(A: Array, h: Array, U: Array, gates: Array, rh: Array, after: Array) -> None:
    """Compute one step: write the gates, the state after the reset gate and the next ``h``."""
    zr, (z, r, h_tilde) = gates[:2], gates
    np.matmul(h, U[:2], out=zr)
    np.add(zr, A[:2], zr)
    np.multiply(zr, HALF, zr)
    np.tanh(zr, zr)
    np.add(zr, ONE, zr)
    np.multiply(zr, HALF, zr)  # (16), the sigmoid through tanh: its error is relative to 1
    np.multiply(r, h, rh)
    np.matmul(rh, U[2], out=h_tilde)
    np.add(h_tilde, A[2], h_tilde)
    np.tanh(h_tilde, h_tilde)
    np.subtract(h_tilde, h, after)
    np.multiply(after, z, after)
    np.add(after, h, after)


def backward(
    dY: Array, dh: Array, tape: Tape | definition.Tape, *activations: Pair
) -> tuple[Array, Array, Array]:
    """Differentiate :func:`forward`, last step first."""
    if isinstance(tape, definition.Tape):
        full = pad_time(dY, tape.a.shape[1])
        return definition.backward(full, dh, tape, *activations)
    gates, h, rh, U = tape
    T, B, L = rh.shape
    U_T = np.ascontiguousarray(U.T)
    dA = memory_layout.empty((T, B, 3 * L))
    by_gate, weights = _by_gate(dA), U_T.reshape(3, L, L)
    carry, da, work = (memory_layout.empty(s) for s in ((B, L), (3, B, L), (7, B, L)))
    carry[...] = dh
    for t in FadingGradient(carry).steps_back(dA, dY.swapaxes(0, 1)):
        _step_back(carry, gates[t], h[t], weights, da, work)
        np.copyto(by_gate[t], da)
    rows, dU = dA.reshape(T * B, 3 * L), np.empty_like(U)
    np.matmul(h[:T].reshape(T * B, L).T, rows[:, : 2 * L], out=dU[:, : 2 * L])
    np.matmul(rh.reshape(T * B, L).T, rows[:, 2 * L :], out=dU[:, 2 * L :])
    return dA.swapaxes(0, 1), carry, dU


def _step_back(dh: Array, gates: Array, h: Array, U_T: Array, da: Array, work: Array) -> None:
    """Go back one step: overwrite ``dh`` with the earlier gradient; write the gates' gradients."""
    (z, r, h_tilde), (da_z, da_r, da_h), zr, slopes = gates, da, gates[:2], work[:2]
    z_slope, r_slope, dhz, drh, x, from_z, from_r = work
    np.multiply(zr, zr, slopes)
    np.subtract(zr, slopes, slopes)
    np.subtract(h_tilde, h, x)
    np.multiply(x, dh, x)
    np.multiply(x, z_slope, da_z)  # (16)
    np.multiply(dh, z, dhz)
    np.multiply(h_tilde, h_tilde, x)
    np.subtract(ONE, x, x)
    np.multiply(x, dhz, da_h)
    np.matmul(da_h, U_T[2], out=drh)
    np.multiply(r_slope, h, r_slope)
    np.multiply(r_slope, drh, da_r)
    np.multiply(drh, r, drh)
    np.subtract(dh, dhz, dh)
    np.add(dh, drh, dh)
    np.matmul(da[:2], U_T[:2], out=work[5:])
    np.add(dh, from_z, dh)
    np.add(dh, from_r, dh)
