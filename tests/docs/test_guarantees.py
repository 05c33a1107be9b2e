"""Guarantees: every measured figure has its mark, and every row a figure and a command."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import guarantees
import pytest

from liaf_ref.cli.command_line import build_parser

ROOT = guarantees.ROOT
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PAGE = guarantees.PAGE.read_text("utf-8")
HEAD = "| guarantee | measured | command |\n|---|---|---|\n"
ROWS = [row for table in PAGE.split(HEAD)[1:] for row in table.partition("\n\n")[0].splitlines()]
REPORT = """<testsuites><testsuite timestamp="2026-11-25T10:00:00">
<testcase classname="tests.a.test_b" name="test_one[x]">
  <properties><property name="error" value="1.2e-9"/><property name="error" value="1e-9"/>
  <property name="size" value="1200"/><property name="size" value="34"/></properties></testcase>
<testcase classname="tests.a.test_b" name="test_one[y]">
  <properties><property name="error" value="3e-10"/></properties></testcase>
<testcase classname="tests.a.test_b" name="test_two"><failure/></testcase>
<testcase classname="tests.a.test_b" name="test_three"><skipped/></testcase>
</testsuite></testsuites>"""


def test_marks_and_table_have_the_same_names() -> None:
    marks = [mark["name"] for mark in guarantees.FIGURE_MARK.finditer(PAGE)]
    assert sorted(marks) == sorted({guarantees.RUN_FIGURE, *guarantees.load_table()})


def test_every_table_has_guarantees() -> None:
    assert len(ROWS) > len(PAGE.split(HEAD)) > 5


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_every_guarantee_has_a_figure_and_commands_that_are_there(row: str) -> None:
    guarantee, figure, command = (cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:4])
    assert guarantee
    assert figure
    assert "`" in command
    assert list(missing(command)) == [] or re.search(" at commit [0-9a-f]{8}$", command)


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


@pytest.mark.parametrize(
    ("cell", "required"),
    [
        ("`pytest tests/docs tests/nowhere`", "tests/nowhere"),
        ("`python tools/nothing.py`", "tools/nothing.py"),
        ("`python tools/guarantees.py --run` and `--rid`", "--rid"),
        ("`make test tests`", "tests"),
        ("`make fuzz N=1 M=1`", "M=1"),
        ("`liaf-ref run nothing`", "nothing"),
        ("`liaf-ref cost babi-liaf --jason`", "--jason"),
        ("`nothing --at-all`", "nothing --at-all"),
    ],
)
def test_what_is_not_there_is_noticed(cell: str, required: str) -> None:
    assert list(missing(cell)) == [required]


def test_the_worst_is_shown_and_what_passed_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "tests.xml"
    path.write_text(REPORT, "utf-8")
    table = {
        "worst": {"tests": "a/test_b::test_one", "worst": "error"},
        "most": {"tests": "a/test_b", "most": "size"},
        "sum": {"tests": "a/test_b", "sum": "size"},
        "passed": {"tests": "a/test_b"},
        "skipped": {"tests": "test_three"},
        "elsewhere": {"tests": "test_c", "worst": "error"},
    }
    run = guarantees.read_test_report(path)
    found = guarantees.compute_figures(run.tests, table)
    assert found == {"worst": "1.2e-09", "most": "1,200", "sum": "1,234", "passed": "2 of 4"}
    text = "<!--worst-->0<!----> and <!--elsewhere-->7<!----> <!--run--><!---->"
    filled = guarantees.fill_page(text, found | guarantees.run_figure(run.date))
    assert filled.startswith("<!--worst-->1.2e-09<!----> and <!--elsewhere-->7<!---->")
    assert "The last run of the tests was on 2026-11-25" in filled


def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tests.xml"
    for text in (None, "<testsuites>"):
        if text is not None:
            path.write_text(text, "utf-8")
        with pytest.raises(SystemExit, match="expected the test report that make test writes"):
            guarantees.read_test_report(path)
