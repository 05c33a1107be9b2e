"""Fast float32 kernel for :mod:`liaf_ref.kernels.convlstm`.

It supports the activations of the paper, sigmoid and tanh; everything else is passed to the
reference.  Memory is time-major, and within a step each gate is a contiguous block.  Only the
convolution of h runs step by step.  Its adjoint for stride 1 is a convolution with the flipped
kernel; the gradient in the weights is computed for all steps at once.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.fast import conv, lstm, memory_layout
from liaf_ref.fast.memory_layout import ONE, is_float32
from liaf_ref.fast.readout import pad_time
from liaf_ref.kernels import convlstm as definition
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, same
from liaf_ref.kernels.pair import Pair

__all__ = ["Tape", "backward", "forward"]


class Tape(NamedTuple):
    """Arrays kept for the backward pass."""

    gates: Array  # f, i, o, c-tilde, (T, 4, B, *S, L)
    c: Array  # c^0..c^T, (T + 1, B, *S, L)
    h: Array  # h^0..h^T, (T + 1, B, *S, L)
    U: Array


def forward(
    A: Array, h0: Array, c0: Array, U: Array, *activations: Pair
) -> tuple[Array, tuple[Array, Array], Tape | definition.Tape]:
    """Run the cell over all time steps."""
    if activations != lstm.PAPER or not is_float32(A, h0, c0, U):
        return definition.forward(A, h0, c0, U, *activations)
    (B, T, *S, _), L = A.shape, U.shape[-2]
    gates, (c, h) = memory_layout.empty((T, 4, B, *S, L)), memory_layout.empty((2, T + 1, B, *S, L))
    c[0], h[0] = c0, h0
    star, grid = recurrent_conv(U)
    work = memory_layout.empty((B, *S, L))
    for t in range(T):
        a, _ = conv.forward(h[t], star, grid)
        np.add(a, A[:, t], a)  # (15)
        np.copyto(gates[t], _by_gate(a))
        lstm.step(gates[t], c[t], c[t + 1], h[t + 1], work)
    return h[1:].swapaxes(0, 1), (h[T], c[T]), Tape(gates, c, h, U)


def backward(
    dY: Array, dh: Array, dc: Array, tape: Tape | definition.Tape, *activations: Pair
) -> tuple[Array, tuple[Array, Array], Array]:
    """Differentiate :func:`forward`, last step first."""
    if isinstance(tape, definition.Tape):
        full = pad_time(dY, tape.a.shape[1])
        return definition.backward(full, dh, dc, tape, *activations)
    gates, c, h, U = tape
    T, _, *frame, L = gates.shape
    silent = T - dY.shape[1]
    dA, da, work = memory_layout.empty((T, *frame, 4 * L)), *memory_layout.empty((2, 4, *frame, L))
    carry = memory_layout.empty((2, *frame, L))
    carry[0], carry[1] = dh, dc
    turned, grid = _flipped_conv(U)
    for t in reversed(range(T)):
        if t >= silent:
            np.add(carry[0], dY[:, t - silent], carry[0])
        _step_back(gates[t], c[t], c[t + 1], carry, da, work)
        np.copyto(_by_gate(dA[t]), da)
        carry[0] = conv.forward(dA[t], turned, grid)[0]  # (15)
    star, grid = recurrent_conv(U)
    dU = conv.backward_params(dA, conv.Tape(h[:T], star), grid).W  # (15)
    return dA.swapaxes(0, 1), (carry[0], carry[1]), dU


def recurrent_conv(U: Array) -> tuple[conv.Params, Grid]:
    kernel = U.shape[:-2]
    return conv.Params(U, np.zeros((), np.float32)), Grid((1,) * len(kernel), same(kernel))


def _flipped_conv(U: Array) -> tuple[conv.Params, Grid]:
    """The adjoint of the convolution of h: flipped kernel, swapped padding."""
    star, grid = recurrent_conv(U)
    W = np.flip(U, tuple(range(U.ndim - 2))).swapaxes(-2, -1)
    pad = tuple((after, before) for before, after in grid.pad)
    return star._replace(W=np.ascontiguousarray(W)), grid._replace(pad=pad)


def _by_gate(a: Array) -> Array:
    """View ``(B, *S, 4L)`` as ``(4, B, *S, L)``."""
    return np.moveaxis(a.reshape(*a.shape[:-1], 4, a.shape[-1] // 4), -2, 0)


def _step_back(
    gates: Array, c: Array, c_after: Array, carry: Array, da: Array, slopes: Array
) -> None:
    """Step the gradient in c back in time; write the gradients in the gates."""
    (f, i, o, c_tilde), (dh, dc) = gates, carry
    da_f, da_i, da_o, da_c = da
    np.tanh(c_after, da_f)
    np.multiply(da_f, dh, da_o)
    np.multiply(da_f, da_f, da_f)
    np.subtract(ONE, da_f, da_f)
    np.multiply(da_f, o, da_f)
    np.multiply(da_f, dh, da_f)
    np.add(dc, da_f, dc)
    np.multiply(dc, c, da_f)
    np.multiply(dc, c_tilde, da_i)
    np.multiply(dc, i, da_c)
    np.multiply(gates, gates, slopes)
    np.subtract(gates[:3], slopes[:3], slopes[:3])
    np.subtract(ONE, slopes[3], slopes[3])
    np.multiply(da, slopes, da)  # (15)
    np.multiply(dc, f, dc)
