"""Fast float32 kernel for :mod:`liaf_ref.kernels.average_pool`.

It supports windows without overlap, as in the paper: it sums the rows of a window first, which are
long in memory, and then the columns.  Everything else is passed to the reference.
"""

from collections.abc import Iterator

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.fast.memory_layout import constant, is_float32
from liaf_ref.kernels import average_pool as definition
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.average_pool import Tape
from liaf_ref.kernels.grid import Size, out_size

__all__ = ["Tape", "backward", "forward"]


def forward(X: Array, size: Size, stride: Size) -> tuple[Array, Tape]:
    """As :func:`liaf_ref.kernels.average_pool.forward`."""
    if not _is_supported(X, size, stride):
        return definition.forward(X, size, stride)
    out = out_size(X.shape[-3:-1], size, stride)
    Y = memory_layout.empty((*X.shape[:-3], *out, X.shape[-1]))
    share = constant(1 / (size[0] * size[1]))
    for x, line, y in iter_chunks(X, Y, size):
        sum_first_axis(np.moveaxis(x, 2, 0), line)
        sum_first_axis(np.moveaxis(line.reshape(*y.shape[:-1], size[1], -1), -2, 0), y)
        np.multiply(y, share, y)
    return Y, Tape(X.shape)


def backward(dY: Array, tape: Tape, size: Size, stride: Size) -> Array:
    """As :func:`liaf_ref.kernels.average_pool.backward`."""
    if not _is_supported(dY, size, stride):
        return definition.backward(dY, tape, size, stride)
    dX = memory_layout.empty(tape.shape)
    if any(n % k for n, k in zip(tape.shape[-3:-1], size, strict=True)):
        dX.fill(0)  # pixels outside of all windows
    share = constant(1 / (size[0] * size[1]))
    for dx, line, dy in iter_chunks(dX, dY, size):
        columns = line.reshape(*dy.shape[:-1], size[1], -1)
        np.multiply(dy[..., None, :], share, columns)
        dx[...] = line[:, :, None]
    return dX


def _is_supported(X: Array, size: Size, stride: Size) -> bool:
    """Whether images are float32 and windows adjoin without overlap."""
    return is_float32(X) and X.size > 0 and size == stride and len(size) == 2


def iter_chunks(X: Array, Y: Array, size: Size) -> Iterator[tuple[Array, Array, Array]]:
    """Yield pixels ``(n, rows, h, line)`` of some images, memory for row sums, and windows."""
    H, W, L = X.shape[-3:]
    rows, columns = Y.shape[-3:-1]
    line = columns * size[1] * L
    seen = X.reshape(-1, H, W * L)[:, : rows * size[0], :line].reshape(-1, rows, size[0], line)
    windows = Y.reshape(-1, rows, columns, L)
    n = max(1, memory_layout.CHUNK // (rows * line))
    room = memory_layout.empty((min(n, len(seen)), rows, line))
    for first in range(0, len(seen), n):
        x = seen[first : first + n]
        yield x, room[: len(x)], windows[first : first + n]


def sum_first_axis(parts: Array, out: Array) -> None:
    """Add up the first axis."""
    if len(parts) == 1:
        out[...] = parts[0]
    else:
        np.add(parts[0], parts[1], out)
    for part in parts[2:]:
        np.add(out, part, out)
