"""Table III as a page: every reading of which epoch, beside the printed numbers."""

from collections.abc import Sequence
from math import isfinite

from liaf_ref.data.babi import TASK_NAMES
from liaf_ref.experiments import paper
from liaf_ref.report.babi.aborted import AbortedRuns, aborted_runs
from liaf_ref.report.babi.claims import evaluate_claims
from liaf_ref.report.babi.means import mean_accuracies, task_averages
from liaf_ref.report.babi.run_summary import EPOCH_SELECTIONS, RunSummary
from liaf_ref.report.confidence_interval import MeanCI, mean_ci
from liaf_ref.report.markdown import markdown_table
from liaf_ref.report.palette import CELL_NAMES

CELLS = ("rnn", "lstm", "gru", "lif", "liaf")
HEADER = ("task", "majority", *(f"{CELL_NAMES[cell]} (paper)" for cell in CELLS))


def render_markdown(runs: Sequence[RunSummary], condition: str = "ec") -> str:
    """Lay runs of a condition out beside Table III."""
    sections = [
        _section(runs, reading, about, condition) for reading, about in EPOCH_SELECTIONS.items()
    ]
    sections += [_best_fit_section(runs, condition), *map(_aborted_section, aborted_runs(runs))]
    return "\n\n".join(sections)


def _section(runs: Sequence[RunSummary], selection: str, description: str, condition: str) -> str:
    parts = [f"## At {description}", markdown_table(HEADER, table_rows(runs, selection, condition))]
    claims = evaluate_claims(runs, selection, condition)
    if claims:
        head = ("claim", "paper", "ours", "holds")
        parts.append(markdown_table(head, claims, str.ljust))
    return "\n\n".join(parts)


def table_rows(runs: Sequence[RunSummary], selection: str, condition: str) -> list[tuple[str, ...]]:
    """Lay runs of a condition out under ``HEAD``."""
    cells = mean_accuracies(runs, selection)
    found = [_task_row(task, cells, runs, condition) for task in sorted({end.task for end in runs})]
    return [*found, _mean_row(runs, selection, condition)]


def _task_row(
    task: int, cells: dict[tuple[int, str], MeanCI], runs: Sequence[RunSummary], condition: str
) -> tuple[str, ...]:
    known = (end.majority for end in runs if end.task == task and isfinite(end.majority))
    majority = next((f"{100 * share:.1f}" for share in known), "–")
    shown = (
        _with_printed(cells.get((task, cell)), paper.table03_accuracy(task, cell, condition))
        for cell in CELLS
    )
    return (f"QA{task} {TASK_NAMES[task]}", majority, *shown)


def _mean_row(runs: Sequence[RunSummary], selection: str, condition: str) -> tuple[str, ...]:
    shown = []
    for cell in CELLS:
        by_seed = task_averages(runs, selection, cell)
        printed = sum(paper.table03_accuracy(task, cell, condition) for task in range(1, 21)) / 20
        shown.append(_with_printed(mean_ci(by_seed.values()) if by_seed else None, printed))
    return ("mean of 20", "", *shown)


def _with_printed(measured: MeanCI | None, printed: float) -> str:
    return f"{measured.format_percent() if measured else '–'} ({printed:.1f})"


def _best_fit_section(runs: Sequence[RunSummary], condition: str) -> str:
    """Which reading the printed rows are nearest to."""
    rows = []
    for cell in CELLS:
        own = [end for end in runs if end.cell == cell]
        if own:
            rows.append(
                (
                    CELL_NAMES[cell],
                    *(
                        _mean_absolute_difference(own, reading, condition)
                        for reading in EPOCH_SELECTIONS
                    ),
                )
            )
    head = ("cell", *EPOCH_SELECTIONS)
    text = "Mean absolute difference from the printed row, in points:"
    return f"## Which epoch the printed rows fit\n\n{text}\n\n{markdown_table(head, rows)}"


def _mean_absolute_difference(
    cell_runs: Sequence[RunSummary], selection: str, condition: str
) -> str:
    gaps = [
        abs(100 * found.value - paper.table03_accuracy(task, cell, condition))
        for (task, cell), found in mean_accuracies(cell_runs, selection).items()
    ]
    return f"{sum(gaps) / len(gaps):.1f}"


def _aborted_section(group: AbortedRuns) -> str:
    lines = [
        f"- QA{end.task}, {CELL_NAMES[end.cell]}, seed {end.seed}: "
        f"after epoch {end.epochs_done} of {end.epochs}"
        for end in group.runs
    ]
    text = f"Broken off, {group.reason}; the epochs before it count:"
    return f"## {group.title}\n\n{text}\n\n" + "\n".join(lines)
