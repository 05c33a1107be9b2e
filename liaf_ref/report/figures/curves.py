"""Curves over the epochs, their smoothness and overfitting as numbers.

Roughness
    Mean absolute second difference of the validation accuracy over the epochs, in points:
    0 for a straight line, 2 d for one that jumps up and down by d.
Gap
    Training accuracy less validation accuracy after the same epoch, in points, at the last
    epoch and at the one that did best on validation.  The training accuracy is that of the
    batches as they were trained on, dropout on, so that the gap is below 0 early on.
"""

from collections.abc import Sequence

import numpy as np

from liaf_ref.report.comparison import (
    RunMetric,
    compare_cells,
    format_difference,
    format_mean,
    mean_over_runs,
)
from liaf_ref.report.confidence_interval import mean_ci
from liaf_ref.report.content import Curve, CurvePlot, Table
from liaf_ref.report.dvs_runs import DvsRun
from liaf_ref.report.palette import CELL_NAMES
from liaf_ref.report.run_groups import RunGroup
from liaf_ref.training.run_metrics import best_epoch_index

DEFINITIONS = (
    "Roughness is the mean absolute second difference of the validation accuracy over the "
    "epochs, in points: 0 for a straight line, 2 d for a curve that jumps up and down by d.",
    "The generalization gap is training minus validation accuracy after the same epoch, in points; "
    "best is the best epoch on validation. The training accuracy is measured on the "
    "batches while they are trained on, dropout on, so that it can lie below the other.",
)


def roughness(run: DvsRun) -> float | None:
    """Mean absolute second difference of the validation accuracy, in points."""
    y = 100 * np.array([row["validation_accuracy"] for row in run.metrics])
    return float(np.abs(np.diff(y, 2)).mean()) if len(y) > 2 else None


def final_gap(run: DvsRun) -> float:
    """Training less validation accuracy after the last epoch, in points."""
    return _gap(run, len(run.metrics) - 1)


def best_epoch_gap(run: DvsRun) -> float:
    """The same at the epoch that did best on validation: of equals the lowest loss, the first."""
    return _gap(run, best_epoch_index(run.metrics))


def _gap(run: DvsRun, k: int) -> float:
    row = run.metrics[k]
    return 100 * (row["train_accuracy"] - row["validation_accuracy"])


def final_validation_accuracy(run: DvsRun) -> float:
    """Validation accuracy after the last epoch, in percent."""
    return 100 * run.metrics[-1]["validation_accuracy"]


CURVE_METRICS: tuple[tuple[str, RunMetric], ...] = (
    ("roughness", roughness),
    ("gap at the end", final_gap),
    ("gap at the best epoch", best_epoch_gap),
)


def curve_metrics_table(
    group: RunGroup, cells: Sequence[str], baselines: Sequence[str], name: str
) -> Table:
    """Lay roughness and gaps of cells out, and LIAF's less those of rivals."""
    have = [cell for cell in cells if group.runs_of(cell)]
    rows = [
        (
            CELL_NAMES[cell],
            str(len(group.runs_of(cell))),
            *(
                format_mean(mean_over_runs(group.runs_of(cell), value))
                for _, value in CURVE_METRICS
            ),
        )
        for cell in have
    ]
    for rival in (r for r in baselines if r in have and "liaf" in have):
        pairs = [
            compare_cells(group, ("liaf", rival), what, value, -1) for what, value in CURVE_METRICS
        ]
        found = [one.difference for one in pairs]
        if any(found):
            maximum = max(d.n for d in found if d)
            texts = (format_difference(d) if d else "–" for d in found)
            rows.append((pairs[0].pair_label, str(maximum), *texts))
    head = ("", f"{group.averaged_over}s", *(f"{what} / points" for what, _ in CURVE_METRICS))
    return Table(f"{name}-{group.name}", f"{group.label}: curves in numbers", head, tuple(rows))


def accuracy_resolution(group: RunGroup) -> str:
    """Say how fine a validation accuracy can be."""
    sizes = {run.result["examples"][1] for run in group.runs if "examples" in run.result}
    if not sizes:
        return ""
    minimum = min(sizes)
    step = 100 / minimum
    return f"{group.label}: one of {minimum} validation recordings is {step:.1f} points."


def curve_plots(
    group: RunGroup, cells: Sequence[str], parts: Sequence[str], name: str
) -> tuple[CurvePlot, ...]:
    """Draw accuracy and loss over the epochs, means over the seeds."""
    have = [cell for cell in cells if group.runs_of(cell)]
    both = len(parts) > 1
    found = []
    for fact, y, scale, top in (
        ("accuracy", "accuracy / %", 100.0, 102.0),
        ("loss", "loss / nat", 1.0, None),
    ):
        lines = tuple(
            _mean_curve(group.runs_of(cell), part, fact, scale, both)
            for part in parts
            for cell in have
        )
        which = " and ".join(_PART_NAMES[part] for part in parts)
        caption = f"{group.label}: {which} {fact}"
        file = "-".join((name, group.name, *(parts if len(parts) == 1 else ()), fact))
        found.append(CurvePlot(file, caption, y, top, lines))
    return tuple(found)


_PART_NAMES = {"validation": "validation", "train": "training"}


def _mean_curve(runs: Sequence[DvsRun], part: str, metric: str, scale: float, both: bool) -> Curve:
    epochs = min(len(run.metrics) for run in runs)
    means = [
        mean_ci(scale * run.metrics[k][f"{part}_{metric}"] for run in runs) for k in range(epochs)
    ]
    y, half = (tuple(getattr(m, which) for m in means) for which in ("value", "half_width"))
    cell = runs[0].cell
    label = f"{CELL_NAMES[cell]}, {_PART_NAMES[part]}" if both else CELL_NAMES[cell]
    return Curve(cell, label, both and part == "train", y, half, len(runs))
