"""Accuracies of the networks on recordings, with what they weigh and compute."""

from collections.abc import Callable, Mapping, Sequence

from liaf_ref.report.comparison import (
    Comparison,
    RunMetric,
    compare_cells,
    format_mean,
    format_number,
    mean_over_runs,
)
from liaf_ref.report.content import Table
from liaf_ref.report.dvs_runs import DvsRun
from liaf_ref.report.palette import CELL_NAMES
from liaf_ref.report.run_groups import RunGroup
from liaf_ref.report.tables.audited import format_count

HEADER = ("", "{over}s", "test %", "paper %", "training %", "majority %", "weights", "MULs", "ADDs")
SMALL_SCALE_NOTE = (
    "Networks of scale smoke and small have fewer filters, frames and recordings than the "
    "paper's, and simulated recordings are not its data: the printed accuracy then indicates "
    "the direction, not a target."
)


def accuracy_percent(name: str) -> RunMetric:
    """Take an accuracy off a run's result, in percent."""
    return lambda run: 100 * float(run.result[f"{name}_accuracy"])


accuracy_on_test = accuracy_percent("test")


def accuracy_table(
    group: RunGroup, cells: Sequence[str], printed: Mapping[str, str], name: str
) -> Table:
    """Lay a group's results out."""
    rows = tuple(
        _row(group.runs_of(cell), cell, printed.get(cell, "–"))
        for cell in cells
        if group.runs_of(cell)
    )
    head = tuple(text.format(over=group.averaged_over) for text in HEADER)
    return Table(f"{name}-{group.name}", group.label, head, rows)


def _row(runs: Sequence[DvsRun], cell: str, printed: str) -> tuple[str, ...]:
    first = runs[0].result
    return (
        CELL_NAMES[cell],
        str(len(runs)),
        format_mean(mean_over_runs(runs, accuracy_on_test)),
        printed,
        *(
            format_mean(mean_over_runs(runs, accuracy_percent(part)))
            for part in ("train", "majority")
        ),
        f"{first['weights']:,}",
        *(format_count(first[what]) for what in ("muls", "adds")),
    )


def compare_accuracies(
    groups: Sequence[RunGroup],
    pairs: Sequence[tuple[str, str]],
    printed: Callable[[str, str], float | None],
) -> tuple[Comparison, ...]:
    """Compare test accuracies of cells, paired by seed or fold."""
    found = []
    for group in groups:
        for a, b in pairs:
            if group.runs_of(a) and group.runs_of(b):
                x, y = (printed(group.experiment, cell) for cell in (a, b))
                gap = None if x is None or y is None else x - y
                sign = 0 if gap is None else 1 if gap >= 0 else -1
                text = "" if gap is None else format_number(gap, "+")
                found.append(
                    compare_cells(group, (a, b), "test accuracy", accuracy_on_test, sign, text)
                )
    return tuple(found)


def run_dirs(groups: Sequence[RunGroup], cells: Sequence[str]) -> tuple[str, ...]:
    """Folders of the runs of some cells."""
    return tuple(str(run.folder) for group in groups for run in group.runs if run.cell in cells)
