"""Memory of fast arrays: aligned to cache lines, time-major, in chunks that fit into the cache."""

from collections.abc import Iterator
from math import prod
from typing import Any, NamedTuple, Protocol

import numpy as np

from liaf_ref.kernels.array import Array

CACHE_LINE = 64  # bytes; a vector load that straddles two lines costs twice
LANES = CACHE_LINE // 4  # float32 values of a cache line
CHUNK = 50_000  # elements a loop over time works on at once: ten such arrays fill a 2 MB cache
MAX_CACHED_ELEMENTS = 8 * CHUNK  # elements that are still in cache when they are read again
MIN_BATCH_MAJOR_ELEMENTS = (
    1 << 12
)  # elements one batch entry must have for batch-major memory to be worked on as it is


def empty(shape: tuple[int, ...]) -> Array:
    """Allocate a float32 array like ``np.empty``, aligned to a cache line."""
    # NumPy's large arrays start 16 bytes into one, and their in-cache sums and products take
    # up to twice as long.
    size = prod(shape) * 4
    buffer = np.empty(size + CACHE_LINE, np.uint8)
    start = -buffer.__array_interface__["data"][0] % CACHE_LINE
    aligned: Array = buffer[start : start + size].view(np.float32).reshape(shape)
    return aligned


class _HasDtype(Protocol):
    @property
    def dtype(self) -> np.dtype[Any]: ...


def is_float32(*arrays: _HasDtype) -> bool:
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
