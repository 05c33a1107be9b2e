"""Larger files stay within the memory that docs/use/events.md declares; streams far below it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tracing import peak_memory

from liaf_ref._core.safe_load import max_decompressed_size
from liaf_ref.data import read_events, stream_events

from . import writers

COUNT, BASE_MEMORY = 300_000, 2**26
PLAIN_FACTOR, NPZ_FACTOR = 10, 1000  # bytes of memory for each byte of the file, beyond the base
RNG = np.random.default_rng(0)
SENT = writers.make_event_array(
    np.cumsum(RNG.integers(0, 3, COUNT)), *(RNG.integers(0, n, COUNT) for n in (34, 34, 2))
)
# As many events as the cap lets a packed file of their size have: a byte for each field.
BYTES = np.zeros(80_000, [(name, "u1") for name in "txyp"])


def memory_limit(reader: str, size: int) -> int:
    """The most bytes that reading a file of ``size`` bytes may take."""
    return BASE_MEMORY + (NPZ_FACTOR if reader == "npz" else PLAIN_FACTOR) * size


def save_columns(path: Path, events: Any) -> None:
    np.savez_compressed(path, **{name: events[name] for name in "txyp"})


FILES: dict[str, tuple[str, str, Callable[[Path], Any]]] = {
    "aedat1": ("a.dat", "aedat1", lambda p: p.write_bytes(writers.aedat1(SENT))),
    "aedat2": ("a.aedat", "aedat2", lambda p: p.write_bytes(writers.aedat2(SENT))),
    "aedat3": ("a.aedat", "aedat3", lambda p: p.write_bytes(writers.aedat3(SENT))),
    "aedat4": (
        "a.aedat4",
        "aedat4",
        lambda p: p.write_bytes(
            writers.aedat4([writers.aedat4_packet(part) for part in np.array_split(SENT, 30)])
        ),
    ),
    "n-mnist": ("a.bin", "n-mnist", lambda p: p.write_bytes(b"\1\2\0\0\1" * COUNT)),
    "npy": ("a.npy", "npy", lambda p: np.save(p, SENT)),
    "npy bytes": ("a.npy", "npy", lambda p: np.save(p, BYTES)),
    "npz": ("a.npz", "npz", lambda p: save_columns(p, SENT)),
    "npz bytes": ("a.npz", "npz", lambda p: save_columns(p, BYTES)),
}


@pytest.mark.parametrize("case", [case for case in FILES if case != "aedat4"])
def test_reading_takes_no_more_than_declared(tmp_path: Path, case: str) -> None:
    name, form, write = FILES[case]
    write(tmp_path / name)
    read_events(tmp_path / name, form)  # imports what it needs
    size = (tmp_path / name).stat().st_size
    limit = float(memory_limit(form, size))
    if form == "npz":  # of the bytes that the cap allows, and not of this file's ones
        unpacked = SENT.nbytes if case == "npz" else BYTES.nbytes
        limit *= unpacked / max_decompressed_size(size)
    else:
        limit -= BASE_MEMORY * 0.9
    assert peak_memory(lambda: read_events(tmp_path / name, form), limit) < limit


@pytest.mark.parametrize("case", ["aedat1", "aedat2", "aedat3", "aedat4", "n-mnist", "npy"])
def test_streams_take_no_more_for_a_longer_file(tmp_path: Path, case: str) -> None:
    name, form, write = FILES[case]
    write(tmp_path / name)
    counts = []

    def stream() -> None:
        read = stream_events(tmp_path / name, form, chunk=1000)
        counts.append(sum(len(events) for events in read))

    limit = 10**6  # the file takes 1.5 to 4.8 MB
    assert peak_memory(stream, limit) < limit
    assert counts[0] == COUNT
