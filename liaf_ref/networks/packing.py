"""Packed sequences: common padding at the start of a batch is run once, or not at all."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

# Stories are padded on the left: each is all padding up to a step of its own. Until then unmasked
# stories are alike, and one row of padding stands for them; masked stories have not begun.
NUM_GROUPS = 4  # of stories that join together, where they need not join at their very first token
MIN_SAVED_SHARE = 0.25  # share of the rows and steps that has to be saved before calls cost less
NO_SOURCE_ROW = -1  # where a row's state comes from if it begins


class Segment(NamedTuple):
    """Some time steps, run for some rows."""

    start: int
    stop: int  # behind the last step
    rows: Array  # numbers of the samples; the number of samples stands for a row of padding
    source_row: Array  # the row of the segment before that each continues, or NO_SOURCE_ROW


def plan_unmasked(ids: Array, min_steps: int) -> list[Segment]:
    """Plan a batch in which padding is a token as any other."""
    B, T = ids.shape
    pads, order = _padding_lengths(ids)
    firsts = sorted({int(pads[order[k * B // NUM_GROUPS]]) for k in range(NUM_GROUPS)} - {0})
    edges = [0, *firsts, T]
    pieces = list(_segments(edges, pads, order, padding_rows=[B]))
    run = sum(len(piece.rows) * (piece.stop - piece.start) for piece in pieces)
    if min_steps > T or run > (1 - MIN_SAVED_SHARE) * B * T:
        everyone = np.arange(B)
        return [Segment(0, T, everyone, np.full(B, NO_SOURCE_ROW))]
    return pieces


def plan_masked(ids: Array) -> list[Segment]:
    """Plan a batch in which a story begins at its first token."""
    pads, order = _padding_lengths(ids)
    edges = [*np.unique(pads).tolist(), ids.shape[1]]
    return list(_segments(edges, pads, order, padding_rows=[]))


def _padding_lengths(ids: Array) -> tuple[Array, Array]:
    """How many steps each sample waits, and the samples in that order."""
    real = ids != 0
    real[:, -1] = True
    pads = real.argmax(axis=1)
    return pads, np.argsort(pads, kind="stable")


def _segments(
    edges: Sequence[int], padding_lengths: Array, order: Array, padding_rows: list[int]
) -> Iterator[Segment]:
    """Cut at the edges; a row with a token in a segment is in it from its first step."""
    before: list[int] = []
    for first, last in pairwise(edges):
        joined = order[padding_lengths[order] < last].tolist()
        rows = joined + padding_rows if len(joined) < len(order) else joined
        place = {row: k for k, row in enumerate(before)}
        source = next((place[row] for row in padding_rows if row in place), NO_SOURCE_ROW)
        actual = [place.get(row, source) for row in rows]
        yield Segment(first, last, np.array(rows), np.array(actual))
        before = rows
