"""The page of ``liaf-ref table03``: Table III for each selection of the epoch."""

from collections.abc import Iterator, Sequence

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.experiments import paper
from liaf_ref.report.babi_runs import EARLY_STOPPED, EPOCH_SELECTIONS, OVERFLOWED, RunSummary
from liaf_ref.report.formatting import markdown_table
from liaf_ref.report.tables.table03.accuracies import (
    ABORT_REASONS,
    CELLS,
    HEADER,
    MAIN_SELECTION,
    aborted_runs,
    mean_accuracies,
    table_rows,
)
from liaf_ref.report.tables.table03.claims import (
    DIFFERENCE_HEADER,
    difference_rows,
    evaluate_claims,
)
from liaf_ref.report.tables.table03.settings import (
    DIFFERING_HEADER,
    aborted_tables,
    differing_cells,
    setting_tables,
)

FIT_HEADER = ("cell", "last epoch", "best on validation", "best on test")
ABORTED_HEADINGS = {OVERFLOWED: "Runs that overflowed", EARLY_STOPPED: "Early-stopped runs"}


def render_markdown(runs: Sequence[RunSummary], condition: str = "ec") -> str:
    """Format the runs of a condition with the numbers of Table III, other settings at the end."""
    table = [run for run in runs if not run.settings]
    parts = [part for selection in EPOCH_SELECTIONS for part in _table(table, selection, condition)]
    parts += [*_best_fit(table, condition), *_aborted(table)] if table else []
    return "\n\n".join([*parts, *_differences(runs, condition), *_settings(runs, condition)])


def _table(runs: Sequence[RunSummary], selection: str, condition: str) -> Iterator[str]:
    if not runs:
        return
    yield f"## At {EPOCH_SELECTIONS[selection]}"
    yield markdown_table(HEADER, table_rows(runs, selection, condition))
    claims = [claim.as_row() for claim in evaluate_claims(runs, selection, condition)]
    if claims and selection != "best_test":
        yield markdown_table(("claim", "paper", "ours", "verdict"), claims, str.ljust)
    by_task = difference_rows(runs, selection, condition)
    if selection == MAIN_SELECTION and by_task:
        yield "LIAF minus each other cell in points, task by task:"
        yield markdown_table(DIFFERENCE_HEADER, by_task)


def _aborted(runs: Sequence[RunSummary]) -> Iterator[str]:
    for cause, own in aborted_runs(runs).items():
        yield f"## {ABORTED_HEADINGS.get(cause, 'Aborted runs')}"
        yield f"Ended early {ABORT_REASONS[cause]}.  The epochs before that count:"
        ends: dict[str, list[str]] = {}
        for run in own:
            where = f"QA{run.task}, {CELL_NAMES[run.cell]}, of {run.epochs} epochs"
            ends.setdefault(where, []).append(f"{run.epochs_done} (seed {run.seed})")
        yield "\n".join(f"- {where}: {', '.join(done)}" for where, done in ends.items())


def _differences(runs: Sequence[RunSummary], condition: str) -> Iterator[str]:
    rows = differing_cells(runs, MAIN_SELECTION, condition)
    if rows:
        yield "## Cells that differ from the paper"
        yield (
            "The printed accuracy is outside the interval of ours and 3 points or more away.  A "
            "setting explains it if it brings the mean within 3 points:"
        )
        yield markdown_table(DIFFERING_HEADER, rows, str.ljust)


def _settings(runs: Sequence[RunSummary], condition: str) -> Iterator[str]:
    ended = {table.setting: table for table in aborted_tables(runs)}
    for table in setting_tables(runs, MAIN_SELECTION, condition):
        yield f"## Other values of {table.setting}"
        yield f"At {EPOCH_SELECTIONS[MAIN_SELECTION]}:"
        yield markdown_table(table.head, table.rows)
        if table.setting in ended:
            yield "Runs that ended early, and the epochs that they completed:"
            yield markdown_table(ended[table.setting].head, ended[table.setting].rows)


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
