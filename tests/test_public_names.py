"""Public names do not come or go unnoticed."""

from pathlib import Path

from public_names import public_names

PINNED = Path(__file__).with_name("public_names.txt")
POLICY = """
New names: python tools/public_names.py > tests/public_names.txt, in the commit that adds them.
A name that is missing was public: it is deprecated first, see CONTRIBUTING.md, Deprecation."""


def test_public_names_are_those_of_the_list() -> None:
    pinned, found = set(PINNED.read_text("utf-8").split()), set(public_names())
    assert not pinned - found, f"missing: {sorted(pinned - found)}{POLICY}"
    assert not found - pinned, f"new: {sorted(found - pinned)}{POLICY}"
