"""The text of every error message, word for word: error_messages.toml."""

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from liaf_ref._core.errors import LiafError
from liaf_ref.data import read_events
from liaf_ref.data.events import check_events, events_to_frames

from . import (
    test_aedat4,
    test_array,
    test_frames,
    test_malformed,
    test_steps_back,
    test_truncated,
)
from .invalid_datasets import CALLS, Call

EXPECTED = tomllib.loads(Path(__file__).with_name("error_messages.toml").read_text("utf-8"))
FORMATS = ("aedat1", "aedat2", "aedat2-turned", "aedat3", "aedat4", "n-mnist", "mat", "npz", "npy")


def written(name: str, content: bytes, form: str = "auto") -> Call:
    def read(folder: Path) -> Any:
        (folder / name).write_bytes(content)
        return read_events(folder / name, form, strict=True)

    return read


def saved(name: str, save: Callable[[Path], object]) -> Call:
    def read(folder: Path) -> Any:
        save(folder / name)
        return read_events(folder / name, strict=True)

    return read


def numbered(calls: Iterable[tuple[Callable[[], Any], str]]) -> dict[str, Call]:
    return {str(number): lambda _, call=call: call() for number, (call, _) in enumerate(calls)}  # type: ignore[misc]


CASES: dict[str, dict[str, Call]] = {
    "files": {case: written(*each[:2]) for case, each in test_malformed.BAD.items()},
    "tables": {case: saved(*each[:2]) for case, each in test_malformed.TABLES.items()},
    "aedat4": {case: written("a.aedat4", each[0]) for case, each in test_aedat4.BAD.items()},
    "cut": {
        case: written(name, whole[:kept])
        for case, (name, whole, kept, *_) in test_truncated.CUTS.items()
    },
    "back": {case: written(*each[:2]) for case, each in test_steps_back.FILES.items()},
    "text": {form: written("a", b"a text of words", form) for form in FORMATS},
    "sets": CALLS,
    "events": {
        str(number): lambda _, array=array: check_events("events", array, "test")  # type: ignore[misc]
        for number, (array, _) in enumerate(test_array.NO_EVENTS)
    },
    "frames": {
        f"{name} {value!r}": lambda _, change=change: events_to_frames(**test_frames.RIGHT | change)  # type: ignore[misc]
        for change, _ in test_frames.REFUSED
        for name, value in change.items()
    },
    "preprocessings": numbered(test_frames.PREPROCESSINGS),
    "arguments": numbered(test_array.ARGUMENTS),
}


@pytest.mark.parametrize(
    ("kind", "case"), [(kind, case) for kind, calls in CASES.items() for case in calls]
)
def test_the_error_message_is_the_one_of_the_table(tmp_path: Path, kind: str, case: str) -> None:
    """Where it ends in what another package says, in ``…``, as far as that."""
    with pytest.raises(LiafError) as caught:
        CASES[kind][case](tmp_path)
    message, text = str(caught.value).replace(str(tmp_path), "FOLDER"), EXPECTED[kind][case]
    assert message == text or (text.endswith("…") and message.startswith(text[:-1]))


def test_the_table_has_no_more() -> None:
    assert {kind: set(text) for kind, text in EXPECTED.items()} == {
        kind: set(calls) for kind, calls in CASES.items()
    }
