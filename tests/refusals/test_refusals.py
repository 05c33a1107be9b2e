"""Every public door says to every guest what the table has; nothing but this package's errors."""

import re

import figures
import pytest

from refusals import table
from refusals.public import INTERNAL, is_internal, public_callables

PLACES = [(door, group) for group in table.GROUPS for door in table.valid_calls(group)]


@pytest.mark.parametrize(("door", "group"), PLACES, ids=[door for door, _ in PLACES])
def test_a_door_says_what_the_table_has(door: str, group: str) -> None:
    with table.in_temporary_folder():
        said = table.error_messages(door, group)
    assert said == table.read_table(group)[door]
    figures.record("arguments", len(said))
    figures.record("guests", sum(len(kinds) for by in said.values() for kinds in by.values()))


@pytest.mark.parametrize(("door", "group"), PLACES, ids=[door for door, _ in PLACES])
def test_the_same_values_in_another_form_get_the_same_answer(door: str, group: str) -> None:
    with table.in_temporary_folder():
        assert table.inconsistent_results(door, group) == []


@pytest.mark.parametrize("group", table.GROUPS)
def test_the_table_is_of_these_doors_and_says_what_was_expected(group: str) -> None:
    found = table.read_table(group)
    assert set(found) == set(table.valid_calls(group))
    texts = [text for by in found.values() for said in by.values() for text in said]
    assert [text for text in texts if "\n" in text or len(text) > 700] == []
    words = "expected|cannot be read|in any of|cannot resume|holds other"
    silent = [text for text in texts if text != table.ACCEPTED and not re.search(words, text)]
    assert silent == [], "a text that does not say what was expected"


def test_no_public_callable_is_left_out() -> None:
    known = {door for group in table.GROUPS for door in table.valid_calls(group)}
    known |= {f"layers.layer.Layer.{run.rpartition('.')[2]}" for run in known if run[0].isupper()}
    found = public_callables()
    assert [name for name in found if name not in known and not is_internal(name)] == []
    assert len(found) > 150


def test_what_is_inside_is_there() -> None:
    found = public_callables()
    gone = [at for at in INTERNAL if not any(n == at or n.startswith(f"{at}.") for n in found)]
    assert gone == []
