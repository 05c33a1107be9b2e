"""What the windows of a convolution see: the products of its operation count."""

import math

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, Size, out_size


def count_products(size: Size, kernel: Size, grid: Grid) -> tuple[int, int]:
    """Places inside the input that all windows see together, and windows that see any."""
    axes = _axes(size, kernel, grid)
    windows = math.prod(int(axis.any(axis=1).sum()) for axis in axes)
    return math.prod(int(axis.sum()) for axis in axes), windows


def _axes(size: Size, kernel: Size, grid: Grid) -> list[Array]:
    """For each axis, (windows, n): whether a window sees a place."""
    whole = tuple(n + sum(zeros) for n, zeros in zip(size, grid.pad, strict=True))
    counts = out_size(whole, kernel, grid.stride)
    axes = []
    for n, k, s, (before, _), windows in zip(size, kernel, *grid, counts, strict=True):
        first = s * np.arange(windows)[:, None] - before
        axes.append((first <= np.arange(n)) & (np.arange(n) < first + k))
    return axes
