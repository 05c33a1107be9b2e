"""Damaged files are read or refused; `make fuzz` tries many more."""

import os
import signal
import warnings
from pathlib import Path

import pytest

from fuzzing.harness import (
    InputFolder,
    Target,
    run_target_with_memory_limit,
)
from fuzzing.targets import TARGETS, damaged_inputs
from liaf_ref._core.errors import FormatError

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
        verdict = run_target_with_memory_limit(InputFolder(tmp_path), target, {"a": b"x"})
        assert fault in str(verdict.problem)
