"""Larger files stay within the memory that docs/use/events.md declares; streams far below it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tracing import peak_memory

from liaf_ref._core.safe_load import max_decompressed_size
from liaf_ref.data import read_events, stream_events

from .writers import WRITERS, make_event_array

COUNT, BASE_MEMORY = 300_000, 2**26
PLAIN_FACTOR, NPZ_FACTOR = 10, 1000  # bytes of memory for each byte of the file, beyond the base
RNG = np.random.default_rng(0)
SENT = make_event_array(
    np.cumsum(RNG.integers(0, 3, COUNT)), *(RNG.integers(0, n, COUNT) for n in (34, 34, 2))
)
# As many events as the cap lets a packed file of their size have: a byte for each field.
BYTES = np.zeros(80_000, [(name, "u1") for name in "txyp"])


def written(folder: Path, form: str, events: Any) -> Path:
    name, write = WRITERS[form]
    (folder / name).write_bytes(write(events))
    return folder / name


@pytest.mark.parametrize(
    ("form", "events"),
    [
        *((form, SENT) for form in ("aedat1", "aedat2", "aedat3", "n-mnist", "npy", "npz")),
        *(("npy", BYTES), ("npz", BYTES)),
    ],
)
def test_reading_takes_no_more_than_declared(tmp_path: Path, form: str, events: Any) -> None:
    path = written(tmp_path, form, events)
    read_events(path, form)  # imports what it needs
    size = path.stat().st_size
    if form == "npz":  # of the bytes that the cap allows, and not of this file's ones
        limit = (BASE_MEMORY + NPZ_FACTOR * size) * events.nbytes / max_decompressed_size(size)
    else:
        limit = BASE_MEMORY / 10 + PLAIN_FACTOR * size
    assert peak_memory(lambda: read_events(path, form), limit) < limit


@pytest.mark.parametrize("form", ["aedat1", "aedat2", "aedat3", "aedat4", "n-mnist", "npy"])
def test_streams_take_no_more_for_a_longer_file(tmp_path: Path, form: str) -> None:
    path, counts, limit = (
        written(tmp_path, form, SENT),
        list[int](),
        10**6,
    )  # of files of 1.5 to 4.8 MB
    used = peak_memory(lambda: counts.extend(map(len, stream_events(path, form, 1000))), limit)
    assert used < limit
    assert sum(counts) >= COUNT
