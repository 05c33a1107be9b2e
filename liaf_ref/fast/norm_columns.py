"""Normalisation of each column of a matrix, with a scale and a shift per column.

A column holds one channel at all places and steps of all samples: batch normalisation.
The parameters are repeated over some rows, so that a pass covers one long row.
"""

from collections.abc import Iterator

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.norm_rows import FLOAT32_SUM_LENGTH
from liaf_ref.kernels.array import Array


def forward(X: Array, gamma: Array, b: Array, eps: float) -> tuple[Array, Array, Array]:
    """Normalise; as :func:`liaf_ref.fast.norm_rows.forward`."""
    G, L = X.shape
    rows = rows_per_chunk(G, L)
    total, square = np.zeros((2, 1, L))
    for at, ones in _chunks(G, rows):
        total += ones @ X[at]
    m = (total / G).astype(np.float32)
    mean, work = _repeat_row(m, rows), memory_layout.empty((rows, L))
    for at, ones in _chunks(G, rows):
        D = work[: len(ones)]
        np.subtract(X[at], mean[: len(ones)], D)
        np.multiply(D, D, D)
        square += ones @ D
    v = square / G
    scale, shift = _repeat_row(gamma / np.sqrt(v + eps), rows), _repeat_row(b, rows)
    Y = memory_layout.empty(X.shape)
    for at, _ in _chunks(G, rows):
        y = Y[at]
        np.subtract(X[at], mean[: len(y)], y)
        np.multiply(y, scale[: len(y)], y)
        np.add(y, shift[: len(y)], y)
    return Y, m, v


def backward(dY: Array, X: Array, m: Array, r: Array, gamma: Array) -> tuple[Array, Array]:
    """Differentiate :func:`forward`; as :func:`liaf_ref.fast.norm_rows.backward`."""
    G, L = X.shape
    rows, wide = rows_per_chunk(G, L), r[0].astype(np.float64)
    mean, work = _repeat_row(m, rows), memory_layout.empty((rows, L))
    dgamma, db = dp = np.zeros((2, L))
    for at, ones in _chunks(G, rows):
        D = work[: len(ones)]
        np.subtract(X[at], mean[: len(D)], D)
        np.multiply(D, dY[at], D)
        db += ones @ dY[at]
        dgamma += ones @ D
    dgamma *= wide
    along, shift = _repeat_row(dgamma * wide / G, rows), _repeat_row(db / G, rows)
    scale, dX = _repeat_row(gamma * r, rows), memory_layout.empty(X.shape)
    for at, ones in _chunks(G, rows):
        D, dx = work[: len(ones)], dX[at]
        np.subtract(X[at], mean[: len(D)], D)
        np.multiply(D, along[: len(D)], D)
        np.subtract(dY[at], D, dx)
        np.subtract(dx, shift[: len(D)], dx)
        np.multiply(dx, scale[: len(D)], dx)
    return dX, dp


def rows_per_chunk(G: int, L: int) -> int:
    """Return the number of rows of a chunk, which is summed in float32."""
    return min(G, FLOAT32_SUM_LENGTH, max(1, memory_layout.CHUNK // L))


def _chunks(G: int, rows: int) -> Iterator[tuple[slice, Array]]:
    """Yield slices of rows, each with a vector of ones that sums its rows by a product."""
    for first in range(0, G, rows):
        yield slice(first, first + rows), np.ones(min(rows, G - first), np.float32)


def _repeat_row(row: Array, rows: int) -> Array:
    room = memory_layout.empty((rows, row.shape[-1]))
    room[...] = row
    return room
