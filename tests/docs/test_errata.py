"""docs/reference/errata.md names every number that does not hold, and no other."""

import re
from pathlib import Path

from liaf_ref.report.audit import audit
from liaf_ref.report.audit.counts import MISMATCH

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errata.md"


def named() -> list[tuple[str, ...]]:
    """The first four columns of the list: place, what, printed, follows."""
    section = re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1]
    assert section.startswith("Numbers that do not hold\n")
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line.split("|")[1:5]) for line in lines[2:]]


def test_the_list_is_what_the_audit_finds_to_be_neither() -> None:
    found = [
        (f.printed.location, f.printed.quantity, f.printed.value, f.formatted)
        for f in audit()
        if f.agreement == MISMATCH
    ]
    assert sorted(named()) == sorted(found)
    assert len(found) == 20


def test_every_number_of_the_list_has_a_reason() -> None:
    section = PAGE.read_text("utf-8").split("## Numbers that do not hold")[1].split("\n## ")[0]
    reasons = [line.split("|")[5].strip() for line in section.splitlines()[4:] if line]
    assert len(reasons) == len(named())
    assert all(reasons)
