"""Wheel and sdist hold what they should, and nothing else."""

import shutil
from pathlib import Path

import pytest
from check_dist import build, compare_names, find_problems, unexpected_files
from subprocesses import ROOT


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="asks git what belongs to the package")
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_wheel_and_sdist_hold_what_git_keeps_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    assert find_problems(*build(tmp_path / "dist")) == []


def test_what_is_too_much_and_what_is_missing_is_named() -> None:
    wrong = compare_names({"a.py", "stray.py"}, {"a.py", "gone.py"})
    assert [line.split(",")[0] for line in wrong] == ["contains stray.py", "lacks gone.py"]


def test_recordings_stories_and_what_is_no_text_are_refused() -> None:
    right = {
        "liaf_ref/data/simulator/digits.npz": b"\xff\0",
        "docs/results/demo.png": b"\x89PNG",
        "tests/test_a.py": b"",
        "tests/oracle/snapshots/check.txt": "α".encode(),
    }
    wrong = {
        "docs/results/run.npz": b"\xff\0",
        "liaf_ref/kernels/fast.so": b"\0",
        "tests/data/qa1_train.txt": b"1 Mary moved.\n",
        "tests/data/events/one.bin": b"\x01\x02",
    }
    assert unexpected_files(right | wrong) == [
        "docs/results/run.npz is not a text file",
        "liaf_ref/kernels/fast.so is not a text file",
        "tests/data/events/one.bin is test data, which is not distributed",
        "tests/data/qa1_train.txt is test data, which is not distributed",
    ]
