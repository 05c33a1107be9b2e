"""Small files of the formats that this package reads by itself, damaged."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from data.events import writers
from data.events.fuzzing.mutations import (
    Mutation,
    Piece,
    Pieces,
    join_pieces,
    mutate_pieces,
    split_lines,
    split_records,
)

AEDAT3_HEADER_FIELDS: Any = ((0, "<h"), (2, "<h"), *((4 + 4 * i, "<i") for i in range(6)))


class Recipe(NamedTuple):
    """What a damaged file is made of: its events, in how many packets, and what happens to it."""

    events: Any
    packets: int
    mutations: Sequence[Mutation]


def _dvs128(write: Any, size: int, fields: Any) -> Callable[[Recipe], Pieces]:
    def plan(recipe: Recipe) -> Pieces:
        content = write(recipe.events)
        data = len(recipe.events) * size
        first = len(content) - data
        return split_lines(content[:first]) + split_records(content[first:], size, fields)

    return plan


def _aedat3(recipe: Recipe) -> Pieces:
    found = split_lines(writers.AEDAT3_HEADER)
    for part in np.array_split(recipe.events, recipe.packets):
        packet = writers.aedat3_packet(writers.aedat3_words(part), part["t"] & (2**31 - 1))
        found += [
            Piece(packet[:28], AEDAT3_HEADER_FIELDS),
            *split_records(packet[28:], 8, ((0, "<I"), (4, "<i"))),
        ]
    return found


def _nmnist(recipe: Recipe) -> Pieces:
    return split_records(
        writers.nmnist(recipe.events), 5, ((0, "B"), (1, "B"), (2, "B"), (2, ">H"))
    )


FORMAT_WRITERS: dict[str, tuple[str, Callable[[Recipe], Pieces]]] = {
    "aedat1": (".dat", _dvs128(writers.aedat1, 6, ((0, ">H"), (2, ">i")))),
    "aedat2": (".aedat", _dvs128(writers.aedat2, 8, ((0, ">I"), (4, ">i")))),
    "aedat2-turned": (".aedat", _dvs128(writers.aedat2, 8, ((0, ">I"), (4, ">i")))),
    "aedat3": (".aedat", _aedat3),
    "n-mnist": (".bin", _nmnist),
}


def damaged_file(reader: str, recipe: Recipe) -> bytes:
    """A file of the format that ``reader`` reads, damaged by its recipe."""
    return join_pieces(mutate_pieces(FORMAT_WRITERS[reader][1](recipe), recipe.mutations))
