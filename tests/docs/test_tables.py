"""The tables that the site writes into its pages, and the list of errata: all, and no other."""

import re
from pathlib import Path

import pytest
from documentation.tables import MARKER, fill

from liaf_ref.oracle.deviations import DEVIATIONS
from liaf_ref.report.audit import audit
from liaf_ref.report.audit.counts import MISMATCH

DOCS = Path(__file__).parents[2] / "docs"
ERRATA = DOCS / "reference" / "errata.md"
PAGES = {page: page.read_text("utf-8") for page in sorted(DOCS.glob("*/*.md"))}


@pytest.mark.parametrize("page", [p for p, text in PAGES.items() if MARKER.search(text)], ids=str)
def test_every_marker_has_a_table(page: Path) -> None:
    text = PAGES[page]
    found = len(MARKER.findall(text))
    assert found == text.count("<!-- ")
    rules = [len(re.findall(r"^(?:\| ?-|```$)", each, re.MULTILINE)) for each in (fill(text), text)]
    assert rules[0] - rules[1] >= found


def test_the_page_of_diagnosis_lists_each_convention_once() -> None:
    page = fill(PAGES[DOCS / "verify" / "diagnosis.md"]).partition("\n## ")[2]
    rows = re.findall(r"^\| (.*?) \|", page, re.MULTILINE)
    names = [d.name.replace("|", r"\|") for d in DEVIATIONS]
    assert [row for row in rows if row not in {"what your code does", "---"}] == names


def test_the_pages_say_how_many_conventions_there_are() -> None:
    check = PAGES[DOCS / "verify" / "check-your-backend.md"]
    assert f"[{len(DEVIATIONS)} known conventions](diagnosis.md)" in check


def named() -> list[tuple[str, ...]]:
    """The first four columns of the list: place, what, printed, follows."""
    section = re.split(r"^## ", ERRATA.read_text("utf-8"), flags=re.MULTILINE)[1]
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
    section = ERRATA.read_text("utf-8").split("## Numbers that do not hold")[1].split("\n## ")[0]
    reasons = [line.split("|")[5].strip() for line in section.splitlines()[4:] if line]
    assert len(reasons) == len(named())
    assert all(reasons)
