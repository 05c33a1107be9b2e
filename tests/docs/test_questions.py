"""docs/questions.toml: each question has an answer, two clicks from the landing page."""

import os
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from liaf_ref.report.render import heading_anchor

DOCS = Path(__file__).parents[2] / "docs"
QUESTIONS = tomllib.loads((DOCS / "questions.toml").read_text("utf-8"))["question"]
LINK = re.compile(r"\]\(([^)#\s]+\.md)(?:#[^)\s]*)?\)")


@cache
def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


@cache
def links_of(page: str) -> frozenset[str]:
    """The pages of docs/ that a page links to."""
    parent = (DOCS / page).parent
    found = (
        os.path.relpath((parent / target).resolve(), DOCS) for target in LINK.findall(text_of(page))
    )
    return frozenset(target for target in found if (DOCS / target).is_file())


def anchors_of(page: str) -> set[str]:
    """The anchors of the headings, as GitHub and the site write them."""
    return set(map(heading_anchor, re.findall(r"^#+ (.+)$", text_of(page), re.M)))


def test_there_are_twenty() -> None:
    assert len({question["text"] for question in QUESTIONS}) >= 20


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["answer"])
def test_two_clicks_lead_to_the_answer(question: dict[str, str]) -> None:
    page, _, anchor = question["answer"].partition("#")
    first = links_of("index.md")
    assert page in first or any(page in links_of(other) for other in first)
    assert not anchor or anchor in anchors_of(page)
