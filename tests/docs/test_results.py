"""docs/results/index.md: the table is that of the published claims, and these are the code's."""

import csv

import results_page
from results_page import read_claims

from liaf_ref.report.build import build_report, collect_runs
from liaf_ref.report.rendering.files import claims_to_csv


def test_the_table_is_that_of_the_claims() -> None:
    found = results_page.TABLE.search(results_page.PAGE.read_text("utf-8"))
    assert found
    assert found[0] == results_page.table(read_claims())


def test_claims_about_babi_follow_from_the_published_runs() -> None:
    report = build_report(collect_runs([results_page.RESULTS / "table03.csv"]))
    computed = claims_to_csv([claim for section in report.sections for claim in section.claims])
    rows, published = (
        [
            [
                row[name]
                for name in ("claim", "paper", "ours", "half_width", "n", "verdict", "reason")
            ]
            for row in csv.DictReader(text.splitlines())
            if row["where"] == "Table III"
        ]
        for text in (computed, results_page.CLAIMS.read_text("utf-8"))
    )
    assert rows == published
