"""Damaged files are read or refused; `make fuzz` tries many more."""

import os
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fuzzing.harness import (
    InputFolder,
    Target,
    Verdict,
    run_target_with_memory_limit,
)
from fuzzing.targets import TARGETS, damaged_inputs
from liaf_ref._core.errors import FormatError, InputError

NEEDS = {"weights": "safetensors", "nir": "nir", "aedat4": "aedat", "remarks": "jinja2"}
COUNT = {"nir": 20, "golden": 60, "remarks": 30} | dict.fromkeys(
    ("report", "gesture", "babi", "checkpoint", "aedat4", "mat"), 60
)
MAX_SECONDS = 60  # a process that has not read a file by then is ended


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_files(tmp_path: Path, name: str) -> None:
    pytest.importorskip("scipy.stats")  # its import is not to be measured
    pytest.importorskip(NEEDS.get(name, "numpy"))
    room = InputFolder(tmp_path)
    read, count = 0, int(os.environ.get("FUZZ_COUNT") or COUNT.get(name, 120))
    for files in damaged_inputs(name, count, seed=int(os.environ.get("FUZZ_SEED") or 1)):
        if hasattr(signal, "alarm"):
            signal.alarm(MAX_SECONDS)
        verdict = run_target_with_memory_limit(room, TARGETS[name], files)
        assert verdict.problem is None, f"pytest keeps the files in {tmp_path}"
        read += verdict.accepted
    if hasattr(signal, "alarm"):
        signal.alarm(0)
    assert 0 < read < count  # some of either, or the damage is of no use


def taken(folder: Path) -> None:
    """Read, and pleased with it."""


def slow(folder: Path) -> None:
    began = time.process_time()
    while time.process_time() - began < 1.1:
        pass


def refuse(error: BaseException) -> Callable[[Path], None]:
    def read(folder: Path) -> None:
        raise error

    return read


def refuse_at(name: str, reason: str) -> Callable[[Path], None]:
    def read(folder: Path) -> None:
        raise FormatError(folder / name, reason)

    return read


BROKEN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "another error": (lambda folder: int("a"), "ValueError: invalid literal"),
    "slow": (slow, "1.1 s"),
    "another file": (refuse_at("../b", "no"), "does not name its file"),
    "nothing": (refuse(InputError("")), "does not say what is wrong on one line"),
    "a warning": (lambda folder: warnings.warn("hm", stacklevel=1), "UserWarning: hm"),
}


def judged(folder: Path, read: Callable[[Path], Any]) -> Verdict:
    target = Target(lambda rng: {"a": rng.randbytes(1)}, read)
    return run_target_with_memory_limit(InputFolder(folder), target, target.make(Random(0)))  # noqa: S311


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_reader_is_noticed(tmp_path: Path, case: str) -> None:
    read, fault = BROKEN[case]
    assert fault in str(judged(tmp_path, read).problem)


def test_what_is_right_has_no_fault(tmp_path: Path) -> None:
    assert judged(tmp_path, taken) == Verdict(True, None)
    assert judged(tmp_path, refuse_at("a", "expected b, got a")) == Verdict(False, None)
