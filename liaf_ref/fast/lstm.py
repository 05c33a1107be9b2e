"""Fast float32 kernel for :mod:`liaf_ref.kernels.lstm`.

It supports the paper's activations, sigmoid and tanh; everything else is passed
to the reference kernel.  A step works on the transposed state ``(L, B)``,
so that each gate is a contiguous block and a batch of 16, 32 ... fills whole
vector registers.  Matrix products are computed in two halves: OpenBLAS multiplies
matrices of up to 10^6 products without first packing them, a third faster.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.memory_layout import HALF, ONE, is_float32
from liaf_ref.fast.readout import pad_time
from liaf_ref.fast.rnn import FadingGradient
from liaf_ref.fast.tokens import IndexedInput, TokenSummedGradient, materialize
from liaf_ref.kernels import activation
from liaf_ref.kernels import lstm as definition
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair

__all__ = ["Tape", "backward", "forward"]

PAPER = activation.sigmoid, activation.tanh, activation.tanh


class Tape(NamedTuple):
    """Arrays kept for the backward pass."""

    gates: Array  # f, i, o, c-tilde, (T, 4, L, B)
    c: Array  # c^0..c^T, (T + 1, L, B)
    # h^0..h^T, each followed by the next step's token as a one-hot row of N entries, which the
    # last row has not set: (T + 1, B, L + N). N is 0 for an input that is looked up already.
    rows: Array
    U: Array


def forward(
    A: Array | IndexedInput, h0: Array, c0: Array, U: Array, *activations: Pair
) -> tuple[Array, tuple[Array, Array], Tape | definition.Tape]:
    """Run the cell over all time steps."""
    if activations != PAPER or not is_float32(A, h0, c0, U):
        return definition.forward(materialize(A), h0, c0, U, *activations)
    (B, T, _), L = A.shape, U.shape[0]
    table = A.table if isinstance(A, IndexedInput) else U[:0]
    gates, c = memory_layout.empty((T, 4, L, B)), memory_layout.empty((T + 1, L, B))
    rows = memory_layout.empty((T + 1, B, L + len(table)))
    h, tokens = rows[:, :, :L], rows[:T, :, L:]
    if isinstance(A, IndexedInput):
        tokens[...] = A.onehot()
    h[0], c[0] = h0, np.transpose(c0)
    column, work = memory_layout.empty((L + len(table), B)), memory_layout.empty((L, B))
    state, token = column[:L], column[L:]
    state[...] = np.transpose(h0)
    weights = _halves(np.concatenate((U, table))).swapaxes(1, 2)
    for t in range(T):
        np.copyto(token, tokens[t].T)
        halves = gates[t].reshape(2, 2 * L, B)
        np.matmul(weights, column, out=halves)
        if not isinstance(A, IndexedInput):
            np.add(gates[t].reshape(4 * L, B), A[:, t].T, gates[t].reshape(4 * L, B))
        step(gates[t], c[t], c[t + 1], state, work)
        h[t + 1] = state.T
    return h[1:].swapaxes(0, 1), (h[T], c[T].T), Tape(gates, c, rows, U)


def _halves(U: Array) -> Array:
    """View ``(..., 4L)`` as ``(2, ..., 2L)``: first f and i, then o and c-tilde."""
    return U.reshape(len(U), 2, U.shape[1] // 2).swapaxes(0, 1)


def step(gates: Array, c: Array, c_after: Array, h: Array, work: Array) -> None:
    """Turn pre-activations into gates; write the next cell state and output."""
    fio, (f, i, o, c_tilde) = gates[:3], gates
    np.multiply(fio, HALF, fio)
    np.tanh(gates, gates)
    np.add(fio, ONE, fio)
    np.multiply(fio, HALF, fio)  # (15), the sigmoid through tanh: its error is relative to 1
    np.multiply(f, c, c_after)
    np.multiply(i, c_tilde, work)
    np.add(c_after, work, c_after)
    np.tanh(c_after, work)
    np.multiply(o, work, h)


def backward(
    dY: Array, dh: Array, dc: Array, tape: Tape | definition.Tape, *activations: Pair
) -> tuple[Array | TokenSummedGradient, tuple[Array, Array], Array]:
    """Differentiate :func:`forward`, last step first."""
    if isinstance(tape, definition.Tape):
        full = pad_time(dY, tape.a.shape[1])
        return definition.backward(full, dh, dc, tape, *activations)
    gates, c, rows, U = tape
    T, _, L, B = gates.shape
    dA = memory_layout.empty((T, B, 4 * L))
    work, weights = _work(L, B), _halves(np.ascontiguousarray(U))
    work.dh[...], work.dc[...] = np.transpose(dh), np.transpose(dc)
    for t in FadingGradient(work.dh, work.dc).steps_back(dA, dY.transpose(1, 2, 0)):
        _step_back(gates[t], c[t], c[t + 1], weights, work)
        np.copyto(dA[t], work.rows)
    dW = rows[:T].reshape(T * B, rows.shape[-1]).T @ dA.reshape(T * B, 4 * L)
    drive = TokenSummedGradient(dW[L:]) if len(dW) > L else dA.swapaxes(0, 1)
    return drive, (work.dh.T, work.dc.T), dW[:L]


class _Work(NamedTuple):
    """Memory of one step with views created once: creating a view costs as much as a short pass."""

    dh: Array
    dc: Array
    da: tuple[Array, ...]  # of f, i, o, c-tilde, (L, B) each
    rows: Array  # all of them as (B, 4L)
    halves: Array  # all of them as (2, 2L, B)
    sums: Array  # (2, L, B): what each half gives to dh
    sum_0: Array
    sum_1: Array
    slopes: tuple[Array, ...]  # of f, i, o, c-tilde and tanh of the cell state
    slope_gates: Array  # the first four
    slope_fio: Array
    slope_tanh: Array  # the last two
    k: Array  # tanh of the cell state


def _work(L: int, B: int) -> _Work:
    dh, dc, k = (memory_layout.empty((L, B)) for _ in range(3))
    da, slopes, sums = (memory_layout.empty((n, L, B)) for n in (4, 5, 2))
    rows, halves = da.reshape(4 * L, B).T, da.reshape(2, 2 * L, B)
    parts = (tuple(slopes), slopes[:4], slopes[:3], slopes[3:])
    return _Work(dh, dc, tuple(da), rows, halves, sums, sums[0], sums[1], *parts, k)


def _step_back(gates: Array, c: Array, c_after: Array, U: Array, work: _Work) -> None:
    """Go back one step: overwrite ``dh, dc`` with the earlier ones; write the gates' gradients."""
    dh, dc, (da_f, da_i, da_o, da_c), _, halves, sums, sum_0, sum_1, *_ = work
    f_slope, i_slope, o_slope, c_slope, h_slope = work.slopes
    f, i, o, c_tilde = gates
    np.tanh(c_after, work.k)
    np.multiply(gates, gates, work.slope_gates)
    np.subtract(gates[:3], work.slope_fio, work.slope_fio)
    np.multiply(work.k, work.k, h_slope)
    np.subtract(ONE, work.slope_tanh, work.slope_tanh)
    np.multiply(o_slope, work.k, o_slope)
    np.multiply(o_slope, dh, da_o)  # (15)
    np.multiply(h_slope, o, h_slope)
    np.multiply(h_slope, dh, h_slope)
    np.add(dc, h_slope, dc)
    np.multiply(f_slope, c, f_slope)
    np.multiply(f_slope, dc, da_f)
    np.multiply(i_slope, c_tilde, i_slope)
    np.multiply(i_slope, dc, da_i)
    np.multiply(c_slope, i, c_slope)
    np.multiply(c_slope, dc, da_c)
    np.multiply(dc, f, dc)
    np.matmul(U, halves, out=sums)
    np.add(sum_0, sum_1, dh)
