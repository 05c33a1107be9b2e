"""docs/map.toml has all that the paper numbers, and each equation's section its own lines."""

import ast
import importlib
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from documentation.excerpt import Excerpt, equation_numbers, replace_equations

from liaf_ref.oracle.golden.store import published_cases
from liaf_ref.report.render import heading_anchor

ROOT = Path(__file__).parents[2]
CHART: dict[str, Any] = tomllib.loads((ROOT / "docs" / "map.toml").read_text("utf-8"))
COLUMNS = {"function", "derivation", "test", "case", "notebook"}
KINDS = ("equation", "table", "figure", "section")
ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"]
ENTRIES = [
    pytest.param(entry, id=f"{kind} {number}")
    for kind in KINDS
    for number, entry in CHART[kind].items()
]


def test_all_that_the_paper_numbers_is_there() -> None:
    assert list(CHART["equation"]) == [str(number) for number in range(1, 17)]
    assert list(CHART["table"]) == ROMAN
    assert list(CHART["figure"]) == [str(number) for number in range(1, 10)]


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_column_is_filled_or_has_a_reason_and_leads_somewhere(entry: dict[str, Any]) -> None:
    reasons = entry.get("without", {})
    assert (COLUMNS & entry.keys()) | reasons.keys() == COLUMNS
    assert not entry.keys() & reasons.keys()
    assert all(isinstance(reason, str) and reason for reason in reasons.values())
    assert all(entry[column] for column in COLUMNS & entry.keys())
    assert entry.keys() <= COLUMNS | {"what", "page", "without"}
    for name in entry.get("function", ()):
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name
    for name in entry.get("test", ()):
        path, _, test = name.partition("::")
        assert test in _functions(path), name
    for name in [*entry.get("derivation", ()), *([entry["page"]] if "page" in entry else ())]:
        path, _, heading = name.partition("#")
        assert (ROOT / path).is_file(), name
        assert not heading or heading in _headings(path), name
    for name in entry.get("notebook", ()):
        assert (ROOT / "notebooks" / f"{name}.py").is_file(), name
    assert set(entry.get("case", ())) <= _cases()


@cache
def _functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@cache
def _cases() -> set[str]:
    return set(published_cases().names)


@cache
def _headings(path: str) -> set[str]:
    """The headings' anchors, as GitHub and the site write them."""
    text = (ROOT / path).read_text("utf-8")
    return set(map(heading_anchor, re.findall(r"^#+ (.+)$", text, re.MULTILINE)))


# The equations' pages.


PAGES = sorted((ROOT / "docs" / "equations").glob("*.md"))


def included(text: str) -> list[Excerpt]:
    found: list[Excerpt] = []
    replace_equations(text, lambda each: found.append(each) or "")  # type: ignore[func-returns-value]
    return found


def marked_text(each: Excerpt) -> list[str]:
    lines = each.text.splitlines()
    return [lines[number - 1].strip() for number in each.marked_lines]


def section(number: int) -> str:
    """The section of an equation, where the map says it is."""
    page, _, anchor = CHART["equation"][str(number)]["page"].partition("#")
    sections = re.split(r"^## ", (ROOT / page).read_text("utf-8"), flags=re.M)
    return next(text for text in sections if heading_anchor(text.partition("\n")[0]) == anchor)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_inclusion_finds_its_lines(page: Path) -> None:
    assert all(each.text for each in included(page.read_text("utf-8")))


@pytest.mark.parametrize("number", [*range(2, 9), 13, 14, 15, 16])
def test_a_section_marks_lines_of_its_equation_and_no_other(number: int) -> None:
    found = included(section(number))
    marked = [line for each in found for line in marked_text(each)]
    assert marked
    assert all(number in equation_numbers(line) for line in marked)
