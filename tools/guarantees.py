"""The figures of the last test run, written into docs/quality/index.md.

A figure stands there between ``<!--NAME-->`` and ``<!---->``; docs/quality/figures.toml
says which tests it is read from.

``make test; python tools/guarantees.py --write``
"""

import argparse
import platform
import re
import sys
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "quality" / "index.md"
FIGURES_TABLE = PAGE.with_name("figures.toml")
TEST_REPORT = ROOT / "build" / "tests.xml"
FIGURE_MARK = re.compile(r"<!--(?P<name>[a-z][a-z-]*)-->(?P<figure>[^<]*)<!---->")
REDUCTIONS: Mapping[str, Callable[[Sequence[float]], str]] = {
    "worst": lambda values: f"{max(values):.2g}",
    "most": lambda values: f"{max(values):,.0f}",
    "sum": lambda values: f"{sum(values):,.0f}",
}
RUN_FIGURE = "run"  # name of the sentence that says when the tests ran


class TestRun(NamedTuple):
    """A run of the tests: the day on which it began, and each of them."""

    date: str
    tests: list["TestResult"]


class TestResult(NamedTuple):
    """One test of a run: its name, whether it passed, and what it measured."""

    name: str
    passed: bool
    measurements: Mapping[str, Sequence[float]]


def read_test_report(path: Path) -> TestRun:
    """Read the report of a run: JUnit's XML, as pytest writes it.

    Raises
    ------
    SystemExit
        If it is not there, or is no report.
    """
    try:
        root = ET.parse(path)  # noqa: S314 - written by our own run
    except (OSError, ET.ParseError) as error:
        raise SystemExit(
            f"{path}: expected the test report that make test writes, got an error: {error}"
        ) from error
    suite = root.find(".//testsuite")
    tests = [
        TestResult(
            f"{case.get('classname', '').replace('.', '/')}::{case.get('name')}",
            not any(case.find(bad) is not None for bad in ("failure", "error", "skipped")),
            _test_measurements(case),
        )
        for case in root.iter("testcase")
    ]
    return TestRun("" if suite is None else suite.get("timestamp", "")[:10], tests)


def _test_measurements(case: ET.Element) -> Mapping[str, Sequence[float]]:
    """What a test measured, as often as it did."""
    found: dict[str, list[float]] = {}
    for each in case.iter("property"):
        found.setdefault(str(each.get("name")), []).append(float(str(each.get("value"))))
    return found


def compute_figures(
    tests: Sequence[TestResult], table: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """Say what each figure of the table is, in a run that has its tests.

    Parameters
    ----------
    tests : sequence of Test
        The run.
    table : mapping
        By a figure's name: ``tests``, a regular expression that their names hold, and what they
        measured: under ``worst``, if the largest is wanted with two digits; ``most``, if it is
        a count; ``sum``, for the sum of counts.  Or nothing, for how many passed and how many
        there are.

    Returns
    -------
    dict
        By name; a figure is left out if the run has skipped all of its tests, or had none.
    """
    found = {}
    for name, asked in table.items():
        own = [test for test in tests if re.search(asked["tests"], test.name)]
        how = asked.keys() & REDUCTIONS
        if how:
            (of,) = how
            values = [value for test in own for value in test.measurements.get(asked[of], ())]
            if values:
                found[name] = REDUCTIONS[of](values)
        elif any(test.passed for test in own):
            found[name] = f"{sum(test.passed for test in own):,} of {len(own):,}"
    return found


def run_figure(date: str) -> dict[str, str]:
    """Say when the tests ran, and on what."""
    with_ = f"CPython {platform.python_version()}, NumPy {version('numpy')}"
    return {RUN_FIGURE: f"The last run of the tests was on {date}, with {with_}."}


def fill_page(page: str, values: Mapping[str, str]) -> str:
    """Write figures into a page; those that were not found stay as they are."""

    def new(mark: re.Match[str]) -> str:
        return f"<!--{mark['name']}-->{values.get(mark['name'], mark['figure'])}<!---->"

    return FIGURE_MARK.sub(new, page)


def load_table() -> dict[str, dict[str, str]]:
    """The table of figures."""
    return tomllib.loads(FIGURES_TABLE.read_text("utf-8"))


def measured_figures(path: Path) -> dict[str, str]:
    """What a run's report has for the pages: the figures of the table, and when it was."""
    run = read_test_report(path)
    return compute_figures(run.tests, load_table()) | run_figure(run.date)


def main(argv: Sequence[str] | None = None) -> int:
    """Show the figures of a run, and write them if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, default=TEST_REPORT, help="report of make test")
    parser.add_argument("--write", action="store_true", help="write them into the page")
    args = parser.parse_args(argv)
    found, expected = measured_figures(args.run), load_table()
    for name in expected:
        print(f"{name:<24} {found.get(name, 'not in this run')}")
    if args.write:
        PAGE.write_text(fill_page(PAGE.read_text("utf-8"), found), "utf-8")
    return 0 if expected.keys() <= found.keys() else 1


if __name__ == "__main__":
    sys.exit(main())
