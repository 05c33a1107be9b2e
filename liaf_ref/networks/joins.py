"""When the stories of a batch join it: what is padding for all is run once, or not at all.

Stories are padded on the left, so that each is all padding up to a step of its own.  Until
then unmasked stories are alike, and one row of padding stands for them; masked ones have
not begun.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

GROUPS = 4  # of stories that join together, where they need not join at their very first token
WORTH = 0.25  # share of the rows and steps that has to be saved before calls cost less
NOTHING = -1  # where a row's state comes from if it begins


class Piece(NamedTuple):
    """Some steps, run for some rows.

    Attributes
    ----------
    first, last : int
        The steps ``first .. last - 1``.
    rows : ndarray of int
        Numbers of the samples; that of the row of padding is the number of samples.
    came : ndarray of int
        For each row, which one of the piece before it goes on from, or :data:`NOTHING`.
    """

    first: int
    last: int
    rows: Array
    came: Array


def unmasked(ids: Array, long: int) -> list[Piece]:
    """Plan a batch in which padding is a token as any other.

    Parameters
    ----------
    ids : ndarray of int, shape (B, T)
        Tokens, left padded with 0.
    long : int
        Steps from which on a sequence is worth being cut.

    Returns
    -------
    list of Piece
        One with all rows from step 0 where nothing is to be gained.
    """
    B, T = ids.shape
    pads, order = _pads(ids)
    firsts = sorted({int(pads[order[k * B // GROUPS]]) for k in range(GROUPS)} - {0})
    edges = [0, *firsts, T]
    pieces = list(_pieces(edges, pads, order, waiting=[B]))
    run = sum(len(piece.rows) * (piece.last - piece.first) for piece in pieces)
    if long > T or run > (1 - WORTH) * B * T:
        everyone = np.arange(B)
        return [Piece(0, T, everyone, np.full(B, NOTHING))]
    return pieces


def masked(ids: Array) -> list[Piece]:
    """Plan a batch in which a story begins at its first token.

    Parameters
    ----------
    ids : ndarray of int, shape (B, T)
        Tokens, left padded with 0; the last of each counts even if it is 0.

    Returns
    -------
    list of Piece
        One for each length there is.
    """
    pads, order = _pads(ids)
    edges = [*np.unique(pads).tolist(), ids.shape[1]]
    return list(_pieces(edges, pads, order, waiting=[]))


def _pads(ids: Array) -> tuple[Array, Array]:
    """How many steps each sample waits, and the samples in that order."""
    real = ids != 0
    real[:, -1] = True
    pads = real.argmax(axis=1)
    return pads, np.argsort(pads, kind="stable")


def _pieces(edges: Sequence[int], pads: Array, order: Array, waiting: list[int]) -> Iterator[Piece]:
    """Cut at the edges; who is to meet a token in a piece is there from its first step."""
    before: list[int] = []
    for first, last in pairwise(edges):
        joined = order[pads[order] < last].tolist()
        rows = joined + waiting if len(joined) < len(order) else joined
        place = {row: k for k, row in enumerate(before)}
        source = next((place[row] for row in waiting if row in place), NOTHING)
        came = [place.get(row, source) for row in rows]
        yield Piece(first, last, np.array(rows), np.array(came))
        before = rows
