"""The tables and figures of docs/results, from the stored runs beside them."""

import csv
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure
from subprocesses import ROOT

from liaf_ref.report.pictures import NO_METADATA

RESULTS = ROOT / "docs" / "results"
RUNS = RESULTS / "runs"


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a stored table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def save_svg(figure: Figure, name: str) -> None:
    """Write a figure with its text as text; equal figures are equal bytes."""
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(RESULTS / f"{name}.svg", format="svg", metadata=NO_METADATA)
