"""Public names do not come or go unnoticed, and their parameters are all described."""

import dataclasses
import inspect
import pkgutil
import re
from pathlib import Path
from typing import Any

from public_names import public_names
from validation.public_callables import public_callables

PINNED = Path(__file__).with_name("public_names.txt")
POLICY = """
New names: python tools/public_names.py > tests/public_names.txt, in the commit that adds them.
A name that is missing was public: it is deprecated first, see CONTRIBUTING.md, Deprecation."""


def test_public_names_are_those_of_the_list() -> None:
    pinned, found = set(PINNED.read_text("utf-8").split()), set(public_names())
    assert not pinned - found, f"missing: {sorted(pinned - found)}{POLICY}"
    assert not found - pinned, f"new: {sorted(found - pinned)}{POLICY}"


def test_a_docstring_that_tells_fields_tells_all() -> None:
    for place in public_names():
        named = pkgutil.resolve_name(place)
        text = named.__doc__ or ""
        if isinstance(named, type) and "Parameters\n" in text:
            untold = [name for name in _fields(named) if not re.search(rf"\b{name}\b", text)]
            assert untold == [], place


def _fields(named: type) -> list[str]:
    if dataclasses.is_dataclass(named):
        return [field.name for field in dataclasses.fields(named) if field.init]
    return list(getattr(named, "_fields", ()))


def test_where_parameters_are_described_all_are() -> None:
    left_out = [
        f"{at}: {name}"
        for at, value in public_callables().items()
        if (described := described_parameters(value))
        for name in inspect.signature(value).parameters
        if name not in described | {"self"}
    ]
    assert left_out == []


def described_parameters(value: Any) -> set[str]:
    """Names before a colon, or alone on their line, in a docstring's list of parameters."""
    text = inspect.getdoc(value) or ""
    found = re.search(r"^Parameters\n-+\n(.*?)(\n\n\w+\n---|\Z)", text, re.M | re.S)
    heads = re.findall(r"^(\S.*?)(?: : .*)?$", found[1], re.M) if found else []
    return set(re.findall(r"\w+", " ".join(heads)))
