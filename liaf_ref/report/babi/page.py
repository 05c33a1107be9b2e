"""Table III as a page: every reading of which epoch, beside the printed numbers."""

from collections.abc import Sequence
from math import isfinite

from liaf_ref.data.babi import TASK_NAMES
from liaf_ref.experiments import paper
from liaf_ref.report.babi.broken import Broken, broken
from liaf_ref.report.babi.claims import verdicts
from liaf_ref.report.babi.ends import READINGS, End
from liaf_ref.report.babi.means import averages, means
from liaf_ref.report.interval import Mean, mean
from liaf_ref.report.markdown import table
from liaf_ref.report.palette import NAMES

CELLS = ("rnn", "lstm", "gru", "lif", "liaf")
HEAD = ("task", "majority", *(f"{NAMES[cell]} (paper)" for cell in CELLS))


def markdown(ends: Sequence[End], condition: str = "ec") -> str:
    """Lay runs of a condition out beside Table III.

    Parameters
    ----------
    ends : sequence of End
        The runs.
    condition : str
        ec or fc.

    Returns
    -------
    str
        A section for each reading, the claims, and the runs that were broken off.
    """
    sections = [_section(ends, reading, about, condition) for reading, about in READINGS.items()]
    sections += [_fits(ends, condition), *map(_broken, broken(ends))]
    return "\n\n".join(sections)


def _section(ends: Sequence[End], reading: str, about: str, condition: str) -> str:
    parts = [f"## At {about}", table(HEAD, rows(ends, reading, condition))]
    claims = verdicts(ends, reading, condition)
    if claims:
        head = ("claim", "paper", "ours", "holds")
        parts.append(table(head, claims, str.ljust))
    return "\n\n".join(parts)


def rows(ends: Sequence[End], reading: str, condition: str) -> list[tuple[str, ...]]:
    """Lay runs of a condition out under ``HEAD``.

    Parameters
    ----------
    ends : sequence of End
        The runs.
    reading : str
        final, chosen or best.
    condition : str
        ec or fc.

    Returns
    -------
    list of tuple of str
        A row for each task, and one for the mean of those cells that have all twenty.
    """
    cells = means(ends, reading)
    found = [_row(task, cells, ends, condition) for task in sorted({end.task for end in ends})]
    return [*found, _last(ends, reading, condition)]


def _row(
    task: int, cells: dict[tuple[int, str], Mean], ends: Sequence[End], condition: str
) -> tuple[str, ...]:
    known = (end.majority for end in ends if end.task == task and isfinite(end.majority))
    majority = next((f"{100 * share:.1f}" for share in known), "–")
    shown = (
        _beside(cells.get((task, cell)), paper.table03_accuracy(task, cell, condition)) for cell in CELLS
    )
    return (f"QA{task} {TASK_NAMES[task]}", majority, *shown)


def _last(ends: Sequence[End], reading: str, condition: str) -> tuple[str, ...]:
    shown = []
    for cell in CELLS:
        by_seed = averages(ends, reading, cell)
        printed = sum(paper.table03_accuracy(task, cell, condition) for task in range(1, 21)) / 20
        shown.append(_beside(mean(by_seed.values()) if by_seed else None, printed))
    return ("mean of 20", "", *shown)


def _beside(ours: Mean | None, printed: float) -> str:
    return f"{ours.percent() if ours else '–'} ({printed:.1f})"


def _fits(ends: Sequence[End], condition: str) -> str:
    """Which reading the printed rows are nearest to."""
    rows = []
    for cell in CELLS:
        own = [end for end in ends if end.cell == cell]
        if own:
            rows.append(
                (NAMES[cell], *(_distance(own, reading, condition) for reading in READINGS))
            )
    head = ("cell", *READINGS)
    text = "Mean absolute difference from the printed row, in points:"
    return f"## Which epoch the printed rows fit\n\n{text}\n\n{table(head, rows)}"


def _distance(own: Sequence[End], reading: str, condition: str) -> str:
    gaps = [
        abs(100 * found.value - paper.table03_accuracy(task, cell, condition))
        for (task, cell), found in means(own, reading).items()
    ]
    return f"{sum(gaps) / len(gaps):.1f}"


def _broken(group: Broken) -> str:
    lines = [
        f"- QA{end.task}, {NAMES[end.cell]}, seed {end.seed}: after epoch {end.done} of "
        f"{end.epochs}"
        for end in group.ends
    ]
    told = f"Broken off, {group.why}; the epochs before it count:"
    return f"## {group.title}\n\n{told}\n\n" + "\n".join(lines)
