"""Runs with other unprinted settings than the table's, and which of them explain a difference."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.babi.files import TASK_NAMES
from liaf_ref.experiments import paper
from liaf_ref.experiments.babi import UNPRINTED_SETTINGS
from liaf_ref.report.babi_runs import RunSummary
from liaf_ref.report.confidence_interval import MeanCI
from liaf_ref.report.formatting import NOTHING, format_mean, format_number
from liaf_ref.report.tables.table03.accuracies import (
    CELLS,
    mean_accuracies,
    task_average,
    task_label,
)

LARGEST_EXPLAINED = 3.0  # points from the printed accuracy, within which a setting explains it
DIFFERING_HEADER = ("cell", "task", "ours", "paper", "explained by", "tried")


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
        columns = [mean_accuracies(own, selection) for own in by_value.values()]
        rows = []
        for cell in CELLS:
            tasks = [task for task in TASK_NAMES if any((task, cell) in c for c in columns[1:])]
            for task in tasks:
                ours = (_percent(column.get((task, cell))) for column in columns)
                printed = format_number(paper.table03_accuracy(task, cell, condition))
                rows.append((CELL_NAMES[cell], task_label(task), *ours, printed))
            if len(tasks) == len(TASK_NAMES):
                means = (_percent(task_average(r, selection, cell)) for r in by_value.values())
                printed_all = [paper.table03_accuracy(task, cell, condition) for task in tasks]
                printed = format_number(sum(printed_all) / len(tasks))
                rows.append((CELL_NAMES[cell], "mean of 20", *means, printed))
        yield SettingTable(setting, _head(by_value, "paper"), tuple(rows))


def aborted_tables(runs: Sequence[RunSummary]) -> Iterator[SettingTable]:
    """How many runs ended early, and after how many epochs, for each setting that was changed."""
    for setting, by_value in _by_setting(runs).items():
        changed = {(r.cell, r.task) for own in list(by_value.values())[1:] for r in own}
        rows = []
        for cell, task in sorted(changed, key=lambda pair: (CELLS.index(pair[0]), pair[1])):
            groups = [
                [r for r in own if (r.cell, r.task) == (cell, task)] for own in by_value.values()
            ]
            if any(r.epochs_done < r.epochs for own in groups for r in own):
                rows.append((CELL_NAMES[cell], f"QA{task}", *map(_aborted, groups)))
        if rows:
            yield SettingTable(setting, _head(by_value), tuple(rows))


def differing_cells(
    runs: Sequence[RunSummary], selection: str, condition: str
) -> list[tuple[str, ...]]:
    """Rows of cells whose printed number is outside our interval and 3 points or more away."""
    table = mean_accuracies([run for run in runs if not run.settings], selection)
    variants = {
        name: mean_accuracies([run for run in runs if run.settings == name], selection)
        for name in dict.fromkeys(run.settings for run in runs if run.settings)
    }
    rows: list[tuple[str, ...]] = []
    for cell in CELLS:
        for task in TASK_NAMES:
            ours, printed = table.get((task, cell)), paper.table03_accuracy(task, cell, condition)
            if ours is None or ours.n == 1:
                continue
            distance = abs(100 * ours.value - printed)
            if distance < max(100 * ours.half_width, LARGEST_EXPLAINED):
                continue
            tried = {
                name: 100 * means[task, cell].value
                for name, means in variants.items()
                if (task, cell) in means
            }
            near = [
                f"{name} ({format_number(value)})"
                for name, value in tried.items()
                if abs(value - printed) <= LARGEST_EXPLAINED
            ]
            names = dict.fromkeys(text.partition("=")[0] for name in tried for text in name.split())
            rows.append(
                (
                    *(CELL_NAMES[cell], f"QA{task}", _percent(ours), format_number(printed)),
                    ", ".join(near) or NOTHING,
                    ", ".join(names) or NOTHING,
                )
            )
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
    """A key that sorts numbers by value."""
    return [(_number(value), value) for value in run.settings_by_name().values()]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.inf


def _head(by_value: dict[str, list[RunSummary]], *more: str) -> tuple[str, ...]:
    return "cell", "task", *by_value, *more


def _percent(mean: MeanCI | None) -> str:
    return NOTHING if mean is None else format_mean(mean.in_percent())


def _aborted(runs: Sequence[RunSummary]) -> str:
    """Format as ``2 of 3, epochs 24, 39``."""
    if not runs:
        return NOTHING
    ends = sorted(run.epochs_done for run in runs if run.epochs_done < run.epochs)
    after = f", epochs {', '.join(map(str, ends))}" if ends else ""
    return f"{len(ends)} of {len(runs)}{after}"
