"""Fast float32 kernel for :mod:`liaf_ref.kernels.tokens`.

A vocabulary is smaller than a batch of stories, so its rows are integrated once
and the drive is looked up.  Backward, the gradient is first summed per token; the rest
is the dense layer's backward pass on one row per token.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.memory_layout import bits
from liaf_ref.kernels import dense
from liaf_ref.kernels import tokens as definition
from liaf_ref.kernels.array import Array

__all__ = ["IndexedInput", "Tape", "TokenSummedGradient", "backward", "forward", "materialize"]


@dataclass(frozen=True, eq=False)
class IndexedInput:
    """An input as tokens and a table, for a kernel that can use it as a matrix product."""

    table: Array  # input of each token of the vocabulary, (N, G)
    ids: Array  # token numbers, (T, B)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the input as an array: (B, T, G)."""
        return (*self.ids.shape[::-1], self.table.shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of the input."""
        return self.table.dtype

    def onehot(self) -> Array:
        """The tokens as one-hot rows ``(T, B, N)``; their product with the table is the input."""
        T, B = self.ids.shape
        onehot = np.zeros((T * B, len(self.table)), self.dtype)
        onehot[np.arange(T * B), self.ids.ravel()] = 1
        return onehot.reshape(T, B, -1)

    def materialize(self) -> Array:
        """Look up the input ``(B, T, G)``, a view of contiguous ``(T, B, G)`` memory."""
        I = memory_layout.empty((*self.ids.shape, self.table.shape[1]))
        np.take(self.table, self.ids, axis=0, out=I, mode="wrap")  # "raise" would copy once more
        return I.swapaxes(0, 1)


class TokenSummedGradient(NamedTuple):
    """The gradient in an :class:`IndexedInput`, already summed over the places of each token."""

    table: Array


def materialize(A: Array | IndexedInput) -> Array:
    """Return the input as an array, for a kernel that needs one."""
    return A.materialize() if isinstance(A, IndexedInput) else A


MATMUL_BLOCK_ROWS = 96  # rows of a product that OpenBLAS makes without packing them first
MAX_ONEHOT_TOKENS = 128  # tokens up to which a product with one-hot rows is faster than sorting


class Tape(NamedTuple):
    """Arrays kept for the backward pass: time-major tokens ``(T, B)``, the dense layer's tape."""

    ids: Array
    dense: dense.Tape


def forward(
    ids: Array, E: Array, p: dense.Params
) -> tuple[Array | IndexedInput, Tape | definition.Tape]:
    """Look the tokens up and integrate them."""
    if np.result_type(E, p.W, p.b) != np.float32 or not ids.size:
        return definition.forward(ids, E, p)
    table, tape = dense.forward(E, p)  # (2)
    rows = np.arange(len(E))[np.ascontiguousarray(ids.T)]  # refuses, and wraps; of any integers
    drive = IndexedInput(table, rows)
    return (drive if len(E) <= MAX_ONEHOT_TOKENS else drive.materialize()), Tape(drive.ids, tape)


def backward(
    dI: Array | TokenSummedGradient, tape: Tape | definition.Tape
) -> tuple[Array, dense.Params]:
    """Differentiate :func:`forward`."""
    if isinstance(dI, TokenSummedGradient):
        return dense.backward(dI.table, tape.dense)
    if isinstance(tape, definition.Tape):
        return definition.backward(dI, tape)
    ids, integrated = tape
    rows = dI.swapaxes(0, 1).reshape(ids.size, -1)
    N = len(integrated.X)
    by_token = _by_product if N <= MAX_ONEHOT_TOKENS else _by_sorting
    start = leading_zeros(rows)
    return dense.backward(by_token(ids.ravel()[start:], rows[start:], N), integrated)


def leading_zeros(rows: Array) -> int:
    """Count the leading rows of zeros, where the gradient has vanished, by bisection."""
    half = len(rows) // 2
    if not half or np.bitwise_or.reduce(bits(rows[:half]), axis=None):
        return 0
    return half + leading_zeros(rows[half:])


def _by_product(ids: Array, rows: Array, N: int) -> Array:
    """Sum rows per token: multiply by the tokens' one-hot rows, chunk by chunk."""
    onehot = np.eye(N, dtype=rows.dtype).take(ids, axis=0)
    whole = len(ids) // MATMUL_BLOCK_ROWS * MATMUL_BLOCK_ROWS
    left = onehot[:whole].reshape(-1, MATMUL_BLOCK_ROWS, N).swapaxes(1, 2)
    pieces = left @ rows[:whole].reshape(-1, MATMUL_BLOCK_ROWS, rows.shape[1])
    sums: Array = pieces.sum(axis=0) + onehot[whole:].T @ rows[whole:]
    return sums


def _by_sorting(ids: Array, rows: Array, N: int) -> Array:
    """Sum rows per token: sort the rows by token first."""
    order = np.argsort(ids, kind="stable")
    tokens, first = np.unique(ids[order], return_index=True)
    sums = np.zeros((N, rows.shape[1]), rows.dtype)
    sums[tokens] = np.add.reduceat(rows[order], first)
    return sums
