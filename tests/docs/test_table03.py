"""The published Table III is what its runs say."""

from pathlib import Path

from liaf_ref.experiments.babi import condition
from liaf_ref.report.babi import from_csv, markdown

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"


def test_the_page_shows_the_runs_of_its_table() -> None:
    ends = from_csv(RESULTS / "table03.csv")
    page = (RESULTS / "table03.md").read_text("utf-8")
    for name in ("ec", "fc"):
        shown = [e for e in ends if (e.lr, e.epochs) == condition(name, e.task, e.cell)]
        sections = markdown(shown, name).split("\n\n")
        tables = [text for text in sections if text.startswith("|")]
        wanted = tables if name == "ec" else tables[:2]
        assert [text for text in wanted if text not in page] == []
