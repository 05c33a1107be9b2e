"""Normalisation of each row of a matrix, each of its columns with a scale and a shift.

A row is all features of one step of one sample: layer normalisation.  Some rows at a
time stay in the cache from pass to pass.
"""

from collections.abc import Iterator

import numpy as np

from liaf_ref.fast import memory
from liaf_ref.kernels.array import Array

LINE = 2048  # numbers of a row that are summed in float32
SOME = 2 * memory.CHUNK  # numbers of some rows


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
    ones = np.ones(n, np.float32)
    for at in _some(G, n):
        y = Y[at]
        m[at] = _dot(X[at], ones) / n
        np.subtract(X[at], m[at], y)
        v[at] = _dot(y, y) / n
        np.multiply(y, (1 / np.sqrt(v[at] + eps)).astype(np.float32), y)
        np.multiply(y, gamma, y)
        np.add(y, b, y)
    return Y, m, v


def backward(dY: Array, X: Array, m: Array, r: Array, gamma: Array) -> tuple[Array, Array, Array]:
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
    dgamma, db : ndarray, shape (n,)
        Gradients in scale and shift, in float64.
    """
    G, n = X.shape
    dX, dgamma, db = memory.empty(X.shape), np.zeros(n), np.zeros(n)
    room = memory.empty((2, min(G, max(1, SOME // n)), n))
    for at in _some(G, n):
        dy, dx, scale = dY[at], dX[at], r[at].astype(np.float64)
        D, P = room[:, : len(dy)]
        np.subtract(X[at], m[at], D)
        np.multiply(dy, D, P)
        db += np.ones(len(dy), np.float32) @ dy
        dgamma += r[at, 0] @ P
        mean, along = _dot(dy, gamma) / n, _dot(P, gamma) / n * scale**2
        np.multiply(dy, gamma, dx)
        np.multiply(D, along.astype(np.float32), D)
        np.subtract(dx, D, dx)
        np.subtract(dx, mean.astype(np.float32), dx)
        np.multiply(dx, r[at], dx)
    return dX, dgamma, db


def _some(G: int, n: int) -> Iterator[slice]:
    rows = max(1, SOME // n)
    for first in range(0, G, rows):
        yield slice(first, first + rows)


def _dot(X: Array, w: Array) -> Array:
    """Sum each row of ``X * w``: by lines in float32, over them in float64; ``(G, 1)``."""
    whole = X.shape[-1] // LINE * LINE
    lines = (x[..., :whole].reshape(*x.shape[:-1], -1, LINE) for x in (X, w))
    total = np.vecdot(*lines).sum(axis=-1, dtype=np.float64)
    total += np.vecdot(X[..., whole:], w[..., whole:])
    return total[:, None]
