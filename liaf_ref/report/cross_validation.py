"""Cross-validation: what the folds of a cell come to together."""

from collections.abc import Mapping, Sequence
from typing import Any

from liaf_ref.report.confidence_interval import mean_ci
from liaf_ref.report.markdown import markdown_table
from liaf_ref.report.palette import CELL_NAMES

CAVEAT = (
    "mean over folds, 95 % interval by Student's t over folds; any two folds' training parts have "
    "recordings in common, so that the folds are not independent and the interval is too narrow"
)


def summarize_folds(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Average the test accuracy of each cell over its folds."""
    found = []
    for cell in dict.fromkeys(row["cell"] for row in rows):
        average = mean_ci(row["test_accuracy"] for row in rows if row["cell"] == cell)
        half = average.half_width if average.n > 1 else None
        counted = {"cell": cell, "folds": average.n}
        found.append(counted | {"test_accuracy": average.value, "half": half})
    return found


def to_markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay folds and their means out as Markdown tables."""
    numbers = sorted({row["fold"] for row in rows})
    tested = {(row["cell"], row["fold"]): f"{100 * row['test_accuracy']:.1f}" for row in rows}
    lines = [
        (
            CELL_NAMES[cell["cell"]],
            _percent(cell),
            *(tested.get((cell["cell"], k), "-") for k in numbers),
        )
        for cell in summarize_folds(rows)
    ]
    head = "cell", "test %", *(f"fold {k}" for k in numbers)
    return f"{markdown_table(head, lines)}\n\n{CAVEAT}"


def mean_curves(runs: Sequence[Sequence[Mapping[str, float]]]) -> list[dict[str, float]]:
    """Average the metrics of folds epoch by epoch, as far as all have come."""
    return [
        {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
        for rows in zip(*runs, strict=False)
    ]


def _percent(cell: Mapping[str, Any]) -> str:
    text = f"{100 * cell['test_accuracy']:.1f}"
    return text if cell["half"] is None else f"{text} ± {100 * cell['half']:.1f}"
