"""The tables that the site writes into its pages."""

import re
from pathlib import Path

import pytest
from documentation.tables import MARKER, PARTS, fill

from liaf_ref.oracle.deviations import DEVIATIONS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {page: page.read_text("utf-8") for page in sorted(DOCS.glob("*/*.md"))}


@pytest.mark.parametrize("page", [p for p, text in PAGES.items() if MARKER.search(text)], ids=str)
def test_every_marker_has_a_table(page: Path) -> None:
    text = PAGES[page]
    found = len(MARKER.findall(text))
    assert found == text.count("<!-- ")
    rules = [len(re.findall(r"^\| ?-", each, re.MULTILINE)) for each in (fill(text), text)]
    assert rules[0] - rules[1] >= found


def test_the_page_of_diagnosis_lists_each_convention_once() -> None:
    page = fill(PAGES[DOCS / "verify" / "diagnosis.md"]).partition("\n## ")[2]
    rows = re.findall(r"^\| (.*?) \|", page, re.MULTILINE)
    names = [d.name.replace("|", r"\|") for d in DEVIATIONS if not d.name.endswith(PARTS)]
    assert [row for row in rows if row not in {"convention", "---"}] == names


def test_the_pages_say_how_many_conventions_there_are_and_what_their_endings_mean() -> None:
    check, diagnosis = (
        PAGES[DOCS / "verify" / f"{page}.md"] for page in ("check-your-backend", "diagnosis")
    )
    assert f"[{len(DEVIATIONS)} known conventions](diagnosis.md)" in check
    assert all(f"`{ending}`" in diagnosis for ending in PARTS)
    names = {d.name for d in DEVIATIONS}
    assert all(d.name.removesuffix(part) in names for d in DEVIATIONS for part in PARTS)
