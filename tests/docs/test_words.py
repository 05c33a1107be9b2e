"""The words that CONTRIBUTING.md retires stand in no name and in no text."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("liaf_ref", "tests", "tools", "notebooks")
TEXTS = ("README.md", "CONTRIBUTING.md", "docs/**/*.md")
EXEMPT = {"CONTRIBUTING.md", "tests/docs/test_words.py"}
PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@cache
def retired(column: str) -> frozenset[str]:
    """The words of a table of CONTRIBUTING.md, by the head of its first column."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = text.partition(f"| {column} |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ([^|]+) \|", table, re.M)
    return frozenset(word.strip() for row in rows for word in row.split(","))


def names_of(tree: ast.AST) -> Iterator[str]:
    """Every name that a module defines."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def words_in(name: str) -> set[str]:
    return {part.lower() for part in PARTS.findall(name)}


def phrases_in(text: str) -> set[str]:
    words = "|".join(map(re.escape, sorted(retired("not in texts"))))
    return {found.lower() for found in re.findall(rf"\b(?:{words})\b", text, re.I)}


def test_the_tables_are_read() -> None:
    assert {"door", "opponent", "frugal"} <= retired("not in names")
    assert {"second author", "whoever"} <= retired("not in texts")


@pytest.mark.parametrize("folder", CODE)
def test_no_name_has_a_retired_word(folder: str) -> None:
    bad = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        place = path.relative_to(ROOT)
        names = {*names_of(ast.parse(path.read_text("utf-8"))), *place.with_suffix("").parts}
        bad += [f"{place}: {name}" for name in names if words_in(name) & retired("not in names")]
    assert sorted(bad) == []


@pytest.mark.parametrize("folder", CODE)
def test_no_text_of_the_code_has_a_retired_word(folder: str) -> None:
    bad = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        place = str(path.relative_to(ROOT))
        if place not in EXEMPT:
            lines = enumerate(path.read_text("utf-8").splitlines(), 1)
            bad += [f"{place}:{n}: {found}" for n, line in lines if (found := phrases_in(line))]
    assert bad == []


def test_no_page_has_a_retired_word() -> None:
    bad = []
    for pattern in TEXTS:
        for path in sorted(ROOT.glob(pattern)):
            place = str(path.relative_to(ROOT))
            if place not in EXEMPT:
                lines = enumerate(path.read_text("utf-8").splitlines(), 1)
                bad += [f"{place}:{n}: {found}" for n, line in lines if (found := phrases_in(line))]
    assert bad == []
