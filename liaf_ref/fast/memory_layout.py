"""Memory of fast arrays: aligned to cache lines, time-major, in chunks that fit into the cache.

Parameters that neurons share, Section II-B, are tiled over a chunk for contiguous passes.

Comparisons are bit masks: all bits 1 where true, computed from the sign bit by a shift.  The same
memory is used as floats and as integers: ``bits(X)`` is the integer view.  Boolean arrays,
``where`` and ``heaviside`` are three to forty times slower.
"""

from collections.abc import Iterator
from math import prod
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.sharing import sum_to


def constant(value: float, dtype: type[np.generic] = np.float32) -> Array:
    """Create a read-only 0-d array, which a ufunc reads faster than a NumPy scalar."""
    array: Array = np.array(value, dtype)
    array.flags.writeable = False
    return array


SIGN = constant(31, np.int32)
MAGNITUDE = constant(0x7FFFFFFF, np.int32)
ZERO = constant(0)
HALF = constant(0.5)
ONE = constant(1)


def bits(x: Array) -> Array:
    """Return an integer view of float32 values."""
    view: Array = x.view(np.int32)
    return view


def negative(x: Array, out: Array) -> None:
    """Write the mask of ``x < 0`` to integer ``out``; -0.0 would count as negative."""
    np.right_shift(bits(x), SIGN, out)


def positive(x: Array, out: Array) -> None:
    """Write the mask of ``x > 0``, the sign bit of ``0 - x``, to integer ``out``."""
    np.subtract(ZERO, x, out.view(np.float32))
    np.right_shift(out, SIGN, out)


def inside(x: Array, mu: float, out: Array) -> None:
    """Write the mask of ``|x| < mu``, ``mu >= 0``, to integer ``out``, exact at ``|x| = mu``."""
    # Floats of one sign are ordered as their bits are: the difference of the bits of |x| and mu
    # is negative exactly where the window is open.
    np.bitwise_and(bits(x), MAGNITUDE, out)
    np.subtract(out, bits(constant(mu)), out)
    np.right_shift(out, SIGN, out)


CACHE_LINE = 64  # bytes; a vector load that straddles two lines costs twice
LANES = CACHE_LINE // 4  # float32 values of a cache line
# Elements that passes work on at once.  More than fit into a second-level cache: fewer calls are
# worth more than nearer memory.
CHUNK = 200_000
MAX_CACHED_ELEMENTS = 400_000  # elements that are still in cache when they are read again
# Elements one batch entry must have for batch-major memory to be worked on as it is.
MIN_BATCH_MAJOR_ELEMENTS = 1 << 12


def empty(shape: tuple[int, ...]) -> Array:
    """Allocate a float32 array like ``np.empty``, aligned to a cache line."""
    # NumPy's large arrays start 16 bytes into one, and their in-cache sums and products take
    # up to twice as long.
    size = prod(shape) * 4
    buffer = np.empty(size + CACHE_LINE, np.uint8)
    start = -buffer.__array_interface__["data"][0] % CACHE_LINE
    aligned: Array = buffer[start : start + size].view(np.float32).reshape(shape)
    return aligned


def is_float32(*arrays: Any) -> bool:
    """Return whether all arrays are float32, the dtype of the fast kernels."""
    return all(x.dtype == np.float32 for x in arrays)


def aligned_rows(count: int, n: int) -> Array:
    """Allocate ``count`` rows of ``n`` elements, each aligned to a cache line."""
    return empty((count, n + -n % LANES))[:, :n]


class Layout(NamedTuple):
    """Memory layout of an array ``(B, T, *S, L)``: ``groups`` x T x ``step`` elements."""

    shape: tuple[int, ...]
    batch_major: bool

    @property
    def groups(self) -> int:
        """Number of groups: B if batch-major, 1 if time-major."""
        return self.shape[0] if self.batch_major else 1

    @property
    def step_size(self) -> int:
        """Number of contiguous elements of one group at one time step."""
        return prod(self.shape[2:]) if self.batch_major else self.shape[0] * prod(self.shape[2:])

    def to_grouped(self, X: Array) -> Array:
        """View ``(B, k, *S, L)`` as ``(groups, k, step)``; copies only if the layout differs."""
        X = X if self.batch_major else X.swapaxes(0, 1)
        k = X.shape[1] if self.batch_major else X.shape[0]
        return X.reshape(self.groups, k, self.step_size)

    def from_grouped(self, X: Array) -> Array:
        """Undo :meth:`to_grouped`."""
        B, _, *S = self.shape
        k = X.shape[1]
        return X.reshape(B, k, *S) if self.batch_major else X.reshape(k, B, *S).swapaxes(0, 1)


