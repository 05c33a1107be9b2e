"""Convolution, pooling and normalisation for one number at a time; borders are not padded."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from independent.comparison import Array
from independent.scalar_equations import sigmoid

Size = tuple[int, ...]
Pad = tuple[tuple[int, int], ...]


def windows(places: int, kernel: int, stride: int, pad: tuple[int, int]) -> list[list[int | None]]:
    """For each window of one axis the inputs under it, ``None`` where there is none."""
    found: list[list[int | None]] = []
    start = -pad[0]
    while start + kernel <= places + pad[1]:
        seen = range(start, start + kernel)
        found.append([i if 0 <= i < places else None for i in seen])
        start += stride
    return found


def _window_pairs(
    size: Size, kernel: Size, stride: Size, pad: Pad
) -> tuple[Size, Iterator[tuple[Size, Size, Size]]]:
    """Sizes of the output, and every (output, tap, input) that meet."""
    axes = [windows(*axis) for axis in zip(size, kernel, stride, pad, strict=True)]
    out = tuple(len(axis) for axis in axes)

    def walk() -> Iterator[tuple[Size, Size, Size]]:
        for place in np.ndindex(*out):
            for tap in np.ndindex(*kernel):
                seen = [axis[p][k] for axis, p, k in zip(axes, place, tap, strict=True)]
                inside = tuple(i for i in seen if i is not None)
                if len(inside) == len(seen):
                    yield place, tap, inside

    return out, walk()


def conv(X: Array, W: Array, b: Array, stride: Size, pad: Pad) -> Array:
    """Second case of Eq. (2) for X of shape (N, *size, K)."""
    *kernel, K, L = W.shape
    out, meetings = _window_pairs(X.shape[1:-1], tuple(kernel), stride, pad)
    I = np.zeros((len(X), *out, L)) + b
    for place, tap, seen in meetings:
        for n, k, j in np.ndindex(len(X), K, L):
            I[(n, *place, j)] += X[(n, *seen, k)] * W[(*tap, k, j)]
    return I


def conv_adjoints(
    X: Array, W: Array, dI: Array, stride: Size, pad: Pad
) -> tuple[Array, Array, Array]:
    """What each product of :func:`conv` gives back to X and W, and each sum to b."""
    *kernel, K, L = W.shape
    _, meetings = _window_pairs(X.shape[1:-1], tuple(kernel), stride, pad)
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    for place, tap, seen in meetings:
        for n, k, j in np.ndindex(len(X), K, L):
            dX[(n, *seen, k)] += dI[(n, *place, j)] * W[(*tap, k, j)]
            dW[(*tap, k, j)] += dI[(n, *place, j)] * X[(n, *seen, k)]
    db = np.array([sum(dI[..., j].ravel().tolist()) for j in range(L)])
    return dX, dW, db


def convlstm(A: Array, h: Array, c: Array, U: Array) -> tuple[Array, Array]:
    """Eq. (15) with ``*`` a convolution, for one sample: h and c after each step."""
    L = c.shape[-1]
    pad = tuple((k // 2, k // 2) for k in U.shape[:-2])  # odd kernels
    hs, cs = [], []
    for drive in A:
        a = drive + conv(h[None], U, np.zeros(4 * L), (1,) * len(pad), pad)[0]
        h, c = np.empty(c.shape), c.copy()
        for place in np.ndindex(c.shape):
            *where, j = place
            f, i, o, candidate = (float(a[(*where, gate * L + j)]) for gate in range(4))
            c[place] = sigmoid(f) * c[place] + sigmoid(i) * math.tanh(candidate)
            h[place] = sigmoid(o) * math.tanh(c[place])
        hs.append(h)
        cs.append(c)
    return np.array(hs), np.array(cs)


def pool(
    X: Array, dY: Array, size: Size, stride: Size, weight_fn: Callable[[list[float]], list[float]]
) -> tuple[Array, Array]:
    """Sums over windows of (N, H, W, L), weighed by ``shares`` of what they see, and the adjoint.

    Average and maximum are both such sums; shares of the maximum are one 1 and else 0.
    """
    rows, columns = (windows(X.shape[1 + i], size[i], stride[i], (0, 0)) for i in range(2))
    Y, dX = np.zeros((len(X), len(rows), len(columns), X.shape[3])), np.zeros(X.shape)
    for n, y, x, j in np.ndindex(Y.shape):
        places = [(n, r, c, j) for r in rows[y] for c in columns[x]]
        weights = weight_fn([float(X[place]) for place in places])
        for place, weight in zip(places, weights, strict=True):
            Y[n, y, x, j] += weight * X[place]
            dX[place] += weight * dY[n, y, x, j]
    return Y, dX


def normalize(X: Array, axes: Size, eps: float) -> tuple[Array, Array, Array]:
    """Every entry minus its group's mean, over its deviation; the means and biased variances."""
    Y, m, v = (np.empty(X.shape) for _ in range(3))
    groups = [1 if axis in axes else n for axis, n in enumerate(X.shape)]
    for group in np.ndindex(*groups):
        index = tuple(slice(None) if axis in axes else g for axis, g in enumerate(group))
        numbers = [float(x) for x in X[index].ravel()]
        mean = sum(numbers) / len(numbers)
        variance = sum((x - mean) ** 2 for x in numbers) / len(numbers)
        m[index], v[index] = mean, variance
        Y[index] = (X[index] - mean) / math.sqrt(variance + eps)
    return Y, m, v
