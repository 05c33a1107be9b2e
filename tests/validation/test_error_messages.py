"""Every public door says to every guest what the table has; nothing but this package's errors."""

import re

import figures
import pytest

from validation import error_messages
from validation.public_callables import INTERNAL, is_internal, public_callables

PLACES = [
    (door, group) for group in error_messages.GROUPS for door in error_messages.valid_calls(group)
]


@pytest.mark.parametrize(("door", "group"), PLACES, ids=[door for door, _ in PLACES])
def test_a_door_says_what_the_table_has(door: str, group: str) -> None:
    with error_messages.in_temporary_folder():
        text = error_messages.error_messages(door, group)
    assert text == error_messages.read_table(group)[door]
    figures.record("arguments", len(text))
    figures.record("guests", sum(len(kinds) for by in text.values() for kinds in by.values()))


@pytest.mark.parametrize(("door", "group"), PLACES, ids=[door for door, _ in PLACES])
def test_the_same_values_in_another_form_get_the_same_answer(door: str, group: str) -> None:
    with error_messages.in_temporary_folder():
        assert error_messages.inconsistent_results(door, group) == []


@pytest.mark.parametrize("group", error_messages.GROUPS)
def test_the_table_is_of_these_doors_and_says_what_was_expected(group: str) -> None:
    found = error_messages.read_table(group)
    assert set(found) == set(error_messages.valid_calls(group))
    texts = [text for by in found.values() for message in by.values() for text in message]
    assert [text for text in texts if "\n" in text or len(text) > 700] == []
    words = "expected|cannot be read|in any of|cannot resume|holds other"
    silent = [
        text for text in texts if text != error_messages.ACCEPTED and not re.search(words, text)
    ]
    assert silent == [], "a text that does not say what was expected"


def test_no_public_callable_is_left_out() -> None:
    known = {door for group in error_messages.GROUPS for door in error_messages.valid_calls(group)}
    known |= {f"layers.layer.Layer.{run.rpartition('.')[2]}" for run in known if run[0].isupper()}
    found = public_callables()
    assert [name for name in found if name not in known and not is_internal(name)] == []
    assert len(found) > 150


def test_what_is_inside_is_there() -> None:
    found = public_callables()
    gone = [at for at in INTERNAL if not any(n == at or n.startswith(f"{at}.") for n in found)]
    assert gone == []
