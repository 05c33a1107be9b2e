"""Table III, from the stored runs on bAbI."""

import re
from functools import cache

from liaf_ref.report.runs import from_csv
from liaf_ref.report.table03 import MAIN_HEADING, render_markdown
from results import RESULTS

FINE_TUNED = "Fine-tuned condition (FC)"
FINE_TUNED_RUNS = """Fine-tuned runs replace the EC runs of their task and cell.  The printed number
is the fine-tuned one where the paper gives one.  At the last epoch (`liaf-ref table03 --condition
fc` prints the other epochs):"""


def sections(text: str) -> dict[str, str]:
    """The sections of second level, by heading."""
    parts = re.split(r"^## ", text, flags=re.M)[1:]
    return {head: f"{body.strip()}\n" for head, _, body in (p.partition("\n") for p in parts)}


@cache
def table03() -> dict[str, str]:
    """The tables of the stored runs on bAbI, by heading."""
    runs = from_csv(RESULTS / "table03.csv")
    ec, fc = (
        sections(render_markdown([run for run in runs if run.has_epochs_of(name)], name))
        for name in ("ec", "fc")
    )
    tables = [part for part in fc[MAIN_HEADING].split("\n\n") if part.startswith("|")]
    return ec | {FINE_TUNED: "\n\n".join((FINE_TUNED_RUNS, *tables[:2])).strip() + "\n"}
