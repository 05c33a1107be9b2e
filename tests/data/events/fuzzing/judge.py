"""What a reader may do with a file: give events, or refuse it, within a second and its memory."""

import random
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fuzzing.judge import BASE, SECONDS, Verdict, held, starved

from data.events.fuzzing.files import PLANS, damaged
from data.events.fuzzing.recipes import draw
from liaf_ref.data import read_events, stream_events
from liaf_ref.data.events import EVENT
from liaf_ref.errors import FileWarning, FormatError

PLAIN, COMPRESSED = 10, 1000  # bytes of memory for each byte of the file, beyond BASE
READERS = (*PLANS, "auto")


def memory(reader: str, size: int) -> int:
    """The most bytes that reading a file of ``size`` bytes may take: what docs/events.md says."""
    each = PLAIN if reader.startswith(("aedat1", "aedat2", "aedat3", "n-", "npy")) else COMPRESSED
    return BASE + each * size


def inputs(reader: str, count: int, seed: int) -> Iterator[tuple[str, str, bytes]]:
    """Damaged files: the format to name, the suffix, the content."""
    rng = random.Random(f"{reader} {seed}")  # noqa: S311 - no secrets here
    for _ in range(count):
        kind = rng.choice(list(PLANS)) if reader == "auto" else reader
        suffix = PLANS[kind][0]
        if reader == "auto" and rng.random() < 0.2:
            suffix = rng.choice([".aedat", ".aedat4", ".dat", ".bin", ".mat", ".npz", ".npy", ""])
        yield reader, suffix, damaged(kind, draw(kind, rng))


WAYS: tuple[Callable[[Path, str], Any], ...] = (
    lambda path, form: read_events(path, form, strict=True),
    lambda path, form: np.concatenate(list(stream_events(path, form, chunk=7))),
    read_events,
)


def judge(path: Path, form: str, content: bytes) -> Verdict:
    """Write a file and have it read in each way."""
    path.write_bytes(content)
    verdict = Verdict(False, None)
    for way in WAYS:
        began = time.process_time()
        verdict = _try(way, path, form)
        took = time.process_time() - began
        if took > SECONDS:
            return Verdict(verdict.read, f"{took:.1f} s")
        if verdict.fault:
            break
    return verdict


def measured(path: Path, form: str, content: bytes) -> Verdict:
    """Judge, and hold the memory to what is declared."""
    size = len(content)
    return held(lambda: judge(path, form, content), size, memory(form, size))


def _try(way: Callable[[Path, str], Any], path: Path, form: str) -> Verdict:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", FileWarning)
            events = way(path, form)
    except FormatError as error:
        return Verdict(False, _refusal(error, path))
    except Exception as error:  # noqa: BLE001 - whatever else comes is what is looked for
        return Verdict(False, f"{type(error).__name__}: {error}")
    return Verdict(True, None if _are_events(events) else "what came are no events")


def _are_events(events: Any) -> bool:
    if events.dtype != EVENT or not len(events):
        return False
    ordered = bool((events["t"][1:] >= events["t"][:-1]).all())
    inside = int(events["x"].min()) >= 0 <= int(events["y"].min())
    return ordered and inside and int(events["p"].view(np.uint8).max()) <= 1


def _refusal(error: FormatError, path: Path) -> str | None:
    """What is wrong with an error."""
    if starved(error):
        return f"an attempt to take all memory: {error}"
    size = path.stat().st_size
    if error.path != path or not error.reason or "\n" in str(error) or len(str(error)) > 600:
        return f"an error that does not say what is wrong on one line: {error!r}"
    if error.offset is not None and not 0 <= error.offset <= size:
        return f"a byte that is not in the file: {error}"
    return None
