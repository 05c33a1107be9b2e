"""The page of ``liaf-ref table03``: Table III for each selection of the epoch."""

from collections.abc import Sequence

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.experiments import paper
from liaf_ref.report.babi_runs import EARLY_STOPPED, EPOCH_SELECTIONS, OVERFLOWED, RunSummary
from liaf_ref.report.markdown import markdown_table
from liaf_ref.report.tables.table03.accuracies import (
    ABORT_REASONS,
    CELLS,
    HEADER,
    aborted_runs,
    mean_accuracies,
    table_rows,
)
from liaf_ref.report.tables.table03.claims import evaluate_claims

FIT_HEADER = ("cell", "last epoch", "best on validation", "best on test")
ABORTED_HEADINGS = {OVERFLOWED: "Runs that overflowed", EARLY_STOPPED: "Early-stopped runs"}


def render_markdown(runs: Sequence[RunSummary], condition: str = "ec") -> str:
    """Format the runs of a condition with the numbers of Table III."""
    parts = []
    for selection, description in EPOCH_SELECTIONS.items():
        rows = table_rows(runs, selection, condition)
        parts += [f"## At {description}", markdown_table(HEADER, rows)]
        claims = [claim.as_row() for claim in evaluate_claims(runs, selection, condition)]
        if claims:
            head = ("claim", "paper", "ours", "verdict")
            parts.append(markdown_table(head, claims, str.ljust))
    parts += _best_fit(runs, condition)
    for cause, own in aborted_runs(runs).items():
        parts += [
            f"## {ABORTED_HEADINGS.get(cause, 'Aborted runs')}",
            f"Ended early {ABORT_REASONS[cause]}.  The epochs before that count:",
            "\n".join(
                f"- QA{run.task}, {CELL_NAMES[run.cell]}, seed {run.seed}: "
                f"after epoch {run.epochs_done} of {run.epochs}"
                for run in own
            ),
        ]
    return "\n\n".join(parts)


def _best_fit(runs: Sequence[RunSummary], condition: str) -> list[str]:
    """Distance of each printed row from ours, for each epoch selection."""
    means = {selection: mean_accuracies(runs, selection) for selection in EPOCH_SELECTIONS}
    rows = []
    for cell in (cell for cell in CELLS if any(run.cell == cell for run in runs)):
        distances = []
        for selection in EPOCH_SELECTIONS:
            gaps = [
                abs(100 * mean.value - paper.table03_accuracy(task, cell, condition))
                for (task, other), mean in means[selection].items()
                if other == cell
            ]
            distances.append(f"{sum(gaps) / len(gaps):.1f}")
        rows.append((CELL_NAMES[cell], *distances))
    table = markdown_table(FIT_HEADER, rows)
    text = "Mean absolute difference from the printed row, in points:"
    return ["## Which epoch the printed rows fit", text, table]
