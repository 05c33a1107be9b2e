"""The tables and figures of docs/results, from the stored runs beside them."""

from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from liaf_ref.report.pictures import NO_METADATA

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"
RUNS = RESULTS / "runs"


def save_svg(figure: Figure, name: str) -> None:
    """Write a figure with its text as text; equal figures are equal bytes."""
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(RESULTS / f"{name}.svg", format="svg", metadata=NO_METADATA)
