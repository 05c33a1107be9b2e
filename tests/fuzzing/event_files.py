"""Small event files of every format, damaged; each reader gives events or refuses the file."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from data.events import writers
from scipy.io import savemat

from fuzzing.harness import Files, Target
from fuzzing.mutations import (
    Mutation,
    Piece,
    Pieces,
    join_pieces,
    mutate_pieces,
    split_lines,
    split_records,
)
from liaf_ref._core.errors import FileWarning
from liaf_ref.data import read_events, stream_events
from liaf_ref.data.events import EVENT

AEDAT3_HEADER_FIELDS: Any = ((0, "<h"), (2, "<h"), *((4 + 4 * i, "<i") for i in range(6)))
WORDS = ((0, "<I"), (4, "<I"), (8, "<I"), (12, "<I"))
Plan = Callable[[Any, int], Pieces]  # of events, in how many packets


def _dvs128(write: Any, size: int, fields: Any) -> Plan:
    def plan(events: Any, packets: int) -> Pieces:
        content = write(events)
        first = len(content) - len(events) * size
        return split_lines(content[:first]) + split_records(content[first:], size, fields)

    return plan


def _aedat3(events: Any, packets: int) -> Pieces:
    found = split_lines(writers.AEDAT3_HEADER)
    for part in np.array_split(events, packets):
        packet = writers.aedat3_packet(writers.aedat3_words(part), part["t"] & (2**31 - 1))
        found += [
            Piece(packet[:28], AEDAT3_HEADER_FIELDS),
            *split_records(packet[28:], 8, ((0, "<I"), (4, "<i"))),
        ]
    return found


def _aedat4(events: Any, packets: int) -> Pieces:
    found = split_records(writers.aedat4_header(), 16, WORDS)
    for part in np.array_split(events, packets):
        packet = writers.aedat4_packet(part)
        found += [Piece(packet[:8], WORDS[:2]), *split_records(packet[8:], 16, WORDS)]
    return found


def _nmnist(events: Any, packets: int) -> Pieces:
    fields = ((0, "B"), (1, "B"), (2, "B"), (2, ">H"))
    return split_records(writers.nmnist(events), 5, fields)


def _saved(save: Callable[[io.BytesIO, Any], object]) -> Plan:
    def plan(events: Any, packets: int) -> Pieces:
        file = io.BytesIO()
        save(file, events)
        return split_records(file.getvalue(), 16, WORDS)

    return plan


def _columns(events: Any) -> dict[str, Any]:
    return {name: events[name] for name in "txyp"}


PLANS: dict[str, tuple[str, Plan]] = {
    "aedat1": ("a.dat", _dvs128(writers.aedat1, 6, ((0, ">H"), (2, ">i")))),
    "aedat2": ("a.aedat", _dvs128(writers.aedat2, 8, ((0, ">I"), (4, ">i")))),
    "aedat2-turned": ("a.aedat", _dvs128(writers.aedat2, 8, ((0, ">I"), (4, ">i")))),
    "aedat3": ("a.aedat", _aedat3),
    "aedat4": ("a.aedat4", _aedat4),
    "n-mnist": ("a.bin", _nmnist),
    "npy": ("a.npy", _saved(np.save)),
    "npz": ("a.npz", _saved(lambda file, events: np.savez(file, **_columns(events)))),
    "mat": (
        "a.mat",
        _saved(
            lambda file, events: savemat(
                file, {"a": np.stack([events[name].astype(float) for name in "tyxp"], 1)}
            )
        ),
    ),
}


def _make(form: str, rng: Random) -> Files:
    """A file of few events; in one of eight nothing happens to it."""
    name, plan = PLANS[form]
    side = 34 if form == "n-mnist" else 128
    count = rng.choice((1, 2, 5, 20, 60))
    noise: Any = np.frombuffer(rng.randbytes(4 * count), np.uint8).reshape(4, count)
    times = np.cumsum(noise[0].astype(np.int64) << rng.randrange(12))
    events = writers.make_event_array(times, noise[1] % side, noise[2] % side, noise[3] & 1)
    mutations = [
        Mutation(rng.randrange(12), *(rng.getrandbits(64) for _ in range(3)))
        for _ in range(rng.choice((0, 1, 1, 1, 1, 2, 3, 4)))
    ]
    return {name: join_pieces(mutate_pieces(plan(events, rng.randrange(1, 4)), mutations))}


def _read(form: str, folder: Path) -> None:
    path = folder / PLANS[form][0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FileWarning)
        whole = read_events(path, form)
        pieces = np.concatenate(list(stream_events(path, form, chunk=7)))
        if whole.dtype != EVENT or not len(whole) or (whole != pieces).any():
            raise AssertionError("the pieces are not the whole")
        if (whole["t"][1:] < whole["t"][:-1]).any() or min(whole["x"].min(), whole["y"].min()) < 0:
            raise AssertionError("what came are no events")
        read_events(path, form, strict=True)


def _target(form: str) -> Target:
    return Target(lambda rng: _make(form, rng), lambda folder: _read(form, folder))


TARGETS = {form: _target(form) for form in PLANS}
