"""Stored runs give the stored tables and claims, number by number."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from liaf_ref.report.build import build_report, collect_runs
from liaf_ref.report.content import Section, format_mean
from report.run_factory import vision_run

STORED = Path(__file__).parent / "stored"
RESULTS = Path(__file__).parents[2] / "docs" / "results"
NAMES = sorted(path.stem for path in (STORED / "tables").glob("*.csv"))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The tables of the report, its claims and the numbers of its sentences, by name."""
    folder = tmp_path_factory.mktemp("stored")
    for line in (STORED / "runs.jsonl").read_text("utf-8").splitlines():
        run = json.loads(line)
        vision_run(folder / run["experiment"] / str(run.get("fold", "")), **run)
    sections = build_report(collect_runs([folder, RESULTS / "table03.csv"])).sections
    rows = {table.name: [table.head, *table.rows] for s in sections for table in s.tables}
    claims = [claim for section in sections for claim in section.claims]
    rows["claims"] = [
        (
            c.where,
            c.text,
            c.printed,
            format_mean(c.difference, "+"),
            str(c.difference.n),
            c.verdict[0],
        )
        for c in claims
    ]
    rows["sentences"] = [(section.name, *_numbers(section)) for section in sections]
    return {name: _to_csv(lines) for name, lines in rows.items()}


def _numbers(section: Section) -> list[str]:
    """The numbers of its sentences in order, whatever words stand around them."""
    text = " ".join((section.verdict, *section.findings, *section.notes))
    return re.findall(r"[+−]?\d+(?:[.,]\d+)*", text)


def _to_csv(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def test_every_table_is_stored(tables: dict[str, str]) -> None:
    assert sorted(tables) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_stored_runs_give_the_stored_numbers(tables: dict[str, str], name: str) -> None:
    assert tables[name] == (STORED / "tables" / f"{name}.csv").read_text("utf-8")
