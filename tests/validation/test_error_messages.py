"""Every public callable answers invalid values with an error that says what it expects."""

import re

import figures
import pytest

from validation import error_messages
from validation.public_callables import INTERNAL, is_internal, public_callables

CALLABLES = [
    (name, group) for group in error_messages.GROUPS for name in error_messages.valid_calls(group)
]


SAYS = re.compile("expected|cannot be read|in any of|cannot resume|contains different text")


@pytest.mark.parametrize(("name", "group"), CALLABLES, ids=[name for name, _ in CALLABLES])
def test_invalid_values_are_refused(name: str, group: str) -> None:
    with error_messages.in_temporary_folder():
        found = error_messages.answers(name, group)
    assert error_messages.accepted_of(found) == error_messages.read_accepted().get(name, {})
    texts = [text for by in found.values() for text in by.values() if text is not None]
    unclear = [text for text in texts if "\n" in text or len(text) > 700 or not SAYS.search(text)]
    assert unclear == [], "a message that does not state what was expected, in one line"
    figures.record("arguments", len(found))
    figures.record("invalid values", sum(map(len, found.values())))


@pytest.mark.parametrize(("name", "group"), CALLABLES, ids=[name for name, _ in CALLABLES])
def test_equivalent_inputs_give_equal_results(name: str, group: str) -> None:
    with error_messages.in_temporary_folder():
        assert error_messages.inconsistent_results(name, group) == []


def test_no_public_callable_is_left_out() -> None:
    known = {name for group in error_messages.GROUPS for name in error_messages.valid_calls(group)}
    known |= {f"layers.layer.Layer.{run.rpartition('.')[2]}" for run in known if run[0].isupper()}
    found = public_callables()
    assert [name for name in found if name not in known and not is_internal(name)] == []
    assert len(found) > 150


def test_internal_list_is_current() -> None:
    found = public_callables()
    gone = [at for at in INTERNAL if not any(n == at or n.startswith(f"{at}.") for n in found)]
    assert gone == []
