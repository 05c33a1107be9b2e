"""Table III over seeds: accuracies, differences, and runs with other settings, beside the paper."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.babi.files import TASK_NAMES
from liaf_ref.experiments import paper
from liaf_ref.experiments.babi import UNPRINTED_SETTINGS
from liaf_ref.report.babi_runs import RunSummary
from liaf_ref.report.content import NOTHING, format_mean, format_number, format_percent
from liaf_ref.report.statistics import MeanCI, mean_ci, mean_of_means, welch_difference

MAIN_SELECTION = "final"  # the paper names 60 epochs and no choice among them
CELLS = ("rnn", "lstm", "gru", "lif", "liaf")
BASELINES = ("rnn", "lstm", "gru", "lif")
HEADER = ("task", "majority", *(f"{CELL_NAMES[cell]} (paper)" for cell in CELLS))
DIFFERENCE_HEADER = ("task", *(f"LIAF − {CELL_NAMES[name]} (paper)" for name in BASELINES))
DIFFERING_HEADER = ("cell", "task", "ours", "paper", "explained by", "tried")
MEAN_LABEL = "mean of 20"
LARGEST_EXPLAINED = 3.0  # points from the printed accuracy, within which a setting explains it
Samples = Mapping[tuple[int, str], Sequence[float]]  # accuracies of all seeds, by task and cell


def sample_accuracies(runs: Sequence[RunSummary], selection: str) -> Samples:
    """The accuracies of all seeds, for each task and cell."""
    values: dict[tuple[int, str], list[float]] = {}
    for run in sorted(runs, key=RunSummary.sort_key):
        values.setdefault((run.task, run.cell), []).append(getattr(run, selection))
    return values


def mean_accuracies(runs: Sequence[RunSummary], selection: str) -> dict[tuple[int, str], MeanCI]:
    """Average each cell's accuracy on each task over the seeds."""
    return {key: mean_ci(values) for key, values in sample_accuracies(runs, selection).items()}


def task_average(runs: Sequence[RunSummary], selection: str, cell: str) -> MeanCI | None:
    """Average a cell over all twenty tasks; None if a task is missing."""
    return _mean(sample_accuracies(runs, selection), TASK_NAMES, cell)


def average_difference(samples: Samples, baseline: str) -> MeanCI | None:
    """LIAF minus a baseline over all tasks, combined task by task; None if a task is missing."""
    return _difference(samples, TASK_NAMES, baseline)


def _mean(samples: Samples, tasks: Sequence[int] | Mapping[int, str], cell: str) -> MeanCI | None:
    own = [samples[task, cell] for task in tasks if (task, cell) in samples]
    return mean_of_means(own) if len(own) == len(tasks) else None


def _difference(
    samples: Samples, tasks: Sequence[int] | Mapping[int, str], baseline: str
) -> MeanCI | None:
    pairs = [
        (samples[task, "liaf"], samples[task, baseline])
        for task in tasks
        if {(task, "liaf"), (task, baseline)} <= samples.keys()
    ]
    return welch_difference(pairs) if len(pairs) == len(tasks) else None


def printed_mean(tasks: Sequence[int] | Mapping[int, str], cell: str, condition: str) -> float:
    """The paper's accuracy in percent, averaged over tasks."""
    return sum(paper.table03_accuracy(task, cell, condition) for task in tasks) / len(tasks)


def table_rows(runs: Sequence[RunSummary], selection: str, condition: str) -> list[tuple[str, ...]]:
    """Rows of a condition, for the columns of ``HEADER``."""
    samples = sample_accuracies(runs, selection)

    def cells(tasks: Sequence[int]) -> Iterator[str]:
        for cell in CELLS:
            printed = printed_mean(tasks, cell, condition)
            yield _with_printed(_mean(samples, tasks, cell), printed)

    rows = []
    for task in sorted({run.task for run in runs}):
        majority = (r.majority for r in runs if r.task == task and not math.isnan(r.majority))
        percent = format_percent(next(majority, math.nan))
        rows.append((task_label(task), percent, *cells([task])))
    return [*rows, (MEAN_LABEL, "", *cells(list(TASK_NAMES)))]


def difference_rows(
    runs: Sequence[RunSummary], selection: str, condition: str
) -> list[tuple[str, ...]]:
    """LIAF minus each other cell in points, beside the paper's, for ``DIFFERENCE_HEADER``."""
    samples = sample_accuracies(runs, selection)

    def cells(tasks: Sequence[int]) -> Iterator[str]:
        for name in BASELINES:
            liaf, other = (printed_mean(tasks, cell, condition) for cell in ("liaf", name))
            yield _with_printed(_difference(samples, tasks, name), liaf - other, "+")

    rows = [(f"QA{task}", *cells([task])) for task in TASK_NAMES]
    rows = [row for row in rows if not all(cell.startswith(NOTHING) for cell in row[1:])]
    return [*rows, (MEAN_LABEL, *cells(list(TASK_NAMES)))] if rows else []


