"""The published Table III is what its runs say."""

from pathlib import Path

from liaf_ref.report.babi_runs import EPOCH_SELECTIONS, from_csv
from liaf_ref.report.tables.table03 import evaluate_claims, render_markdown

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"


def test_the_page_shows_the_runs_of_its_table() -> None:
    ends = from_csv(RESULTS / "table03.csv")
    page = (RESULTS / "table03.md").read_text("utf-8")
    for name in ("ec", "fc"):
        shown = [e for e in ends if e.matches_condition(name)]
        sections = render_markdown(shown, name).split("\n\n")
        tables = [text for text in sections if text.startswith("|")]
        expected = tables if name == "ec" else tables[:2]
        assert [text for text in expected if text not in page] == []


def test_the_page_says_of_qa11_and_qa12_what_the_verdicts_say() -> None:
    ends = from_csv(RESULTS / "table03.csv")
    own = [e for e in ends if e.matches_condition("ec")]
    decided = [
        (reading, v.claim.split(",")[0], v.verdict.name)
        for reading in EPOCH_SELECTIONS
        for v in evaluate_claims(own, reading, "ec")
        if " wins on " in v.claim and v.verdict.name == "confirmed"
    ]
    assert decided == [("selected", "LIAF wins on QA11", "confirmed")]
    text = "**  At the best epoch on validation, LIAF on QA11 is confirmed: 3.1 ± 2.8 points"
    assert text in (RESULTS / "table03.md").read_text("utf-8")
