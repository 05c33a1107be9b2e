"""What a reader may do with its input: take it, or refuse it, within a second and its memory."""

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from tracing import peak_memory

from fuzzing.damage import Files
from liaf_ref._core.errors import FormatError, LiafError

MAX_SECONDS = 1.0  # of this process, whatever else the machine does
BASE_MEMORY, MEMORY_PER_BYTE = 2**26, 100  # bytes of memory, and for each byte of the files
MAX_MESSAGE_LENGTH = 1000  # characters of a message, but for the folder


class Target(NamedTuple):
    """A reader: its right files, what reads their folder, and what makes their digests right."""

    make: Callable[[Random], Files]
    read: Callable[[Path], object]
    sign: Callable[[dict[str, bytes]], dict[str, bytes]] | None = None


class Verdict(NamedTuple):
    """Whether an input was taken, and what is wrong with that or its refusal."""

    accepted: bool
    problem: str | None


class InputFolder:
    """A folder in which there is one input after the other; asks little of the system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: set[str] = set()
        self.folders = {folder}

    def replace_files(self, files: Files) -> None:
        """Write files in place of those before."""
        for name in self.names - files.keys():
            (self.folder / name).unlink()
        for name, content in files.items():
            path = self.folder / name
            if path.parent not in self.folders:
                path.parent.mkdir(parents=True)
                self.folders.add(path.parent)
            path.write_bytes(content)
        self.names = set(files)


def run_target(folder: InputFolder, target: Target, files: Files) -> Verdict:
    """Write files and have them read."""
    folder.replace_files(files)
    began = time.perf_counter()
    verdict = _try(folder.folder, target)
    if time.perf_counter() - began <= MAX_SECONDS:
        return verdict
    began = time.process_time()  # the machine was busy, or something had to be imported
    verdict = _try(folder.folder, target)
    took = time.process_time() - began
    return Verdict(verdict.accepted, f"{took:.1f} s") if took > MAX_SECONDS else verdict


def run_target_with_memory_limit(folder: InputFolder, target: Target, files: Files) -> Verdict:
    """Judge, and hold the memory to what is declared."""
    size = sum(map(len, files.values()))
    return check_memory(
        lambda: run_target(folder, target, files), size, BASE_MEMORY + MEMORY_PER_BYTE * size
    )


def check_memory(run: Callable[[], Verdict], size: int, max_memory: int) -> Verdict:
    """A verdict on ``size`` bytes, and whether Python and NumPy took no more memory than that."""
    verdicts = []
    used = peak_memory(lambda: verdicts.append(run()), max_memory)
    if used > max_memory:
        return Verdict(verdicts[0].accepted, f"{used} bytes of memory for {size}")
    return verdicts[0]


def _try(folder: Path, target: Target) -> Verdict:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            target.read(folder)
    except LiafError as error:
        return Verdict(False, _error_problem(error, folder))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return Verdict(False, f"{type(error).__name__}: {error}")
    return Verdict(True, None)


def _error_problem(error: LiafError, folder: Path) -> str | None:
    """What is wrong with an error."""
    if caused_by_memory_error(error):
        return f"an attempt to take all memory: {error}"
    text = str(error)
    length = len(text.replace(str(folder), ""))
    if text.splitlines() != [text] or length > MAX_MESSAGE_LENGTH:
        return f"an error that does not say what is wrong on one line: {text[:300]!r}"
    if isinstance(error, FormatError):
        inside = error.path.is_relative_to(folder) and ".." not in error.path.parts
        path = folder / error.path  # a program's answer is named without its folder
        if error.offset is not None and not 0 <= error.offset <= path.stat().st_size:
            return f"a byte that is not in the file: {text[:300]!r}"
        if not ((inside or path.exists()) and error.reason and text.startswith(str(error.path))):
            return f"an error that does not name its file: {text[:300]!r}"
    return None


def caused_by_memory_error(error: BaseException) -> bool:
    """Whether it goes back to memory that was not to be had."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, MemoryError):
        cause = cause.__cause__
    return cause is not None
