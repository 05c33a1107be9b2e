"""Winograd's transforms: a convolution of kernel size 3 with fewer multiplications.

Lavin and Gray 2016, after Winograd 1980: m outputs of a kernel of size 3 are a product of
polynomials, found from its values at r = m + 2 points, one of them infinity.  On
an axis, with the input's tile d of r, the kernel g and the output y of m,

    y = A^T ((G g) * (B^T d))

and on two axes each matrix is applied along both.  ``*`` is a product of numbers;
over channels it is a product of matrices, which takes nearly all of the time.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

MAX_UNPACKED_PRODUCTS = (
    10**6
)  # products up to which OpenBLAS multiplies without packing the matrices first
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


class AxisTransforms(NamedTuple):
    """The matrices of one axis: A^T ``(m, r)``, B^T ``(r, r)`` and G ``(r, 3)``; float64."""

    AT: Array
    BT: Array
    G: Array


def axis_transforms(points: Array) -> AxisTransforms:
    """Create the matrices for the given points and infinity."""
    m = len(points) - 1
    others = [np.delete(points, k) for k in range(m + 1)]
    AT, BT, G = np.zeros((m, m + 2)), np.zeros((m + 2, m + 2)), np.zeros((m + 2, 3))
    AT[:, :-1] = points ** np.arange(m)[:, None]
    AT[-1, -1] = G[-1, -1] = 1  # at infinity, the leading coefficient
    BT[:-1, :-1] = [np.poly(x)[::-1] for x in others]  # 0 at all other points
    BT[-1] = np.poly(points)[::-1]
    scale = [np.prod(p - x) for p, x in zip(points, others, strict=True)]
    G[:-1] = points[:, None] ** np.arange(3) / np.array(scale)[:, None]
    return AxisTransforms(AT, BT, G)


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
