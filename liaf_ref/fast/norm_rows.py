"""Normalisation of each row of a matrix, with a scale and a shift per column.

A row holds all features of one step of one sample: layer normalisation.  A chunk of
rows stays in the cache from pass to pass.
"""

from collections.abc import Iterator

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.kernels.array import Array

FLOAT32_SUM_LENGTH = 2048  # numbers that are summed in float32
MIN_MATMUL_ROWS = 16  # rows that are summed in float32, where more are one product


def forward(X: Array, gamma: Array, b: Array, eps: float) -> tuple[Array, Array, Array]:
    """Normalise."""
    G, n = X.shape
    Y, m, v = memory_layout.empty(X.shape), np.empty((G, 1), np.float32), np.empty((G, 1))
    ones = np.ones(n, np.float32)
    for at in _chunks(G, n):
        y = Y[at]
        m[at] = dot(X[at], ones) / n
        np.subtract(X[at], m[at], y)
        v[at] = dot(y, y) / n
        np.multiply(y, (1 / np.sqrt(v[at] + eps)).astype(np.float32), y)
        np.multiply(y, gamma, y)
        np.add(y, b, y)
    return Y, m, v


def backward(dY: Array, X: Array, m: Array, r: Array, gamma: Array) -> tuple[Array, Array]:
    """Differentiate :func:`forward`."""
    G, n = X.shape
    dX, room = memory_layout.empty(X.shape), memory_layout.empty((rows_per_chunk(G, n), n))
    sums = _ParamGradSums(n)
    for at in _chunks(G, n):
        dy, dx, D = dY[at], dX[at], room[: len(dY[at])]
        np.subtract(X[at], m[at], D)
        np.multiply(D, r[at], D)
        np.multiply(dy, D, dx)
        if len(dy) < MIN_MATMUL_ROWS:
            sums.add_few(dx, dy)
        else:
            sums.add(dx, dy)
        mean, along = (dot(x, gamma) / n for x in (dy, dx))
        np.multiply(D, along.astype(np.float32), D)
        np.add(D, mean.astype(np.float32), D)
        np.multiply(dy, gamma, dx)
        np.subtract(dx, D, dx)
        np.multiply(dx, r[at], dx)
    return dX, sums.total()


class _ParamGradSums:
    """Sums over rows of the gradients in scale and shift: float32 within blocks, float64 across."""

    def __init__(self, n: int) -> None:
        self.sums, self.part = np.zeros((2, n)), np.zeros((2, n), np.float32)
        self.rows = 0

    def add(self, dgamma: Array, db: Array) -> None:
        """Add rows by a matrix product."""
        ones = np.ones(len(db), np.float32)
        self.sums[0] += ones @ dgamma
        self.sums[1] += ones @ db

    def add_few(self, dgamma: Array, db: Array) -> None:
        """Add a few rows, one after the other."""
        for row in range(len(db)):
            np.add(self.part[0], dgamma[row], self.part[0])
            np.add(self.part[1], db[row], self.part[1])
        self.rows += len(db)
        if self.rows >= MIN_MATMUL_ROWS:
            self.total()

    def total(self) -> Array:
        """Return the sums so far."""
        self.sums += self.part
        self.part.fill(0)
        self.rows = 0
        return self.sums


def rows_per_chunk(G: int, n: int) -> int:
    """Return the number of rows of G in a chunk."""
    return min(G, max(1, 2 * memory_layout.CHUNK // n))


def _chunks(G: int, n: int) -> Iterator[slice]:
    rows = rows_per_chunk(G, n)
    for first in range(0, G, rows):
        yield slice(first, first + rows)


def dot(X: Array, w: Array) -> Array:
    """Sum the products along each row: float32 within lines, float64 across them."""
    whole = X.shape[-1] // FLOAT32_SUM_LENGTH * FLOAT32_SUM_LENGTH
    lines = (x[..., :whole].reshape(*x.shape[:-1], -1, FLOAT32_SUM_LENGTH) for x in (X, w))
    total = np.vecdot(*lines).sum(axis=-1, dtype=np.float64)
    rest = np.vecdot(X[..., whole:], w[..., whole:])
    both: Array = rest + total
    return both[..., None]
