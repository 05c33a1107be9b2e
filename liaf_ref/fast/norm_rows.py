"""Normalisation of each row of a matrix, each of its columns with a scale and a shift.

A row is all features of one step of one sample: layer normalisation.  Some rows at a
time stay in the cache from pass to pass.
"""

from collections.abc import Callable, Iterator

import numpy as np

from liaf_ref.fast import memory
from liaf_ref.kernels.array import Array

LINE = 2048  # numbers that are summed in float32


def forward(X: Array, gamma: Array, b: Array, eps: float) -> tuple[Array, Array, Array]:
    """Normalise.

    Parameters
    ----------
    X : ndarray, shape (G, n)
        What to normalise.
    gamma, b : ndarray, shape (n,)
        Scale and shift.
    eps : float
        What is added to the variance.

    Returns
    -------
    Y : ndarray, shape (G, n)
        Output.
    m, v : ndarray, shape (G, 1)
        Mean, in float32, and variance, in float64.
    """
    G, n = X.shape
    Y, m, v = memory.empty(X.shape), np.empty((G, 1), np.float32), np.empty((G, 1))
    dot, ones = _dot_by_lines(n), np.ones(n, np.float32)
    for at in _some(G, n):
        y = Y[at]
        m[at] = dot(X[at], ones) / n
        np.subtract(X[at], m[at], y)
        v[at] = dot(y, y) / n
        np.multiply(y, (1 / np.sqrt(v[at] + eps)).astype(np.float32), y)
        np.multiply(y, gamma, y)
        np.add(y, b, y)
    return Y, m, v


def backward(dY: Array, X: Array, m: Array, r: Array, gamma: Array) -> tuple[Array, Array]:
    """Differentiate :func:`forward`.

    Parameters
    ----------
    dY, X : ndarray, shape (G, n)
        Gradient in the output, and input.
    m, r : ndarray, shape (G, 1)
        Mean and one over the deviation.
    gamma : ndarray, shape (n,)
        Scale.

    Returns
    -------
    dX : ndarray, shape (G, n)
        Gradient in the input.
    dp : ndarray, shape (2, n)
        Gradients in scale and shift, in float64.
    """
    G, n = X.shape
    dX, dp, dot = memory.empty(X.shape), np.zeros((2, n)), _dot_by_lines(n)
    part, room = memory.empty((2, n)), memory.empty((_rows(G, n), n))
    for at in _some(G, n):
        dy, dx = dY[at], dX[at]
        D, ones = room[: len(dy)], np.ones(len(dy), np.float32)
        np.subtract(X[at], m[at], D)
        np.multiply(dy, D, dx)
        np.matmul(r[at, 0], dx, out=part[0])
        np.matmul(ones, dy, out=part[1])
        dp += part
        mean = dot(dy, gamma) / n
        along = dot(dx, gamma) / n * r[at].astype(np.float64) ** 2
        np.multiply(D, along.astype(np.float32), D)
        np.add(D, mean.astype(np.float32), D)
        np.multiply(dy, gamma, dx)
        np.subtract(dx, D, dx)
        np.multiply(dx, r[at], dx)
    return dX, dp


def _rows(G: int, n: int) -> int:
    """How many of G rows are worked on at once."""
    return min(G, max(1, 2 * memory.CHUNK // n))


def _some(G: int, n: int) -> Iterator[slice]:
    rows = _rows(G, n)
    for first in range(0, G, rows):
        yield slice(first, first + rows)


def _dot_by_lines(n: int) -> Callable[[Array, Array], Array]:
    """Make the function that sums each row of n products; it returns ``(G, 1)``.

    Rows are cut into equal lines, whose sums are made in float32 and added in float64.
    A row that hardly divides makes many short lines: slow, but right.
    """
    line = next(k for k in range(min(n, LINE), 0, -1) if n % k == 0)

    def dot(X: Array, w: Array) -> Array:
        lines = (x.reshape(*x.shape[:-1], -1, line) for x in (X, w))
        total: Array = np.vecdot(*lines).sum(axis=-1, dtype=np.float64, keepdims=True)
        return total

    return dot
