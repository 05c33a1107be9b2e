"""Native code that hangs, crashes or takes all memory does so in a child process."""

import io
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from liaf_ref._core import child
from liaf_ref._core.child import read_in_child
from liaf_ref._core.errors import DataError, FormatError
from liaf_ref.data import read_events


def read(path: Path, count: int) -> Iterator[Any]:
    """Print something, and yield the process and as many arrays."""
    print("hello")
    for number in range(count):
        yield os.getpid(), np.full(3, number)


def fail(path: Path, how: str) -> Iterator[Any]:
    """Fail in the first piece, or behind it."""
    if how == "panic":
        raise BaseException("a panic")
    if how == "refuse":
        raise FormatError("elsewhere", "a reason", offset=7)
    if how == "lack":
        raise DataError("a package")
    yield None, np.ones(10**8 if how == "take memory" else 1)
    if how == "hang":
        time.sleep(1000)
    os._exit(3)


HERE = "safe_load.test_child"  # the child imports this file
FAILURES = {
    "hang": "expected a file that can be read, got an error: time is up",
    "end": "expected a file that can be read, got an error: the reader ended with exit code 3",
    "take memory": "expected a valid file, got an error: MemoryError(",
    "panic": "expected a valid file, got an error: BaseException('a panic')",
    "refuse": " at byte 7: a reason",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a"
    path.touch()
    return path


def pids(path: Path, count: int = 2) -> set[Any]:
    return {pid for pid, _ in read_in_child(f"{HERE}:read", path, count=count)}


@pytest.mark.parametrize("how", FAILURES)
def test_a_failure_is_an_error_of_the_file(
    path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file that hangs has 30 s.
    monkeypatch.setattr(child, "MAX_SECONDS", 1.0 if how == "hang" else child.MAX_SECONDS)
    with pytest.raises(FormatError) as caught:
        list(read_in_child(f"{HERE}:fail", path, how=how))
    monkeypatch.undo()
    assert str(caught.value).startswith(str(path))
    assert FAILURES[how] in str(caught.value)
    assert len(pids(path)) == 1  # the next file is read


def test_what_a_user_has_to_install_is_no_error_of_the_file(path: Path) -> None:
    with pytest.raises(DataError, match=r"^a package$"):
        list(read_in_child(f"{HERE}:fail", path, how="lack"))


def test_a_child_reads_one_file_after_the_other(path: Path) -> None:
    first = pids(path)
    assert pids(path) == first
    arrays = [array for _, array in read_in_child(f"{HERE}:read", path, count=3)]
    assert np.array_equal(np.array(arrays), [[0] * 3, [1] * 3, [2] * 3])
    both = zip(*(read_in_child(f"{HERE}:read", path, count=2) for _ in range(2)), strict=True)
    assert all(a != b for (a, _), (b, _) in both)  # two at a time need two
    used, _ = next(read_in_child(f"{HERE}:read", path, count=2))  # and no more
    assert pids(path) != {used}


def test_a_matlab_file_at_which_scipy_crashes_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    savemat(file, {"a": np.array([[1, 3.0], ["x", 2.0]], object)})
    content = bytearray(file.getvalue())
    content[220] = 16
    path = tmp_path / "a.mat"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="got an error: "):
        read_events(path)
