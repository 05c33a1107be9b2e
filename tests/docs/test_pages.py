"""The pages are true: links lead somewhere, examples print what the page says, answers are near."""

import contextlib
import doctest
import io
import os
import re
import runpy
import sys
import tomllib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from documentation import course

from liaf_ref.report.render import heading_anchor

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
EXAMPLE = re.compile(r"```python\n(.*?)```(?:\n\nprints\n\n```\n(.*?)```)?", re.DOTALL)
MODULE = re.compile(r"`(\w+)\.py`:\n\n```python\n(.*?)```", re.DOTALL)  # imported further down
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
TARGETS = {*re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)}
WITH_EXAMPLES = [page for page in PAGES if EXAMPLE.search(page.read_text("utf-8"))]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_files_and_make_targets_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    assert not [t for t in LINK.findall(text) if "://" not in t and not (page.parent / t).exists()]
    files = re.findall(r"`((?:liaf_ref|tests|docs|tools)/[\w./]*)`", text)
    assert not [path for path in files if not (ROOT / path).exists()]
    targets = " ".join(re.findall(r"`make ([a-z ]+)`", text)).split()
    assert set(targets) <= TARGETS


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name)
@pytest.mark.usefixtures("few_pairs")
def test_examples_print_what_the_page_says(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, namespace = page.read_text("utf-8"), dict[str, object]()
    for module, code in MODULE.findall(text):
        monkeypatch.setitem(sys.modules, module, ModuleType(module))
        exec(compile(code, f"{module}.py", "exec"), vars(sys.modules[module]))  # noqa: S102
    for code, printed in EXAMPLE.findall(text):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(code, name(page), "exec"), namespace)  # noqa: S102
        assert not printed or output.getvalue() == printed


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/examples/*.py")), ids=name)
def test_an_example_has_a_line_for_each_network(path: Path, capsys: Any) -> None:
    runpy.run_path(str(path))["main"](["--seeds", "2", "--epochs", "1", "--samples", "60"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["LIAF", "LIF", "GRU"]


def test_the_session_prints_what_the_page_shows() -> None:
    result = doctest.testfile(
        str(ROOT / "docs/learn/first-session.md"),
        module_relative=False,
        globs={"__name__": "__main__"},
    )
    assert result.attempted > 20
    assert result.failed == 0


COURSE = tomllib.loads((ROOT / "docs/learn/course.toml").read_text("utf-8"))
NOTEBOOKS = sorted(ROOT.glob("notebooks/[0-9][0-9]-*.py"))
QUESTION = re.compile(r"^# \*\*[123]\.\*\* (?:.*?^# - \*\*[abc]\*\* ){3}", re.M | re.S)


def test_a_session_fills_90_minutes_and_the_notebooks_come_in_their_order() -> None:
    assert [sum(minutes for minutes, _ in each["plan"]) for each in COURSE["session"]] == [90] * 10
    used = [number for each in COURSE["session"] for number in each["notebooks"]]
    assert used == [*map("{:02}".format, range(11)), "12"]  # 11 and 13 are for projects


@pytest.mark.parametrize("source", NOTEBOOKS, ids=lambda source: source.stem)
def test_a_notebook_has_mistakes_for_its_exercises_and_a_quiz(source: Path) -> None:
    text, number = source.read_text("utf-8"), source.stem[:2]
    assert [*COURSE["notebook"][number]] == course.exercises(number)
    _, heading, quiz = text.partition("# ## Quiz\n")
    assert heading
    assert len(QUESTION.findall(quiz)) == 3
    line = re.search(r'^mark_quiz\(\s*"answers",\s*"\w{6}( \w{6}){3}",\s*([^)]*)\)$', quiz, re.M)
    assert line
    for section in (sections := re.findall(r'"([^"]+)"', line[2])):
        assert f"\n# ## {section}\n" in text
    assert len(sections) == 3


DOCS = ROOT / "docs"
QUESTIONS = tomllib.loads((DOCS / "questions.toml").read_text("utf-8"))["question"]


@cache
def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


@cache
def links_of(page: str) -> frozenset[str]:
    """The pages of docs/ that a page links to."""
    parent = (DOCS / page).parent
    found = (
        os.path.relpath((parent / target).resolve(), DOCS)
        for target in LINK.findall(text_of(page))
        if target.endswith(".md")
    )
    return frozenset(target for target in found if (DOCS / target).is_file())


def anchors_of(page: str) -> set[str]:
    """The anchors of the headings, as GitHub and the site write them."""
    return set(map(heading_anchor, re.findall(r"^#+ (.+)$", text_of(page), re.M)))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["answer"])
def test_two_clicks_lead_to_the_answer(question: dict[str, str]) -> None:
    page, _, anchor = question["answer"].partition("#")
    first = links_of("index.md")
    assert page in first or any(page in links_of(other) for other in first)
    assert not anchor or anchor in anchors_of(page)