def _with_printed(mean: MeanCI | None, printed: float, sign: str = "") -> str:
    """Format a mean in percent and the printed number, as in ``52.6 ± 2.0 (51.8)``."""
    return f"{_percent(mean, sign)} ({format_number(printed, sign)})"


def _percent(mean: MeanCI | None, sign: str = "") -> str:
    return NOTHING if mean is None else format_mean(mean.in_percent(), sign)


def task_label(task: int) -> str:
    """Format as ``QA1 single-supporting-fact``."""
    return f"QA{task} {TASK_NAMES[task]}"


class SettingTable(NamedTuple):
    """Accuracies in percent, or aborted runs, for the values of one or several settings."""

    setting: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def setting_tables(
    runs: Sequence[RunSummary], selection: str, condition: str
) -> Iterator[SettingTable]:
    """A table of accuracies for each setting that was changed."""
    for setting, by_value in _by_setting(runs).items():
        columns = [sample_accuracies(own, selection) for own in by_value.values()]
        rows = []
        for cell in CELLS:
            tasks = [task for task in TASK_NAMES if any((task, cell) in c for c in columns[1:])]
            lines = [(task_label(task), [task]) for task in tasks]
            if len(tasks) == len(TASK_NAMES):
                lines.append((MEAN_LABEL, tasks))
            for label, own in lines:
                ours = (_percent(_mean(column, own, cell)) for column in columns)
                printed = format_number(printed_mean(own, cell, condition))
                rows.append((CELL_NAMES[cell], label, *ours, printed))
        yield SettingTable(setting, ("cell", "task", *by_value, "paper"), tuple(rows))


def aborted_tables(runs: Sequence[RunSummary]) -> Iterator[SettingTable]:
    """How many runs ended early, and after how many epochs, for each setting that was changed."""
    for setting, by_value in _by_setting(runs).items():
        changed = {(r.cell, r.task) for own in list(by_value.values())[1:] for r in own}
        rows = []
        for cell, task in sorted(changed, key=lambda pair: (CELLS.index(pair[0]), pair[1])):
            groups = [
                [r for r in own if (r.cell, r.task) == (cell, task)] for own in by_value.values()
            ]
            if any(r.is_aborted for own in groups for r in own):
                rows.append((CELL_NAMES[cell], f"QA{task}", *map(_count_aborted, groups)))
        if rows:
            yield SettingTable(setting, ("cell", "task", *by_value), tuple(rows))


def _count_aborted(runs: Sequence[RunSummary]) -> str:
    """Format as ``2 of 3, epochs 24, 39``."""
    if not runs:
        return NOTHING
    ends = sorted(run.epochs_done for run in runs if run.is_aborted)
    after = f", epochs {', '.join(map(str, ends))}" if ends else ""
    return f"{len(ends)} of {len(runs)}{after}"


def differing_cells(
    runs: Sequence[RunSummary], selection: str, condition: str
) -> list[tuple[str, ...]]:
    """Rows of cells whose printed number is outside our interval and 3 points or more away."""
    by_settings: dict[str, list[RunSummary]] = {"": []}
    for run in runs:
        by_settings.setdefault(run.settings, []).append(run)
    table, *variants = (mean_accuracies(own, selection) for own in by_settings.values())
    rows: list[tuple[str, ...]] = []
    for cell in CELLS:
        for task in TASK_NAMES:
            ours, printed = table.get((task, cell)), paper.table03_accuracy(task, cell, condition)
            if ours is None or ours.n == 1:
                continue
            if abs(100 * ours.value - printed) < max(100 * ours.half_width, LARGEST_EXPLAINED):
                continue
            tried = {
                name: 100 * means[task, cell].value
                for name, means in zip(list(by_settings)[1:], variants, strict=True)
                if (task, cell) in means
            }
            near = (
                f"{name} ({format_number(value)})"
                for name, value in tried.items()
                if abs(value - printed) <= LARGEST_EXPLAINED
            )
            names = dict.fromkeys(text.partition("=")[0] for name in tried for text in name.split())
            place = CELL_NAMES[cell], f"QA{task}", _percent(ours), format_number(printed)
            rows.append((*place, ", ".join(near) or NOTHING, ", ".join(names) or NOTHING))
    return rows


def _by_setting(runs: Sequence[RunSummary]) -> dict[str, dict[str, list[RunSummary]]]:
    """Runs by the names of the changed settings and by their values, those of the table first."""
    table = [run for run in runs if not run.settings]
    found: dict[str, dict[str, list[RunSummary]]] = {}
    for run in sorted((run for run in runs if run.settings), key=_values):
        settings = run.settings_by_name()
        defaults = (UNPRINTED_SETTINGS[name] for name in settings)
        default = ", ".join("none" if value is None else str(value) for value in defaults)
        groups = found.setdefault(", ".join(settings), {f"{default} (table)": table})
        groups.setdefault(", ".join(settings.values()), []).append(run)
    return dict(sorted(found.items()))


def _values(run: RunSummary) -> list[tuple[float, str]]:
    """A key that sorts numbers by value, and names after them."""
    return [(_number(value), value) for value in run.settings_by_name().values()]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.inf
