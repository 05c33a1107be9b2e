"""The convolution in Winograd's tiles, as a backend may compute it: Lavin and Gray (2016).

m by m outputs of a kernel of 3 by 3 are ``A^T ((G W G^T) * (B^T d B)) A``, d the m + 2 by m + 2
inputs under them.  The matrices are those that libraries use: the points 0, 1, -1 for m = 2, and
also 2, -2 for m = 4.  The numbers are the convolution's, their rounding is not.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.fast.winograd import AxisTransforms, axis_transforms
from liaf_ref.kernels import conv
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params, Tape
from liaf_ref.kernels.grid import Grid, Size, cropped, out_size, padded
from liaf_ref.kernels.sharing import sum_to

KERNEL = (3, 3)


TRANSFORMS = {
    m: axis_transforms(np.array(points))
    for m, points in {2: (0.0, 1.0, -1.0), 4: (0.0, 1.0, -1.0, 2.0, -2.0)}.items()
}


def fits_tiles(kernel: Size, stride: Size) -> bool:
    """Whether a convolution can be computed in tiles."""
    return tuple(kernel) == KERNEL and tuple(stride) == (1, 1)


class Winograd(NamedTuple):
    """A convolution of kernel 3 by 3 and stride 1 in tiles of m by m outputs."""

    m: int
    transforms: AxisTransforms | None = None  # of other numbers than floats

    def forward(self, X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
        """As :func:`liaf_ref.kernels.conv.forward`."""
        return self._without_bias(X, p.W, grid) + p.b, Tape(X, p)

    def _without_bias(self, X: Array, W: Array, grid: Grid) -> Array:
        AT, BT, G = self._transforms(X)
        X_pad, out = self._whole_tiles(X, grid)
        U = _of_kernel(W, G)
        I = np.zeros_like(U, shape=(*X.shape[:-3], *out, W.shape[-1]))
        for inputs, outputs in self._tiles(out):
            V = _both_axes(BT, X_pad[inputs])
            Y = _both_axes(AT, (V[..., None, :] @ U)[..., 0, :])
            part = I[outputs]
            part[...] = Y[..., : part.shape[-3], : part.shape[-2], :]
        return I

    def backward(self, dI: Array, tape: Tape, grid: Grid) -> tuple[Array, Params]:
        """As :func:`liaf_ref.kernels.conv.backward`: the transposes in reverse order."""
        X, p = tape
        AT, BT, G = self._transforms(X)
        X_pad, out = self._whole_tiles(X, grid)
        U = _of_kernel(p.W, G)
        dX_pad, dU = np.zeros_like(U, shape=X_pad.shape), np.zeros_like(U)
        K, L = p.W.shape[-2:]
        for inputs, outputs in self._tiles(out):
            part = dI[outputs]
            dY = np.zeros_like(U, shape=(*dI.shape[:-3], self.m, self.m, L))
            dY[..., : part.shape[-3], : part.shape[-2], :] = part
            dM, V = _both_axes(AT.T, dY), _both_axes(BT, X_pad[inputs])
            dX_pad[inputs] += _both_axes(BT.T, (dM[..., None, :] @ U.swapaxes(-1, -2))[..., 0, :])
            rows = np.moveaxis(V.reshape(-1, *V.shape[-3:]), 0, -1)  # (r, r, K, N)
            columns = np.moveaxis(dM.reshape(-1, *dM.shape[-3:]), 0, -2)  # (r, r, N, L)
            dU += rows @ columns
        r = len(BT)
        dW = _of_kernel(dU.reshape(r, r, K, L), G.T)
        top, left = (before for before, _ in grid.pad)
        dX = dX_pad[..., top : top + X.shape[-3], left : left + X.shape[-2], :]
        return dX, Params(dW, sum_to(dI, p.b.shape))

    def backward_by_rotation(self, dI: Array, tape: Tape, grid: Grid) -> Array:
        """The gradient in X as libraries compute it: a convolution with the rotated kernel."""
        rotated = tape.p.W[::-1, ::-1].swapaxes(-1, -2)
        full = self._without_bias(dI, rotated, Grid((1, 1), ((2, 2), (2, 2))))
        return cropped(full, grid.pad)

    def _transforms(self, X: Array) -> AxisTransforms:
        if self.transforms is not None:
            return self.transforms
        return AxisTransforms(*(matrix.astype(X.dtype) for matrix in TRANSFORMS[self.m]))

    def _whole_tiles(self, X: Array, grid: Grid) -> tuple[Array, Size]:
        """The input with zeros around it, so many that the last tiles are whole; and the output."""
        size = tuple(n + sum(p) for n, p in zip(X.shape[-3:-1], grid.pad, strict=True))
        out = out_size(size, KERNEL, grid.stride)
        pad = tuple((a, b + -n % self.m) for (a, b), n in zip(grid.pad, out, strict=True))
        return padded(X, pad), out

    def _tiles(self, out: Size) -> Iterator[tuple[Any, Any]]:
        """The indices of each tile: of its inputs and of its outputs."""
        for i, j in product(*(range(0, n, self.m) for n in out)):
            inputs, outputs = (
                (..., slice(i, i + size), slice(j, j + size), slice(None))
                for size in (self.m + 2, self.m)
            )
            yield inputs, outputs


def _both_axes(matrix: Array, d: Array) -> Array:
    """``matrix d matrix^T`` over the two axes before the last."""
    once = (matrix @ d).swapaxes(-3, -2)
    both: Array = (matrix @ once).swapaxes(-3, -2)
    return both


def _of_kernel(W: Array, G: Array) -> Array:
    """``G W G^T`` over the first two axes."""
    n, (K, L) = W.shape[0], W.shape[-2:]
    once = (G @ W.reshape(n, n * K * L)).reshape(len(G), n, K * L)
    both: Array = (G @ once).reshape(len(G), len(G), K, L)
    return both


class TiledConvolution(NamedTuple):
    """The convolution of a backend that may compute it in tiles, or as a sum of products."""

    tiles: Winograd
    forward: Any = conv.forward
    backward: Any = conv.backward
    backward_params: Any = conv.backward_params
