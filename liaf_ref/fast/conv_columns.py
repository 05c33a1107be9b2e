"""Convolution of few channels: one plane per position in the window, all in one product.

The rows of :mod:`liaf_ref.kernels.im2col` would have only a few numbers each, copied one by
one; a plane is copied line by line.  The bias is the weight of a plane of ones.
Arguments as for the reference, in float32 and with two convolved axes.
"""

from collections.abc import Iterator

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.conv_winograd import MAX_UNPACKED_PRODUCTS
from liaf_ref.kernels import im2col as definition
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params, Tape
from liaf_ref.kernels.grid import Grid, out_size, taps
from liaf_ref.kernels.sharing import sum_to

__all__ = ["Params", "Tape", "backward", "backward_params", "forward"]

backward = definition.backward  # an input with few channels is usually data, without a gradient
CHUNK = 250_000  # numbers processed at once: 1 MB, which stays in the cache


def forward(X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
    """As :func:`liaf_ref.kernels.conv.forward`."""
    L = p.W.shape[-1]
    W = np.concatenate((p.W.reshape(-1, L), np.broadcast_to(p.b, (1, L))))
    size = [n + sum(zeros) for n, zeros in zip(X.shape[-3:-1], grid.pad, strict=True)]
    out = out_size(tuple(size), p.W.shape[:2], grid.stride)
    I = memory_layout.empty((*X.shape[:-3], *out, L))
    rows = I.reshape(-1, L)
    for at, planes in iter_windows(X, p, grid, out):
        np.matmul(planes.T, W, out=rows[at])  # (2)
    return I, Tape(X, p)


def backward_params(dI: Array, tape: Tape, grid: Grid) -> Params:
    """As :func:`liaf_ref.kernels.conv.backward_params`."""
    X, p = tape
    *kernel, K, L = p.W.shape
    rows = dI.reshape(-1, L)
    dW = np.zeros((np.prod(kernel) * K + 1, L), np.float32)
    for at, planes in iter_windows(X, p, grid, dI.shape[-3:-1]):
        dW += planes @ rows[at]  # (2)
    return Params(dW[:-1].reshape(p.W.shape), sum_to(dW[-1], p.b.shape))


def iter_windows(
    X: Array, p: Params, grid: Grid, out: tuple[int, ...]
) -> Iterator[tuple[slice, Array]]:
    """Yield slices of windows and their inputs ``(places * K + 1, windows)``; last row ones."""
    *kernel, K, L = p.W.shape
    (top, bottom), (left, right) = grid.pad
    X = X.reshape(-1, *X.shape[-3:])
    N, H, W, _ = X.shape
    places, count = np.prod(kernel) * K + 1, np.prod(out)
    n = min(N, max(1, CHUNK // (places * count)))
    image = memory_layout.empty((K, n, H + top + bottom, W + left + right, 1))
    planes = memory_layout.empty((places, n * count))
    image.fill(0)  # the padding stays zero
    planes[-1] = 1
    piece = max(1, MAX_UNPACKED_PRODUCTS // (places * L))
    for first in range(0, N, n):
        chunk = X[first : first + n]
        k = len(chunk)
        image[:, :k, top : top + H, left : left + W, 0] = np.moveaxis(chunk, -1, 0)
        seen = planes[:-1].reshape(-1, K, n, *out, 1)
        for place, (_, under) in zip(seen, taps(tuple(kernel), out, grid.stride), strict=True):
            place[...] = image[under]
        for lo in range(0, k * count, piece):
            hi = min(lo + piece, k * count)
            yield slice(first * count + lo, first * count + hi), planes[:, lo:hi]
