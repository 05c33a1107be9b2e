"""Convolution with a kernel of three by three and stride 1 in Winograd's tiles.

Forward is ``A^T ((G W G^T) * (B^T X B)) A + b``.  The matrices are constants, so the backward pass
applies their transposes in reverse order.  V, M and U are the values of input, output and kernel at
the points; at each point, M = V U is a product of matrices, and ::

    dM = A dI A^T,    dW = G^T (V^T dM) G,    dX = B (dM U^T) B^T

where overlapping tiles are summed.  Arguments as for the reference, in float32.

Lavin and Gray 2016, after Winograd 1980: m outputs of a kernel of size 3 are a product of
polynomials, found from its values at r = m + 2 points, one of them infinity.  On
an axis, with the input's tile d of r, the kernel g and the output y of m,

    y = A^T ((G g) * (B^T d))

and on two axes each matrix is applied along both.  ``*`` is a product of numbers;
over channels it is a product of matrices, which takes nearly all of the time.

Images are transformed into tiles and back.  A few images at a time, as many as fit into the cache,
use the same memory.  Pixels are copied so that the rows of a tile are r planes, with the images
side by side in each; a transform is then one product of a small matrix with long rows, and the
other axis is treated likewise.  The adjoints do the same in reverse.
"""

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from liaf_ref.fast import memory_layout
from liaf_ref.fast.memory_layout import LANES
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params, Tape
from liaf_ref.kernels.grid import Grid
from liaf_ref.kernels.sharing import sum_to

__all__ = ["Params", "Tape", "backward", "backward_params", "forward", "num_points", "tile_size"]

# Products up to which OpenBLAS multiplies without packing the matrices first.
MAX_UNPACKED_PRODUCTS = 10**6
# Finite points of tiles of m.  Found by trying some hundred sets: those of 5 round as 0, 1, -1,
# 2, -2 do for 4, and the largest errors of those of 4 are a quarter.
FINITE_POINTS = {
    2: (0.0, 1.0, -1.0),
    4: (0.0, 0.75, -0.75, 1.5, -1.5),
    5: (0.375, -0.375, 0.875, -0.875, 1.75, -1.75),
}


class Transforms(NamedTuple):
    """A^T ``(m, r)``, B^T ``(r, r)``, and G of both axes at once, ``(r * r, 9)``; float32."""

    AT: Array
    BT: Array
    GG: Array


def axis_transforms(points: Array) -> tuple[Array, Array, Array]:
    """The float64 matrices of one axis for points and infinity: A^T, B^T and G ``(r, 3)``."""
    m = len(points) - 1
    others = [np.delete(points, k) for k in range(m + 1)]
    AT, BT, G = np.zeros((m, m + 2)), np.zeros((m + 2, m + 2)), np.zeros((m + 2, 3))
    AT[:, :-1] = points ** np.arange(m)[:, None]
    AT[-1, -1] = G[-1, -1] = 1  # at infinity, the leading coefficient
    BT[:-1, :-1] = [np.poly(x)[::-1] for x in others]  # 0 at all other points
    BT[-1] = np.poly(points)[::-1]
    scale = [np.prod(p - x) for p, x in zip(points, others, strict=True)]
    G[:-1] = points[:, None] ** np.arange(3) / np.array(scale)[:, None]
    return AT, BT, G


def make_transforms(points: Array) -> Transforms:
    """Create the read-only matrices for the given points and infinity."""
    AT, BT, G = axis_transforms(points)
    made = Transforms(*(x.astype(np.float32) for x in (AT, BT, np.kron(G, G))))
    for matrix in made:
        matrix.flags.writeable = False
    return made


TRANSFORMS = {m: make_transforms(np.array(points)) for m, points in FINITE_POINTS.items()}


def apply_transform(matrix: Array, X: Array, out: Array) -> None:
    """Write ``matrix @ X`` to ``out``, in pieces small enough for OpenBLAS to skip packing."""
    piece = MAX_UNPACKED_PRODUCTS // matrix.size
    for lo in range(0, X.shape[-1], piece):
        np.matmul(matrix, X[..., lo : lo + piece], out=out[..., lo : lo + piece])


