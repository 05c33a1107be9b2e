"""Larger files stay within the memory that docs/events.md declares; streams far below it."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzzing.harness import BASE_MEMORY
from scipy.io import savemat
from tracing import peak_memory

from data.events.fuzzing.harness import memory_limit
from liaf_ref._core.safe_load import max_decompressed_size
from liaf_ref.data import read_events, stream_events

from . import writers
from .test_archives import npy

COUNT = 300_000
RNG = np.random.default_rng(0)
SENT = writers.make_event_array(
    np.cumsum(RNG.integers(0, 3, COUNT)), *(RNG.integers(0, n, COUNT) for n in (34, 34, 2))
)
BYTES = np.zeros(250_000, [(name, "u1") for name in "txyp"])


def columns(path: Path) -> None:
    np.savez_compressed(path, **{name: SENT[name] for name in "txyp"})


def dense(path: Path) -> None:
    """As many events as the cap lets a file of this size have: a byte for each field."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in "txyp":
            archive.writestr(f"{name}.npy", npy(BYTES[name]))


def matrix(path: Path) -> None:
    rows = np.zeros((COUNT, 4), np.uint8)
    rows[:, 1:3] = RNG.integers(0, 128, (COUNT, 2))
    savemat(path, {"CIN": rows}, do_compression=True)


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
    "npz": ("a.npz", "npz", columns),
    "npz bytes": ("a.npz", "npz", dense),
    "mat": ("a.mat", "mat", matrix),
}


@pytest.mark.parametrize("case", FILES)
def test_reading_takes_no_more_than_declared(tmp_path: Path, case: str) -> None:
    name, form, write = FILES[case]
    write(tmp_path / name)
    read_events(tmp_path / name, form)  # imports what it needs
    size = (tmp_path / name).stat().st_size
    minimum = memory_limit(form, size) - (0 if form in {"mat", "npz"} else BASE_MEMORY * 0.9)
    whole = peak_memory(lambda: read_events(tmp_path / name, form), minimum)
    assert whole < memory_limit(form, size)
    if form in {"mat", "npz"}:  # of the bytes that the cap allows, and not of these files' ones
        unpacked = {"mat": 4 * COUNT, "npz": SENT.nbytes}.get(case, BYTES.nbytes)
        assert whole / unpacked * max_decompressed_size(size) < memory_limit(form, size)
    else:
        assert whole < memory_limit(form, size) - BASE_MEMORY * 0.9


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
