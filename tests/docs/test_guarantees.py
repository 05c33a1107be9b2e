"""Guarantees: every row has a figure and a command that is there."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from liaf_ref.cli.command_line import build_parser

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PAGE = (ROOT / "docs/quality/index.md").read_text("utf-8")
HEAD = "| guarantee | measured | command |\n|---|---|---|\n"
ROWS = [row for table in PAGE.split(HEAD)[1:] for row in table.partition("\n\n")[0].splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_every_guarantee_has_a_figure_and_commands_that_are_there(row: str) -> None:
    guarantee, figure, command = (cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:4])
    assert guarantee
    assert figure
    assert "`" in command
    assert list(missing(command)) == [] or re.search(" after `git checkout [0-9a-f]{8}`$", command)


def missing(cell: str) -> Iterator[str]:
    """What the commands of a cell name that is not there; options may stand by themselves."""
    words: list[str] = []
    for code in re.findall("`([^`]+)`", cell):
        given = shlex.split(code)
        if given[0] in PROGRAMS:
            words = given
        elif not words:
            yield code
            continue
        else:  # more words of the command before
            given = [*words, *given]
        yield from PROGRAMS[words[0]](given[1:])


def missing_tests(words: list[str]) -> Iterator[str]:
    paths = (word.partition("::")[0] for word in words if not word.startswith("-"))
    yield from (path for path in paths if not (ROOT / path).exists())


def missing_tool(words: list[str]) -> Iterator[str]:
    path = ROOT / words[0]
    if not path.is_file():
        yield words[0]
        return
    text = path.read_text("utf-8")
    yield from (word for word in words if word.startswith("--") and f'"{word}"' not in text)


def missing_targets(words: list[str]) -> Iterator[str]:
    for word in words:
        name, value, _ = word.partition("=")
        used = rf"\$[({{](if \$\()?{name}[)}}]" if value else rf"^{name}:"
        if not re.search(used, MAKEFILE, re.M):
            yield word


def missing_command(words: list[str]) -> Iterator[str]:
    parser = build_parser()
    for word in words:
        below = [a.choices for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        if below and word not in below[0]:
            yield word
            return
        if below:
            parser = below[0][word]
        elif word.startswith("-") and word not in parser._option_string_actions:
            yield word


PROGRAMS = {
    "pytest": missing_tests,
    "python": missing_tool,
    "make": missing_targets,
    "liaf-ref": missing_command,
}
