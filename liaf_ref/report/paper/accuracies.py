"""Accuracies of the networks on recordings, with what they weigh and compute."""

from collections.abc import Callable, Mapping, Sequence

from liaf_ref.report.palette import NAMES
from liaf_ref.report.paper.audited import short
from liaf_ref.report.paper.compare import Comparison, Value, average, compare, number, shown
from liaf_ref.report.paper.content import Table
from liaf_ref.report.paper.groups import Group
from liaf_ref.report.paper.vision import VisionRun

HEAD = ("", "{over}s", "test %", "paper %", "training %", "majority %", "weights", "MULs", "ADDs")
SMALLER = (
    "Networks of scale smoke and small have fewer filters, frames and recordings than the "
    "paper's, and simulated recordings are none of its data: there the printed accuracy shows "
    "the direction, not a target."
)


def percent(name: str) -> Value:
    """Take an accuracy off a run's result, in percent."""
    return lambda run: 100 * float(run.result[f"{name}_accuracy"])


test = percent("test")


def results(group: Group, cells: Sequence[str], printed: Mapping[str, str], name: str) -> Table:
    """Lay a group's results out.

    Parameters
    ----------
    group : Group
        The runs.
    cells : sequence of str
        A row each, of those that were run.
    printed : mapping of str to str
        The paper's test accuracies, by cell.
    name : str
        Of the table.

    Returns
    -------
    Table
        Means over the seeds or folds; operations of one recording by the exact count.
    """
    rows = tuple(
        _row(group.of(cell), cell, printed.get(cell, "–")) for cell in cells if group.of(cell)
    )
    head = tuple(text.format(over=group.over) for text in HEAD)
    return Table(f"{name}-{group.name}", group.label, head, rows)


def _row(runs: Sequence[VisionRun], cell: str, printed: str) -> tuple[str, ...]:
    first = runs[0].result
    return (
        NAMES[cell],
        str(len(runs)),
        shown(average(runs, test)),
        printed,
        *(shown(average(runs, percent(part))) for part in ("train", "majority")),
        f"{first['weights']:,}",
        *(short(first[what]) for what in ("muls", "adds")),
    )


def comparisons(
    groups: Sequence[Group],
    pairs: Sequence[tuple[str, str]],
    printed: Callable[[str, str], float | None],
) -> tuple[Comparison, ...]:
    """Compare test accuracies of cells, paired by seed or fold.

    Parameters
    ----------
    groups : sequence of Group
        The runs.
    pairs : sequence of tuple of str
        The second is taken from the first.
    printed : callable
        The paper's accuracy of an experiment and a cell, in percent; None without.

    Returns
    -------
    tuple of Comparison
        Of the pairs that a group has runs of.
    """
    found = []
    for group in groups:
        for a, b in pairs:
            if group.of(a) and group.of(b):
                x, y = (printed(group.experiment, cell) for cell in (a, b))
                gap = None if x is None or y is None else x - y
                sign = 0 if gap is None else 1 if gap >= 0 else -1
                text = "" if gap is None else number(gap, "+")
                found.append(compare(group, (a, b), "test accuracy", test, sign, text))
    return tuple(found)


def sources(groups: Sequence[Group], cells: Sequence[str]) -> tuple[str, ...]:
    """Folders of the runs of some cells."""
    return tuple(str(run.folder) for group in groups for run in group.runs if run.cell in cells)
