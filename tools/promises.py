"""The figures of the last test run, written into a page's promises.

A figure stands in the page between ``<!--NAME-->`` and ``<!---->``; docs/promises.toml says which
tests it is read from.

``make test; python tools/promises.py --write``
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
PAGE = ROOT / "docs" / "promises.md"
TABLE = ROOT / "docs" / "promises.toml"
RUN = ROOT / "build" / "tests.xml"
MARKED = re.compile(r"<!--(?P<name>[a-z][a-z-]*)-->(?P<figure>[^<]*)<!---->")
SAID: Mapping[str, Callable[[Sequence[float]], str]] = {
    "worst": lambda values: f"{max(values):.2g}",
    "most": lambda values: f"{max(values):,.0f}",
    "sum": lambda values: f"{sum(values):,.0f}",
}
WHEN = "run"  # the name of the sentence that says which run


class Run(NamedTuple):
    """A run of the tests: the day on which it began, and each of them."""

    began: str
    tests: list["Test"]


class Test(NamedTuple):
    """One test of a run: its name, whether it passed, and what it measured."""

    name: str
    passed: bool
    measured: Mapping[str, Sequence[float]]


def read(path: Path) -> Run:
    """Read the report of a run: JUnit's XML, as pytest writes it.

    Raises
    ------
    SystemExit
        If it is not there, or is no report.
    """
    try:
        root = ET.parse(path)  # noqa: S314 - written by our own run
    except (OSError, ET.ParseError) as error:
        raise SystemExit(f"{path}: expected the report that make test writes: {error}") from error
    suite = root.find(".//testsuite")
    tests = [
        Test(
            f"{case.get('classname', '').replace('.', '/')}::{case.get('name')}",
            not any(case.find(bad) is not None for bad in ("failure", "error", "skipped")),
            _measured(case),
        )
        for case in root.iter("testcase")
    ]
    return Run("" if suite is None else suite.get("timestamp", "")[:10], tests)


def _measured(case: ET.Element) -> Mapping[str, Sequence[float]]:
    """What a test measured, as often as it did."""
    found: dict[str, list[float]] = {}
    for each in case.iter("property"):
        found.setdefault(str(each.get("name")), []).append(float(str(each.get("value"))))
    return found


def figures(tests: Sequence[Test], table: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
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
        how = asked.keys() & SAID
        if how:
            (of,) = how
            values = [value for test in own for value in test.measured.get(asked[of], ())]
            if values:
                found[name] = SAID[of](values)
        elif any(test.passed for test in own):
            found[name] = f"{sum(test.passed for test in own):,} of {len(own):,}"
    return found


def when(began: str) -> dict[str, str]:
    """Say when a run began, and on what."""
    with_ = f"CPython {platform.python_version()}, NumPy {version('numpy')}"
    return {WHEN: f"Those below are of a run of {began}, {with_}."}


def filled(page: str, found: Mapping[str, str]) -> str:
    """Write figures into a page; those that were not found stay as they are."""

    def new(mark: re.Match[str]) -> str:
        return f"<!--{mark['name']}-->{found.get(mark['name'], mark['figure'])}<!---->"

    return MARKED.sub(new, page)


def table() -> dict[str, dict[str, str]]:
    """The table of figures."""
    return tomllib.loads(TABLE.read_text("utf-8"))


def measured(path: Path) -> dict[str, str]:
    """What a run's report has for the page: the figures of the table, and when it was."""
    run = read(path)
    return figures(run.tests, table()) | when(run.began)


def main(argv: Sequence[str] | None = None) -> int:
    """Show the figures of a run, and write them if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, default=RUN, help="report of make test")
    parser.add_argument("--write", action="store_true", help="write them into docs/promises.md")
    args = parser.parse_args(argv)
    found, wanted = measured(args.run), table()
    for name in wanted:
        print(f"{name:<24} {found.get(name, 'not in this run')}")
    if args.write:
        PAGE.write_text(filled(PAGE.read_text("utf-8"), found), "utf-8")
    return 0 if wanted.keys() <= found.keys() else 1


if __name__ == "__main__":
    sys.exit(main())
