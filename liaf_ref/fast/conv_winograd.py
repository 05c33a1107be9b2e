"""Convolution with a kernel of three by three and stride 1 in Winograd's tiles.

Forward is ``A^T ((G W G^T) * (B^T X B)) A + b``.  The matrices are constants, so the backward pass
applies their transposes in reverse order.  V, M and U are the values of input, output and kernel at
the points; at each point, M = V U is a product of matrices, and ::

    dM = A dI A^T,    dW = G^T (V^T dM) G,    dX = B (dM U^T) B^T

where overlapping tiles are summed.  Arguments as for the reference, in float32.
"""

from collections.abc import Iterator
from math import prod

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.memory_layout import LANES
from liaf_ref.fast.winograd import TRANSFORMS, TileGeometry, WinogradTiles, apply_transform
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params, Tape
from liaf_ref.kernels.grid import Grid
from liaf_ref.kernels.sharing import sum_to

__all__ = ["Params", "Tape", "backward", "backward_params", "forward", "num_points", "tile_size"]

BLOCK_SIZE = 16_384  # weights transformed at once: at 36 or 49 points 2 or 3 MB, used in cache


class TransformedWeights:
    """``U = G W G^T`` in blocks of outputs: ``(slice, (r * r, K, outputs))``."""

    # One block is transformed once. More are transformed anew in each walk over them, which
    # takes less time than fetching them from memory.

    def __init__(self, W: Array, m: int) -> None:
        self.W, self.GG = W, TRANSFORMS[m].GG
        blocks = list(_blocks(*W.shape[2:]))
        self.cached = self._transform(blocks[0]) if len(blocks) == 1 else None

    def __iter__(self) -> Iterator[tuple[slice, Array]]:
        for some in _blocks(*self.W.shape[2:]):
            yield some, self._transform(some) if self.cached is None else self.cached

    def _transform(self, some: slice) -> Array:
        W = self.W[..., some]
        U = memory_layout.empty((len(self.GG), *W.shape[2:]))
        apply_transform(self.GG, W.reshape(9, -1), U.reshape(len(U), -1))
        return U


class WeightGradient:
    """``dW = G^T (V^T dM) G``, summed over chunks of tiles."""

    def __init__(self, m: int, K: int, L: int) -> None:
        self.dW = np.zeros((3, 3, K, L), np.float32)
        self.GG = TRANSFORMS[m].GG.T.copy()

    def add(self, V: Array, M: Array) -> None:
        """Add a chunk's part: ``V (r * r, tiles, K)``, ``M (r * r, tiles, L)``."""
        for some in _blocks(*self.dW.shape[2:]):
            dW = self.dW[..., some]
            share = memory_layout.empty(dW.shape)
            dU = np.matmul(V.swapaxes(1, 2), M[..., some])
            apply_transform(self.GG, dU.reshape(len(dU), -1), share.reshape(9, -1))
            np.add(dW, share, dW)


def _blocks(K: int, L: int) -> Iterator[slice]:
    """Cut L outputs, each with K weights per point, into blocks of whole vectors."""
    width = max(1, BLOCK_SIZE // K // LANES) * LANES
    for first in range(0, L, width):
        yield slice(first, first + width)


CHUNK = 600_000  # numbers processed per chunk of images: 2 MB, a second-level cache
MIN_TILES = 40  # least tiles per chunk: products of fewer rows are slow


def num_points(out: tuple[int, ...], m: int) -> int:
    """Number of points in all tiles of an image, with m outputs per tile and axis."""
    return prod((m + 2) * -(-n // m) for n in out)


def tile_size(out: tuple[int, ...]) -> int:
    """Outputs per tile and axis: the size with the fewest points, the smallest of equals."""
    return min(TRANSFORMS, key=lambda m: (num_points(out, m), m))


def forward(X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
    """As :func:`liaf_ref.kernels.conv.forward`."""
    frame = _frame(X, p, grid)
    I = memory_layout.empty((*X.shape[:-3], *frame.out_size, frame.L))
    images, outputs, weights = _flat(X), _flat(I), TransformedWeights(p.W, frame.m)
    for at, tiles in _chunks(len(images), frame, p.b):
        tiles.read(images[at])
        for some, U in weights:
            np.matmul(tiles.V, U, out=tiles.M[..., some])  # (2)
        tiles.write(outputs[at])
    return I, Tape(X, p)


def backward(dI: Array, tape: Tape, grid: Grid) -> tuple[Array, Params]:
    """As :func:`liaf_ref.kernels.conv.backward`."""
    X, p = tape
    frame, dX = _frame(X, p, grid), memory_layout.empty(X.shape)
    gradients, weights = _flat(dX), TransformedWeights(p.W.swapaxes(2, 3), frame.m)
    total = _ParamGrads(p, frame.m)
    for at, tiles in _chunks(len(gradients), frame, p.b):
        total.add(tiles, _flat(X)[at], _flat(dI)[at])
        for some, U in weights:
            np.matmul(tiles.M, U, out=tiles.V[..., some])  # (2)
        tiles.write_gradient(gradients[at])
    return dX, total.params()


def backward_params(dI: Array, tape: Tape, grid: Grid) -> Params:
    """As :func:`liaf_ref.kernels.conv.backward_params`."""
    X, p = tape
    frame, images, gradients = _frame(X, p, grid), _flat(X), _flat(dI)
    total = _ParamGrads(p, frame.m)
    for at, tiles in _chunks(len(images), frame, p.b):
        total.add(tiles, images[at], gradients[at])
    return total.params()


class _ParamGrads:
    """Gradients in the parameters, over chunk after chunk."""

    def __init__(self, p: Params, m: int) -> None:
        self.b, self.W = p.b, WeightGradient(m, *p.W.shape[2:])
        self.db = np.zeros(p.W.shape[3], np.float32)

    def add(self, tiles: WinogradTiles, X: Array, dI: Array) -> None:
        """Transform images and output gradients of a chunk, and add their parameter gradients."""
        self.db += tiles.read_gradient(dI)
        tiles.read(X)
        self.W.add(tiles.V, tiles.M)

    def params(self) -> Params:
        return Params(self.W.dW, sum_to(self.db, self.b.shape))


def _flat(X: Array) -> Array:
    return X.reshape(-1, *X.shape[-3:])


def _frame(X: Array, p: Params, grid: Grid) -> TileGeometry:
    (top, bottom), (left, right) = grid.pad
    H, W, K = X.shape[-3:]
    out = H + top + bottom - 2, W + left + right - 2
    return TileGeometry(tile_size(out), (H, W), out, (top, left), K, p.W.shape[3])


def _chunks(N: int, frame: TileGeometry, b: Array) -> Iterator[tuple[slice, WinogradTiles]]:
    """Yield chunks of images of nearly equal size, with their tiles."""
    tiles, values = prod(frame.grid), num_points(frame.out_size, frame.m)
    n = max(CHUNK // (values * (frame.K + 2 * frame.L)), -(-MIN_TILES // tiles))
    chunks = -(-N // n)
    n = -(-N // chunks)
    made = None
    for first in range(0, N, n):
        k = min(n, N - first)
        if made is None or k < n:
            made = WinogradTiles(frame, k, b)
        yield slice(first, first + k), made
