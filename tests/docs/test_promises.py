"""The promises: every figure that tests measure has its mark, and every promise its command."""

import re
from pathlib import Path

import promises
import pytest

PAGE = promises.PAGE.read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")][1:]
REPORT = """<testsuites><testsuite timestamp="2026-11-25T10:00:00">
<testcase classname="tests.a.test_b" name="test_one[x]">
  <properties><property name="error" value="1.2e-9"/></properties></testcase>
<testcase classname="tests.a.test_b" name="test_one[y]">
  <properties><property name="error" value="3e-10"/></properties></testcase>
<testcase classname="tests.a.test_b" name="test_two"><failure/></testcase>
<testcase classname="tests.a.test_b" name="test_three"><skipped/></testcase>
</testsuite></testsuites>"""


def test_marks_and_table_have_the_same_names() -> None:
    marks = {mark["name"] for mark in promises.MARKED.finditer(PAGE)}
    assert marks - {promises.WHEN} == set(promises.table())


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_every_promise_has_a_figure_and_a_command(row: str) -> None:
    promise, figure, command = (cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:4])
    assert promise
    assert figure
    assert "`" in command or command == "the same" or "](" in command


def test_the_worst_is_shown_and_what_passed_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "tests.xml"
    path.write_text(REPORT, "utf-8")
    table = {
        "worst": {"tests": "a/test_b::test_one", "worst": "error"},
        "passed": {"tests": "a/test_b"},
        "skipped": {"tests": "test_three"},
        "elsewhere": {"tests": "test_c", "worst": "error"},
    }
    run = promises.read(path)
    found = promises.figures(run.tests, table)
    assert found == {"worst": "1.2e-09", "passed": "2 of 4"}
    page = "<!--worst-->0<!----> and <!--elsewhere-->7<!---->, <!--run--><!---->"
    told = promises.filled(page, found | promises.when(run.began))
    assert told.startswith(
        "<!--worst-->1.2e-09<!----> and <!--elsewhere-->7<!---->, <!--run-->Those"
    )
    assert "2026-11-25" in told


def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tests.xml"
    for text in (None, "<testsuites>"):
        if text is not None:
            path.write_text(text, "utf-8")
        with pytest.raises(SystemExit, match="expected the report that make test writes"):
            promises.read(path)