class TileGeometry(NamedTuple):
    """Properties that all chunks share: outputs per tile, sizes, zeros before, channels."""

    m: int
    in_size: tuple[int, int]
    out_size: tuple[int, int]
    padding_before: tuple[int, int]
    K: int
    L: int

    @property
    def grid(self) -> tuple[int, int]:
        """Number of tiles along H and along W."""
        return -(-self.out_size[0] // self.m), -(-self.out_size[1] // self.m)


class WinogradTiles:
    """``n`` images in tiles; V and M are values at the points, ``(r * r, tiles, channels)``."""

    def __init__(self, geometry: TileGeometry, n: int, b: Array) -> None:
        self.geometry = geometry
        m, K, L, (th, tw) = geometry.m, geometry.K, geometry.L, geometry.grid
        r, columns = m + 2, m * tw + 2
        k, l = th * n * K, th * n * L  # of one column of tiles at one point
        self.AT, self.BT, _ = TRANSFORMS[m]
        self.ATb = np.concatenate((self.AT, np.ones((m, 1), np.float32)), axis=1)
        self.A, self.B = self.AT.T.copy(), self.BT.T.copy()
        self.D = memory_layout.empty((r, columns, th, n, K))
        self.D.fill(0)  # around the image it stays so
        V, O = (r, r, tw, k), (m, m, tw, th, n, L)
        self.V4, self.O = _overlapping_buffers(V, O)
        M, E = (r, r, tw * l), (r, tw, r, k)
        self.M3, self.E = _overlapping_buffers(M, E)
        R, F, S = (r, columns, k), (r, columns, th, n, K), (r, m, tw * l)
        bias = m * tw * l
        room = memory_layout.empty((max(prod(R), prod(S)) + bias,))
        self.R, self.F = room[: prod(R)].reshape(R), room[: prod(F)].reshape(F)
        self.S = room[len(room) - prod(S) - bias :].reshape(r + 1, m, tw * l)
        self.S[r].reshape(-1, L)[...] = b
        self.V = self.V4.reshape(r * r, -1, K)
        self.M = self.M3.reshape(r * r, -1, L)
        self.windows = np.moveaxis(sliding_window_view(self.R, r, axis=1)[:, ::m], -1, 2)
        self.ones = np.ones(self.O.size // L, np.float32)

    def read(self, X: Array) -> None:
        """Fill V from images ``(n, H, W, K)``: ``B^T X B``."""
        r = self.geometry.m + 2
        for D, x in self._rows(self.D, X):
            D[...] = x
        apply_transform(self.BT, self.D.reshape(r, -1), self.R.reshape(r, -1))
        apply_transform(self.BT, self.windows, self.V4.swapaxes(1, 2))

    def write(self, I: Array) -> None:
        """Fill the outputs ``(n, H, W, L)`` from M: ``A^T M A + b``."""
        m = self.geometry.m
        apply_transform(self.AT, self.M3.swapaxes(0, 1), self.S[:-1])
        apply_transform(self.ATb, self.S.swapaxes(0, 1), self.O.reshape(m, m, -1))
        for O, i in self._tiles(I):
            i[...] = O

    def read_gradient(self, dI: Array) -> Array:
        """Fill M with ``A dI A^T``, the adjoint of :meth:`write`; return the gradient in b."""
        m, L = self.geometry.m, self.geometry.L
        if any(n % m for n in self.geometry.out_size):
            self.O.fill(0)
        for O, i in self._tiles(dI):
            O[...] = i
        apply_transform(self.A, self.O.reshape(m, m, -1), self.S[:-1].swapaxes(0, 1))
        apply_transform(self.A, self.S[:-1], self.M3.swapaxes(0, 1))
        db: Array = self.ones @ self.O.reshape(-1, L)
        return db

    def write_gradient(self, dX: Array) -> None:
        """Fill dX from the gradient in V: ``B V B^T``, with overlapping tiles added."""
        m, r, tw = self.geometry.m, self.geometry.m + 2, self.geometry.grid[1]
        E, F = self.E, self.F.reshape(r, m * tw + 2, -1)
        apply_transform(self.B, self.V4.swapaxes(1, 2), E)
        np.add(E[:, 1:, :2], E[:, :-1, m:], E[:, 1:, :2])
        inner = E[:, :, :m].reshape(r, tw, -1), F[:, :-2].reshape(r, tw, -1)
        apply_transform(self.B, *(x.swapaxes(0, 1) for x in inner))
        apply_transform(self.B, E[:, -1, m:].reshape(r, -1), F[:, -2:].reshape(r, -1))
        np.add(self.F[:2, :, 1:], self.F[m:, :, :-1], self.F[:2, :, 1:])
        for F, x in self._rows(self.F, dX):
            x[...] = F

    def _rows(self, D: Array, X: Array) -> Iterator[tuple[Array, Array]]:
        """Yield each row of a tile in D and in X; rows that two tiles share come last."""
        m, (H, W), _, (top, left), *_ = self.geometry
        X = X.transpose(2, 1, 0, 3)
        for i in reversed(range(m + 2)):
            at = range(i - top, i - top + m * D.shape[2], m)
            first = sum(h < 0 for h in at)
            last = sum(h < H for h in at)
            rows = slice(m * first + i - top, H, m)
            yield D[i, left : left + W, first:last], X[:, rows][:, : last - first]

    def _tiles(self, I: Array) -> Iterator[tuple[Array, Array]]:
        """Yield the same outputs in O and in I: of whole tiles, then of tiles cut by the border."""
        (H, W), m = self.geometry.out_size, self.geometry.m
        O = self.O.transpose(4, 3, 0, 2, 1, 5)
        for rows, t, i in _split_axis(H, m):
            for columns, u, j in _split_axis(W, m):
                part = O[:, t, :i, u, :j]
                yield part, I[:, rows, columns].reshape(part.shape)


def _overlapping_buffers(*shapes: tuple[int, ...]) -> list[Array]:
    """Create arrays of several shapes in the same memory."""
    room = memory_layout.empty((max(map(prod, shapes)),))
    return [room[: prod(shape)].reshape(shape) for shape in shapes]


def _split_axis(size: int, m: int) -> Iterator[tuple[slice, slice, int]]:
    """Return positions, tiles and positions per tile: of the whole tiles, then of the cut one."""
    whole, cut = divmod(size, m)
    if whole:
        yield slice(0, whole * m), slice(0, whole), m
    if cut:
        yield slice(whole * m, size), slice(whole, whole + 1), cut


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


def _blocks(K: int, L: int) -> Iterator[slice]:
    """Cut L outputs, each with K weights per point, into blocks of whole vectors."""
    width = max(1, BLOCK_SIZE // K // LANES) * LANES
    for first in range(0, L, width):
        yield slice(first, first + width)


CHUNK = 1_000_000  # numbers processed per chunk of images
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
    """Gradients in the parameters, over chunk after chunk: ``dW = G^T (V^T dM) G``."""

    def __init__(self, p: Params, m: int) -> None:
        self.dW, self.db = np.zeros(p.W.shape, np.float32), np.zeros(p.W.shape[3], np.float32)
        self.b, self.GG = p.b, TRANSFORMS[m].GG.T.copy()

    def add(self, tiles: WinogradTiles, X: Array, dI: Array) -> None:
        """Transform images and output gradients of a chunk, and add their parameter gradients."""
        self.db += tiles.read_gradient(dI)
        tiles.read(X)
        for some in _blocks(tiles.geometry.K, tiles.geometry.L):
            dW = self.dW[..., some]
            share = memory_layout.empty(dW.shape)
            dU = np.matmul(tiles.V.swapaxes(1, 2), tiles.M[..., some])
            apply_transform(self.GG, dU.reshape(len(dU), -1), share.reshape(9, -1))
            np.add(dW, share, dW)

    def params(self) -> Params:
        return Params(self.dW, sum_to(self.db, self.b.shape))


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
