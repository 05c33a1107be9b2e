"""Damaged files are read or refused, within a second and their memory; `make fuzz` tries more."""

import os
import signal
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import pytest
from tracing import peak_memory

from fuzzing.damage import Files
from fuzzing.targets import MAX_MESSAGE_LENGTH, TARGETS, Target, damaged_inputs
from liaf_ref._core.errors import FormatError, LiafError

CPU_SECONDS = 1.0  # of this process, whatever else the machine does
BASE_MEMORY, MEMORY_PER_BYTE = 2**26, 100  # bytes of memory, and for each byte of the files
NEEDS = {"weights": "safetensors", "nir": "nir", "aedat4": "aedat", "remarks": "jinja2"}
COUNT = {"nir": 20, "golden": 60, "remarks": 30} | dict.fromkeys(
    ("report", "gesture", "babi", "checkpoint", "aedat4", "mat"), 60
)
MAX_SECONDS = 60  # a process that has not read a file by then is ended


class Verdict(NamedTuple):
    """Whether an input was taken, and what is wrong with that or its refusal."""

    accepted: bool
    problem: str | None


def run_target(folder: Path, target: Target, files: Files) -> Verdict:
    """Have files read that are written in place of those before."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    size = sum(map(len, files.values()))
    limit, verdicts = BASE_MEMORY + MEMORY_PER_BYTE * size, list[Verdict]()
    used = peak_memory(lambda: verdicts.append(_timed(folder, target)), limit)
    if used > limit:
        return Verdict(verdicts[0].accepted, f"{used} bytes of memory for {size}")
    return verdicts[0]


def _timed(folder: Path, target: Target) -> Verdict:
    for _ in range(2):  # the first time, something may have to be imported
        began = time.process_time()
        verdict = _try(folder, target)
        took = time.process_time() - began
        if took <= CPU_SECONDS:
            return verdict
    return Verdict(verdict.accepted, f"{took:.1f} s")


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
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, MemoryError):
        cause = cause.__cause__
    if cause is not None:
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


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_files(tmp_path: Path, name: str) -> None:
    pytest.importorskip("scipy.stats")  # its import is not to be measured
    pytest.importorskip(NEEDS.get(name, "numpy"))
    read, count = 0, int(os.environ.get("FUZZ_COUNT") or COUNT.get(name, 120))
    for files in damaged_inputs(name, count, seed=int(os.environ.get("FUZZ_SEED") or 1)):
        if hasattr(signal, "alarm"):
            signal.alarm(MAX_SECONDS)
        verdict = run_target(tmp_path, TARGETS[name], files)
        assert verdict.problem is None, f"pytest keeps the files in {tmp_path}"
        read += verdict.accepted
    if hasattr(signal, "alarm"):
        signal.alarm(0)
    assert 0 < read < count  # some of either, or the damage is of no use


def test_a_broken_reader_is_noticed(tmp_path: Path) -> None:
    def refuse(folder: Path) -> None:
        raise FormatError(folder / "../b", "no")

    for read, fault in (
        (lambda folder: int("a"), "ValueError: invalid literal"),
        (refuse, "does not name its file"),
        (lambda folder: warnings.warn("hm", stacklevel=1), "UserWarning: hm"),
        (lambda folder: None, "None"),
    ):
        target = Target(lambda rng: {"a": rng.randbytes(1)}, read)
        verdict = run_target(tmp_path, target, {"a": b"x"})
        assert fault in str(verdict.problem)
