"""What a reader may do with a file: give events, or refuse it, within a second and its memory."""

import random
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fuzzing.harness import BASE_MEMORY, MAX_SECONDS, Verdict, caused_by_memory_error, check_memory

from data.events.fuzzing.damaged_files import FORMAT_WRITERS, damaged_file
from data.events.fuzzing.recipes import draw_recipe
from liaf_ref._core.errors import FileWarning, FormatError
from liaf_ref.data import read_events, stream_events
from liaf_ref.data.events import EVENT

UNCOMPRESSED_FACTOR = 10  # bytes of memory for each byte of the file, beyond BASE
NPZ_FACTOR = 1000
READERS = tuple(FORMAT_WRITERS)


def memory_limit(reader: str, size: int) -> int:
    """The most bytes that reading a file of ``size`` bytes may take, as docs/use/events.md says."""
    factor = NPZ_FACTOR if reader == "npz" else UNCOMPRESSED_FACTOR
    return BASE_MEMORY + factor * size


def damaged_inputs(reader: str, count: int, seed: int) -> Iterator[tuple[str, str, bytes]]:
    """Damaged files: the format to name, the suffix, the content."""
    rng = random.Random(f"{reader} {seed}")  # noqa: S311 - no secrets here
    suffix = FORMAT_WRITERS[reader][0]
    for _ in range(count):
        yield reader, suffix, damaged_file(reader, draw_recipe(reader, rng))


READ_FUNCTIONS: tuple[Callable[[Path, str], Any], ...] = (
    lambda path, form: read_events(path, form, strict=True),
    lambda path, form: np.concatenate(list(stream_events(path, form, chunk=7))),
    read_events,
)


def run_reader(path: Path, format_name: str, content: bytes) -> Verdict:
    """Write a file and have it read in each way."""
    path.write_bytes(content)
    verdict = Verdict(False, None)
    for way in READ_FUNCTIONS:
        began = time.process_time()
        verdict = _try(way, path, format_name)
        took = time.process_time() - began
        if took > MAX_SECONDS:
            return Verdict(verdict.accepted, f"{took:.1f} s")
        if verdict.problem:
            break
    return verdict


def run_reader_with_memory_limit(path: Path, format_name: str, content: bytes) -> Verdict:
    """Judge, and hold the memory to what is declared."""
    size = len(content)
    return check_memory(
        lambda: run_reader(path, format_name, content), size, memory_limit(format_name, size)
    )


def _try(read_function: Callable[[Path, str], Any], path: Path, format_name: str) -> Verdict:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", FileWarning)
            events = read_function(path, format_name)
    except FormatError as error:
        return Verdict(False, _error_problem(error, path))
    except Exception as error:  # noqa: BLE001 - whatever else comes is what is looked for
        return Verdict(False, f"{type(error).__name__}: {error}")
    return Verdict(True, None if _are_events(events) else "what came are no events")


def _are_events(events: Any) -> bool:
    if events.dtype != EVENT or not len(events):
        return False
    ordered = bool((events["t"][1:] >= events["t"][:-1]).all())
    inside = int(events["x"].min()) >= 0 <= int(events["y"].min())
    return ordered and inside and int(events["p"].view(np.uint8).max()) <= 1


def _error_problem(error: FormatError, path: Path) -> str | None:
    """What is wrong with an error."""
    if caused_by_memory_error(error):
        return f"an attempt to take all memory: {error}"
    size = path.stat().st_size
    if error.path != path or not error.reason or "\n" in str(error) or len(str(error)) > 600:
        return f"an error that does not say what is wrong on one line: {error!r}"
    if error.offset is not None and not 0 <= error.offset <= size:
        return f"a byte that is not in the file: {error}"
    return None
