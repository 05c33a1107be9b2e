"""Shared parameters, Section II-B: tiled for contiguous passes, and their gradients' sums."""

from math import prod
from typing import NamedTuple

import numpy as np

from liaf_ref.fast import memory_layout
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.sharing import sum_to


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


def tile_rows(rows: tuple[Array, ...], chunk: memory_layout.Chunk) -> list[Array]:
    """Repeat rows over a chunk for one contiguous pass each; ``(1,)`` stays as it is."""
    n, columns = chunk.hi - chunk.lo, slice(chunk.first_column, chunk.last_column)
    room = memory_layout.aligned_rows(len(rows), n)
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

    def new_partial(self, chunk: memory_layout.Chunk, blocks: int) -> Array:
        """Allocate a chunk's partial sums, ``(blocks, kinds, columns)``."""
        return np.zeros(
            (blocks, len(self.total), chunk.last_column - chunk.first_column), np.float32
        )

    def add_partial(self, chunk: memory_layout.Chunk, partial: Array) -> None:
        """Add a chunk's partial sums to the totals."""
        self.total[:, chunk.first_column : chunk.last_column] += partial.sum(
            axis=0, dtype=np.float64
        )
