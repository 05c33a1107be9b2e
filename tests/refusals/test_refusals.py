"""Every public door says to every guest what the table has; nothing but this package's errors."""

import re

import figures
import pytest

from refusals import table
from refusals.public import INSIDE, inside, public

PLACES = [(door, group) for group in table.GROUPS for door in table.doors(group)]


@pytest.mark.parametrize(("door", "group"), PLACES, ids=[door for door, _ in PLACES])
def test_a_door_says_what_the_table_has(door: str, group: str) -> None:
    with table.elsewhere():
        said = table.answers(door, group)
    assert said == table.read(group)[door]
    figures.record("arguments", len(said))
    figures.record("guests", sum(len(kinds) for by in said.values() for kinds in by.values()))


@pytest.mark.parametrize(("door", "group"), PLACES, ids=[door for door, _ in PLACES])
def test_the_same_values_in_another_form_get_the_same_answer(door: str, group: str) -> None:
    with table.elsewhere():
        assert table.differing(door, group) == []


@pytest.mark.parametrize("group", table.GROUPS)
def test_the_table_is_of_these_doors_and_says_what_was_expected(group: str) -> None:
    found = table.read(group)
    assert set(found) == set(table.doors(group))
    texts = [text for by in found.values() for said in by.values() for text in said]
    assert [text for text in texts if "\n" in text or len(text) > 700] == []
    words = "expected|cannot be read|in any of|cannot resume|holds other"
    silent = [text for text in texts if text != table.TAKEN and not re.search(words, text)]
    assert silent == [], "a text that does not say what was expected"


def test_no_public_callable_is_left_out() -> None:
    known = {door for group in table.GROUPS for door in table.doors(group)}
    known |= {f"layers.layer.Layer.{run.rpartition('.')[2]}" for run in known if run[0].isupper()}
    found = public()
    assert [name for name in found if name not in known and not inside(name)] == []
    assert len(found) > 150


def test_what_is_inside_is_there() -> None:
    found = public()
    gone = [at for at in INSIDE if not any(n == at or n.startswith(f"{at}.") for n in found)]
    assert gone == []
