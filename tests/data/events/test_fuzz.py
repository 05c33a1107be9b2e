"""Damaged files are read or refused; `make fuzz` tries many more."""

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.events.fuzzing.damaged_files import FORMAT_WRITERS, Recipe, damaged_file
from data.events.fuzzing.harness import READERS, damaged_inputs, run_reader_with_memory_limit
from data.events.fuzzing.recipes import recipes
from data.events.writers import make_event_array
from liaf_ref._core.errors import FormatError
from liaf_ref.data.events import FORMATS


@pytest.mark.parametrize("reader", READERS)
def test_damaged_files(tmp_path: Path, reader: str) -> None:
    for form, suffix, content in damaged_inputs(reader, 300, seed=1):
        assert (
            run_reader_with_memory_limit(tmp_path / f"a{suffix}", form, content).problem is None
        ), content


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
@pytest.mark.parametrize("reader", FORMAT_WRITERS)
def test_damaged_files_of_hypothesis(tmp_path: Path, reader: str, data: st.DataObject) -> None:
    recipe: Recipe = data.draw(recipes(reader))
    content = damaged_file(reader, recipe)
    path = tmp_path / f"a{FORMAT_WRITERS[reader][0]}"
    assert run_reader_with_memory_limit(path, reader, content).problem is None, content


def wrong(**field: Any) -> Any:
    events = make_event_array([1, 2], [3, 4], [5, 6], [1, 0])
    for name, value in field.items():
        events[name][0] = value
    return events


def slow(path: Path) -> Any:
    began = time.process_time()
    while time.process_time() - began < 1.1:
        pass
    return wrong()


def greedy(path: Path) -> Any:
    bytearray(2**27)
    return wrong()


def hungry(path: Path) -> Any:
    try:
        raise MemoryError
    except MemoryError as error:
        raise FormatError(path, "cannot be read") from error


def refuse(path: Path, *args: Any, **options: Any) -> Any:
    raise FormatError(path, *args, **options)


BROKEN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "another error": (lambda path: int(path.name), "ValueError: invalid literal"),
    "a missing file": (lambda path: (path / "a").read_bytes(), "NotADirectoryError"),
    "slow": (slow, "1.1 s"),
    "greedy": (greedy, "bytes of memory for 1"),
    "all memory": (hungry, "an attempt to take all memory"),
    "another file": (lambda path: refuse(path.parent, "no"), "does not say what is wrong"),
    "no reason": (lambda path: refuse(path, ""), "does not say what is wrong"),
    "two lines": (lambda path: refuse(path, "a\nb"), "does not say what is wrong on one line"),
    "long": (lambda path: refuse(path, "a" * 900), "does not say what is wrong on one line"),
    "behind the end": (lambda path: refuse(path, "no", offset=2), "a byte that is not in the file"),
    "backwards": (lambda path: wrong(t=9), "what came are no events"),
    "negative": (lambda path: wrong(x=-1), "what came are no events"),
    "another kind": (lambda path: wrong().astype([(n, "i8") for n in "xytp"]), "are no events"),
    "a warning": (lambda path: warnings.warn("hm", stacklevel=1) or wrong(), "UserWarning: hm"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_reader_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    read, fault = BROKEN[case]
    (tmp_path / "a.bin").write_bytes(b"1")

    def broken(path: Path, chunk: int, warn: Any) -> Any:
        yield read(path)

    monkeypatch.setitem(
        FORMATS, "n-mnist", FORMATS["n-mnist"]._replace(read=broken, min_event_bytes=None)
    )
    verdict = run_reader_with_memory_limit(tmp_path / "a.bin", "n-mnist", b"1")
    assert fault in str(verdict.problem)
