"""Stored runs give the stored numbers, verdicts and cells, whatever words stand around them."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from liaf_ref.report.build import build_report, collect_runs
from liaf_ref.report.content import Report
from report.run_factory import vision_run

STORED = Path(__file__).parent / "stored"
RESULTS = Path(__file__).parents[2] / "docs" / "results"
# Tables that come from the paper or from table03.csv alone.
PUBLISHED = sorted(path.stem for path in (STORED / "tables").glob("*.csv"))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("stored")
    for line in (STORED / "runs.jsonl").read_text("utf-8").splitlines():
        run = json.loads(line)
        vision_run(folder / run["experiment"] / str(run.get("fold", "")), **run)
    return build_report(collect_runs([folder, RESULTS / "table03.csv"]))


def contents(report: Report) -> dict[str, Any]:
    """Of each section the numbers of its sentences in order, and its tables' cells."""
    return {
        section.name: {
            "verdict": numbers_of(section.verdict),
            "findings": [numbers_of(text) for text in section.findings],
            "tables": {
                table.name: [" | ".join(row) for row in (table.head, *table.rows)]
                for table in section.tables
                if table.name not in PUBLISHED
            },
        }
        for section in report.sections
    }


def numbers_of(text: str) -> str:
    """The numbers of a sentence, without those of the reason of a verdict."""
    text = re.sub(r"; (confirmed|contradicted|not decided): .*", "", text)
    return " ".join(re.findall(r"[+−]?\d+(?:[.,]\d+)*", text))


def test_stored_runs_give_the_stored_report(report: Report) -> None:
    expected = json.loads((STORED / "report.json").read_text("utf-8"))
    assert contents(report) == expected


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_table_is_what_the_code_gives(report: Report, name: str) -> None:
    path = STORED / "tables" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        expected = [tuple(row) for row in csv.reader(file)]
    (table,) = [t for section in report.sections for t in section.tables if t.name == name]
    assert [table.head, *table.rows] == expected
