"""A convolution in Winograd's tiles, as a backend may compute it: Lavin and Gray (2016).

m by m outputs of a kernel of 3 by 3 are ``A^T ((G W G^T) * (B^T d B)) A``, d the m + 2 by m + 2
inputs under them.  The matrices are those that libraries use: the points 0, 1, -1 for m = 2, and
also 2, -2 for m = 4.  The numbers are the convolution's, their rounding is not.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from liaf_ref.fast.conv_winograd import axis_transforms
from liaf_ref.oracle.table import layers
from liaf_ref.oracle.table.tape import T, concat, pad

KERNEL = (3, 3)
TRANSFORMS = {
    m: axis_transforms(np.array(points))
    for m, points in {2: (0.0, 1.0, -1.0), 4: (0.0, 1.0, -1.0, 2.0, -2.0)}.items()
}


def fits_tiles(kernel: Sequence[int], stride: Sequence[int]) -> bool:
    """Whether a convolution can be computed in tiles."""
    return tuple(kernel) == KERNEL and tuple(stride) == (1, 1)


def tiled(m: int) -> Callable[..., T]:
    """The convolution, in tiles of m by m outputs where they fit."""

    def convolve(X: T, W: T, stride: Sequence[int], padding: Any) -> T:
        if not fits_tiles(W.shape[:-2], stride):
            return layers.convolve(X, W, stride, padding)
        return _in_tiles(X, W, padding, m)

    return convolve


def _in_tiles(X: T, W: T, padding: Any, m: int) -> T:
    """All tiles at once: ``A^T ((G W G^T) * (B^T d B)) A``."""
    AT, BT, G = TRANSFORMS[m]
    sizes = [n + sum(p) - 2 for n, p in zip(X.shape[-3:-1], padding, strict=True)]
    tiles = [-(-n // m) for n in sizes]
    wide = [(a, b + m * k - n) for (a, b), k, n in zip(padding, tiles, sizes, strict=True)]
    inputs = dict(layers.windows(pad(X, wide), (m + 2, m + 2), (m, m)))
    kernel = {at: W[at] for at in product(range(3), repeat=2)}
    V, U = (_transformed(M, _transformed(M, parts)) for M, parts in ((BT, inputs), (G, kernel)))
    outputs = _transformed(AT, _transformed(AT, {at: V[at] @ U[at] for at in V}))
    return _interleaved(outputs, m)[..., : sizes[0], : sizes[1], :]


def _transformed(matrix: Any, parts: Mapping[Any, T]) -> dict[tuple[int, int], T]:
    """``(matrix d)^T`` of the parts d of a square: twice, of both axes."""
    rows, n = matrix.shape[0], 1 + max(j for _, j in parts)
    return {
        (j, p): _sum(matrix[p], [parts[i, j] for i in range(len(matrix[p]))])
        for p, j in product(range(rows), range(n))
    }


def _sum(factors: Any, terms: list[T]) -> T:
    pairs = [(float(f), t) for f, t in zip(factors, terms, strict=True) if f]
    first, *rest = (t if f == 1 else t * f for f, t in pairs)
    return sum(rest, first)


def _interleaved(parts: dict[tuple[int, int], T], m: int) -> T:
    """A plane of which each part has every m-th row and column."""
    *outer, H, W, L = parts[0, 0].shape
    after_H, after_W = len(outer) + 1, len(outer) + 3
    apart = {at: part.reshape(*outer, H, 1, W, 1, L) for at, part in parts.items()}
    rows = [concat([apart[a, b] for b in range(m)], after_W) for a in range(m)]
    return concat(rows, after_H).reshape(*outer, m * H, m * W, L)
