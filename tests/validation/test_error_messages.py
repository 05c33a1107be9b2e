"""Every public callable answers invalid values with the messages of the table."""

import re

import figures
import pytest

from validation import error_messages
from validation.public_callables import INTERNAL, is_internal, public_callables

CALLABLES = [
    (name, group) for group in error_messages.GROUPS for name in error_messages.valid_calls(group)
]


@pytest.mark.parametrize(("name", "group"), CALLABLES, ids=[name for name, _ in CALLABLES])
def test_error_messages_match_table(name: str, group: str) -> None:
    with error_messages.in_temporary_folder():
        text = error_messages.error_messages(name, group)
    assert text == error_messages.read_table(group)[name]
    figures.record("arguments", len(text))
    figures.record(
        "invalid values", sum(len(kinds) for by in text.values() for kinds in by.values())
    )


@pytest.mark.parametrize(("name", "group"), CALLABLES, ids=[name for name, _ in CALLABLES])
def test_equivalent_inputs_give_equal_results(name: str, group: str) -> None:
    with error_messages.in_temporary_folder():
        assert error_messages.inconsistent_results(name, group) == []


@pytest.mark.parametrize("group", error_messages.GROUPS)
def test_message_table_is_complete(group: str) -> None:
    found = error_messages.read_table(group)
    assert set(found) == set(error_messages.valid_calls(group))
    texts = [text for by in found.values() for message in by.values() for text in message]
    assert [text for text in texts if "\n" in text or len(text) > 700] == []
    words = "expected|cannot be read|in any of|cannot resume|contains different text"
    silent = [
        text for text in texts if text != error_messages.ACCEPTED and not re.search(words, text)
    ]
    assert silent == [], "a message that does not state what was expected"


def test_no_public_callable_is_left_out() -> None:
    known = {name for group in error_messages.GROUPS for name in error_messages.valid_calls(group)}
    known |= {f"layers.base.Layer.{run.rpartition('.')[2]}" for run in known if run[0].isupper()}
    found = public_callables()
    assert [name for name in found if name not in known and not is_internal(name)] == []
    assert len(found) > 150


def test_internal_list_is_current() -> None:
    found = public_callables()
    gone = [at for at in INTERNAL if not any(n == at or n.startswith(f"{at}.") for n in found)]
    assert gone == []
