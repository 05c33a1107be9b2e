"""Cross-validation: results averaged over folds."""

from collections.abc import Mapping, Sequence
from typing import Any

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.report.confidence_interval import MeanCI, mean_ci
from liaf_ref.report.formatting import format_mean, format_percent, markdown_table

Row = Mapping[str, Any]
CAVEAT = (
    "mean over folds, with its 95 % interval (Student's t); the training sets of two folds have "
    "recordings in common, for which the interval is corrected (Nadeau and Bengio 2003)"
)


def test_to_train(folds: int) -> float:
    """The ratio of test to training samples in each of so many folds."""
    return 1 / (folds - 1)


def summarize_folds(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Average the test accuracy of each cell over its folds."""
    return [
        {
            "cell": cell,
            "folds": mean.n,
            "test_accuracy": mean.value,
            "half": mean.half_width if mean.n > 1 else None,
        }
        for cell, mean in _means(rows).items()
    ]


def to_markdown(rows: Sequence[Row]) -> str:
    """Format folds and their means as Markdown tables."""
    folds = sorted({row["fold"] for row in rows})
    tested = {(row["cell"], row["fold"]): format_percent(row["test_accuracy"]) for row in rows}
    lines = [
        (
            CELL_NAMES[cell],
            format_mean(mean.in_percent()),
            *(tested.get((cell, fold), "-") for fold in folds),
        )
        for cell, mean in _means(rows).items()
    ]
    head = "cell", "test %", *(f"fold {fold}" for fold in folds)
    return f"{markdown_table(head, lines)}\n\n{CAVEAT}"


def mean_curves(runs: Sequence[Sequence[Mapping[str, float]]]) -> list[dict[str, float]]:
    """Average the metrics over folds, for the epochs that all folds have."""
    return [
        {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
        for rows in zip(*runs, strict=False)
    ]


def _means(rows: Sequence[Row]) -> dict[str, MeanCI]:
    by_cell: dict[str, list[float]] = {}
    for row in rows:
        by_cell.setdefault(row["cell"], []).append(row["test_accuracy"])
    ratio = test_to_train(rows[0]["folds"])
    return {cell: mean_ci(values, ratio) for cell, values in by_cell.items()}
