"""Fast float32 kernel for :mod:`liaf_ref.kernels.conv`, for two convolved axes.

There are three methods: planes for few input channels; Winograd's tiles for kernels of three by
three with stride 1; otherwise, and where tiles are slower, the one product of the reference.  The
choice depends only on the shapes, by an estimate of the time: products, and numbers transformed
or copied.

Winograd's tiles have larger rounding errors: about 1e-6 of the largest output, against 2e-7 of the
reference; the worst case grows by a factor of 7 for tiles of 2, 84 for 4 and 225 for 5.
"""

from math import prod
from types import ModuleType

from liaf_ref.fast import conv_columns, conv_winograd
from liaf_ref.fast.memory_layout import is_float32
from liaf_ref.kernels import im2col as definition
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params, Tape
from liaf_ref.kernels.grid import Grid, out_size

__all__ = ["Params", "Tape", "backward", "backward_params", "forward"]

PRODUCTS_PER_COPY = 40  # products that take as long as transforming or copying one number
MAX_PLANE_CHANNELS = 8  # channels up to which planes are faster than rows


def forward(X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
    """As :func:`liaf_ref.kernels.conv.forward`."""
    I, tape = fastest_module(X, p, grid).forward(X, p, grid)
    return I, tape


def backward(dI: Array, tape: Tape, grid: Grid) -> tuple[Array, Params]:
    """As :func:`liaf_ref.kernels.conv.backward`."""
    dX, dp = fastest_module(tape.X, tape.p, grid, dI).backward(dI, tape, grid)
    return dX, dp


def backward_params(dI: Array, tape: Tape, grid: Grid) -> Params:
    """As :func:`liaf_ref.kernels.conv.backward_params`."""
    dp: Params = fastest_module(tape.X, tape.p, grid, dI).backward_params(dI, tape, grid)
    return dp


def fastest_module(X: Array, p: Params, grid: Grid, *more: Array) -> ModuleType:
    """The module with the smallest estimated time for these shapes."""
    *kernel, K, L = p.W.shape
    if len(kernel) != 2 or not X.size or not L or p.b.ndim > 1 or not is_float32(X, *p, *more):
        return definition
    if K <= MAX_PLANE_CHANNELS:
        return conv_columns
    if (*kernel, *grid.stride) != (3, 3, 1, 1):
        return definition
    size = tuple(n + sum(zeros) for n, zeros in zip(X.shape[-3:-1], grid.pad, strict=True))
    out, N = out_size(size, (3, 3), (1, 1)), prod(X.shape[:-3])
    m = conv_winograd.tile_size(out)
    tiles = N * conv_winograd.num_points(out, m) * (K * L + PRODUCTS_PER_COPY * (K + L))
    weights = (m + 2) ** 2 * PRODUCTS_PER_COPY * K * L
    rows = N * 9 * prod(out) * (K * L + PRODUCTS_PER_COPY * K)
    return conv_winograd if tiles + weights < rows else definition