def layout_of(X: Array) -> Layout:
    """Return the layout in which ``X`` needs no copy; if there is none, time-major."""
    time_major = X.swapaxes(0, 1).flags.c_contiguous
    keep = X.flags.c_contiguous and not time_major and prod(X.shape[2:]) >= MIN_BATCH_MAJOR_ELEMENTS
    return Layout(X.shape, keep)


class Chunk(NamedTuple):
    """Elements ``lo:hi`` of a step: columns ``first:last`` of each of its rows."""

    lo: int
    hi: int
    first_column: int
    last_column: int


def iter_chunks(step_size: int, width: int) -> Iterator[Chunk]:
    """Cut a step of rows of ``width`` elements into pieces of about :data:`CHUNK` elements."""
    # A piece is some whole rows, or part of one row where a row is longer than a piece; with
    # ``width`` 1, any run of elements. Pieces are of nearly equal size.
    if width > CHUNK:
        part = -(-width // -(-width // CHUNK))
        for first in range(0, width, part):
            last = min(first + part, width)
            for row in range(0, step_size, width):
                yield Chunk(row + first, row + last, first, last)
        return
    rows = step_size // width
    some = -(-rows // -(-step_size // CHUNK))
    for row in range(0, rows, some):
        yield Chunk(row * width, min(row + some, rows) * width, 0, width)


class TiledParams(NamedTuple):
    """One row of each parameter: ``(width,)``, or ``(1,)`` if all neurons share one value."""

    rows: Params
    # To which the shape of every parameter broadcasts: the trailing axes of a time step, or as
    # many ones if no parameter varies.
    tile_shape: tuple[int, ...]
    width: int

    def sum_to_shape(self, sums: Array, shape: tuple[int, ...]) -> Array:
        """Sum a row of sums to the shape and dtype of its parameter."""
        row = sums.reshape(self.tile_shape)
        return (row if row.shape == shape else sum_to(row, shape)).astype(np.float32)


def tile_params(p: Params, shape: tuple[int, ...]) -> TiledParams | None:
    """Tile parameters for inputs of ``shape`` ``(B, T, *S, L)``."""
    rank = max(x.ndim for x in p)
    if rank > len(shape) - 2:
        return None
    trail = shape[len(shape) - rank :] if any(x.size > 1 for x in p) else (1,) * rank
    return TiledParams(Params(*(_as_row(x, trail) for x in p)), trail, prod(trail))


def _as_row(x: Array, tile_shape: tuple[int, ...]) -> Array:
    if x.size == 1:
        return x.reshape(1)
    return (x if x.shape == tile_shape else np.broadcast_to(x, tile_shape)).reshape(-1)


def tile_rows(rows: tuple[Array, ...], chunk: Chunk) -> list[Array]:
    """Repeat rows over a chunk for one contiguous pass each; ``(1,)`` stays as it is."""
    n, columns = chunk.hi - chunk.lo, slice(chunk.first_column, chunk.last_column)
    room = aligned_rows(len(rows), n)
    tiled = []
    for row, out in zip(rows, room, strict=True):
        if row.size > 1:
            out.reshape(-1, chunk.last_column - chunk.first_column)[:] = row[columns]
        tiled.append(out if row.size > 1 else row)
    return tiled


class ColumnSums:
    """Sums over the rows of all chunks: float32 within a chunk, float64 across chunks."""

    def __init__(self, num_kinds: int, width: int) -> None:
        self.total = np.zeros((num_kinds, width))

    def new_partial(self, chunk: Chunk, blocks: int) -> Array:
        """Allocate a chunk's partial sums, ``(blocks, kinds, columns)``."""
        return np.zeros(
            (blocks, len(self.total), chunk.last_column - chunk.first_column), np.float32
        )

    def add_partial(self, chunk: Chunk, partial: Array) -> None:
        """Add a chunk's partial sums to the totals."""
        self.total[:, chunk.first_column : chunk.last_column] += partial.sum(
            axis=0, dtype=np.float64
        )
