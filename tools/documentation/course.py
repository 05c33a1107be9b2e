"""The pages of the sessions and the tables of the guide, from ``course.toml`` and the notebooks."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from subprocesses import ROOT

from documentation import RUNS, SITE, markdown_table
from liaf_ref.report.render import heading_anchor

HOME = Path("docs/learn")
COURSE: dict[str, Any] = tomllib.loads((ROOT / HOME / "course.toml").read_text("utf-8"))
EXERCISE = re.compile(r'tags=\["solution.*?^(?:@check|mark_quiz)\("(\w+)"', re.M | re.S)
QUIZ = re.compile(r'^answers = "(\w+)"\n+((?:# .*\n)+)', re.M)


@cache
def _source(number: str) -> tuple[str, str, str]:
    """A notebook's name, title and text."""
    (path,) = (ROOT / "notebooks").glob(f"{number}-*.py")
    text = path.read_text("utf-8")
    return path.stem, text.split("\n")[1].removeprefix("# # "), text


def exercises(number: str) -> list[str]:
    """The exercises of a notebook by the first variable that each asks for, without the quiz."""
    return [name for name in EXERCISE.findall(_source(number)[2]) if name != "answers"]


def session_pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each session's page."""
    for n, session in enumerate(COURSE["session"], 1):
        rows = [("", ""), *_materials(session), ("**Reading**", session["reading"])]
        title = f"Session {n} · {session['title']}"
        yield (
            f"session-{n}",
            f"# {title}\n\nYou learn {session['learn']}\n\n"
            f"You need {session['need']}\n\n{markdown_table(rows)}\n## Plan\n\n{_plan(session)}\n"
            f"**Alone?**  {COURSE['alone'].format(heading_anchor(title))}\n\n"
            "[How to work with a notebook](course.md#how-a-session-works)\n",
        )


def _materials(session: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for number in session["notebooks"]:
        stem, title, _ = _source(number)
        runs = [f"[{name}]({address.format(stem)})" for name, address in RUNS.items()]
        book = f"../../notebooks/{stem}.py"
        yield "**Slides**", f"[{title}]({SITE}slides/{stem}.html)"
        yield "**Notebook**", f"{' · '.join(runs)} · [read it]({book}), with the solutions"
        yield "**Quiz**", f"[three questions]({book}#quiz); the notebook marks the answers"


def _plan(session: dict[str, Any]) -> str:
    rows = ((str(minutes), text) for minutes, text in session["plan"])
    return markdown_table([("minutes", "in class"), *rows], right=(0,))


def sessions() -> str:
    """The table of the sessions."""
    rows = [("session", "you learn", "you need")]
    for n, each in enumerate(COURSE["session"], 1):
        page = f"[{n} · {each['title']}]({SITE}learn/session-{n}.html)"
        rows.append((page, each["learn"][:-1], each["need"][:-1]))
    return markdown_table(rows)


def guide() -> str:
    """What a teacher says, asks, leaves out and answers in each session."""
    return "\n".join(
        f"## Session {n} · {session['title']}\n\n[Page for the class]({SITE}learn/session-{n}.html)"
        f"\n\n{markdown_table([('', ''), *_materials(session)])}\n{''.join(_guide_of(session))}"
        for n, session in enumerate(COURSE["session"], 1)
    )


def _guide_of(session: dict[str, Any]) -> Iterator[str]:
    yield f"{_plan(session)}\n**Say.**\n{session['say']}\n\n**Ask.**\n\n"
    yield from (f"- {question}  *{answer}*\n" for question, answer in session["ask"])
    rows = [("exercise", "typical mistake", "what to answer")]
    for number in (books := [*session["notebooks"], *session.get("at_home", ())]):
        for n, name in enumerate(exercises(number), 1):
            rows += [(f"{int(number)}.{n} `{name}`", *COURSE["notebook"][number][name])]
    yield f"\n**When late, leave out.**  {session['late']}\n\n{markdown_table(rows)}\n"
    for number in books:
        ((letters, reasons),) = QUIZ.findall(_source(number)[2])
        lines = "  ".join(line.removeprefix("# ") for line in reasons.splitlines())
        yield f"**Quiz of notebook {int(number)}: {letters}.**  {lines}\n\n"
