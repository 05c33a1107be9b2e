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

from liaf_ref.report.interval import mean
from liaf_ref.report.palette import NAMES
from liaf_ref.report.paper.compare import Value, average, compare, shown, signed
from liaf_ref.report.paper.content import Curves, Line, Table
from liaf_ref.report.paper.groups import Group
from liaf_ref.report.paper.vision import VisionRun
from liaf_ref.training.facts import best_epoch

DEFINED = (
    "Roughness is the mean absolute second difference of the validation accuracy over the "
    "epochs, in points: 0 for a straight line, 2 d for a curve that jumps up and down by d.",
    "The gap is training accuracy less validation accuracy after the same epoch, in points; "
    "best is the epoch that did best on validation.  The training accuracy is taken from the "
    "batches while they are trained on, dropout on, so that it can lie below the other.",
)


def roughness(run: VisionRun) -> float | None:
    """Mean absolute second difference of the validation accuracy, in points.

    Parameters
    ----------
    run : VisionRun
        With a row of metrics for each epoch.

    Returns
    -------
    float or None
        None of fewer than three epochs.
    """
    y = 100 * np.array([row["validation_accuracy"] for row in run.metrics])
    return float(np.abs(np.diff(y, 2)).mean()) if len(y) > 2 else None


def gap_end(run: VisionRun) -> float:
    """Training less validation accuracy after the last epoch, in points."""
    return _gap(run, len(run.metrics) - 1)


def gap_best(run: VisionRun) -> float:
    """The same at the epoch that did best on validation: of equals the lowest loss, the first."""
    return _gap(run, best_epoch(run.metrics))


def _gap(run: VisionRun, k: int) -> float:
    row = run.metrics[k]
    return 100 * (row["train_accuracy"] - row["validation_accuracy"])


def validation_end(run: VisionRun) -> float:
    """Validation accuracy after the last epoch, in percent."""
    return 100 * run.metrics[-1]["validation_accuracy"]


MEASURES: tuple[tuple[str, Value], ...] = (
    ("roughness", roughness),
    ("gap at the end", gap_end),
    ("gap at the best epoch", gap_best),
)


def measured(group: Group, cells: Sequence[str], rivals: Sequence[str], name: str) -> Table:
    """Lay roughness and gaps of cells out, and LIAF's less those of rivals.

    Parameters
    ----------
    group : Group
        The runs.
    cells, rivals : sequence of str
        A row each, of those that were run; LIAF less each rival.
    name : str
        Of the table.

    Returns
    -------
    Table
        In points, with intervals over the seeds or folds.
    """
    have = [cell for cell in cells if group.of(cell)]
    rows = [
        (
            NAMES[cell],
            str(len(group.of(cell))),
            *(shown(average(group.of(cell), value)) for _, value in MEASURES),
        )
        for cell in have
    ]
    for rival in (r for r in rivals if r in have and "liaf" in have):
        pairs = [compare(group, ("liaf", rival), what, value, -1) for what, value in MEASURES]
        found = [one.difference for one in pairs]
        if any(found):
            most = max(d.seeds for d in found if d)
            texts = (signed(d) if d else "–" for d in found)
            rows.append((pairs[0].unlike, str(most), *texts))
    head = ("", f"{group.over}s", *(f"{what} / points" for what, _ in MEASURES))
    return Table(f"{name}-{group.name}", f"{group.label}: curves in numbers", head, tuple(rows))


def grain(group: Group) -> str:
    """Say how fine a validation accuracy can be."""
    sizes = {run.result["examples"][1] for run in group.runs if "examples" in run.result}
    if not sizes:
        return ""
    least = min(sizes)
    step = 100 / least
    return f"{group.label}: one of {least} validation recordings is {step:.1f} points."


def pictures(
    group: Group, cells: Sequence[str], parts: Sequence[str], name: str
) -> tuple[Curves, ...]:
    """Draw accuracy and loss over the epochs, means over the seeds.

    Parameters
    ----------
    group : Group
        The runs.
    cells : sequence of str
        Curves, of those that were run.
    parts : sequence of str
        validation, train or both, in the same axes.
    name : str
        Of the files.

    Returns
    -------
    tuple of Curves
        Accuracy, then loss.
    """
    have = [cell for cell in cells if group.of(cell)]
    both = len(parts) > 1
    found = []
    for fact, y, scale, top in (
        ("accuracy", "accuracy / %", 100.0, 102.0),
        ("loss", "loss / nat", 1.0, None),
    ):
        lines = tuple(
            _line(group.of(cell), part, fact, scale, both) for part in parts for cell in have
        )
        which = " and ".join(_PARTS[part] for part in parts)
        caption = f"{group.label}: {which} {fact}"
        file = "-".join((name, group.name, *(parts if len(parts) == 1 else ()), fact))
        found.append(Curves(file, caption, y, top, lines))
    return tuple(found)


_PARTS = {"validation": "validation", "train": "training"}


def _line(runs: Sequence[VisionRun], part: str, fact: str, scale: float, both: bool) -> Line:
    epochs = min(len(run.metrics) for run in runs)
    means = [mean(scale * run.metrics[k][f"{part}_{fact}"] for run in runs) for k in range(epochs)]
    y, half = (tuple(getattr(m, which) for m in means) for which in ("value", "half"))
    cell = runs[0].cell
    label = f"{NAMES[cell]}, {_PARTS[part]}" if both else NAMES[cell]
    return Line(cell, label, both and part == "train", y, half, len(runs))
