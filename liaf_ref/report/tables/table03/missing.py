"""Runs that Table III still needs, and the commands that make them."""

from collections.abc import Iterator, Sequence

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.babi.files import TASK_NAMES
from liaf_ref.experiments.babi import CONDITIONS
from liaf_ref.experiments.babi.experiment import FINE_TUNED_EPOCHS
from liaf_ref.report.babi_runs import RunSummary
from liaf_ref.report.content import MissingRuns
from liaf_ref.report.tables.table03.accuracies import CELLS

DATA_OPTION = "--data tasks_1-20_v1-2"
SWEEP_SPEC = "docs/sweeps/table03.toml"


def missing_babi_runs(runs: Sequence[RunSummary]) -> Iterator[MissingRuns]:
    """List tasks without a run under the conditions of the paper, and cells with one seed."""
    runs = [run for run in runs if any(run.matches_condition(name) for name in CONDITIONS)]
    if not runs:
        command = f"liaf-ref sweep {SWEEP_SPEC} {DATA_OPTION} --jobs 2 --out babi"
        yield MissingRuns("all tasks, five layers, three to ten seeds", command)
        return
    by_cell = {cell: [run for run in runs if run.cell == cell] for cell in CELLS}
    for cell, own in by_cell.items():
        absent = sorted(TASK_NAMES.keys() - {run.task for run in own})
        if absent:
            command = _command(absent, cell, _first_seed(own or runs))
            yield MissingRuns(f"{CELL_NAMES[cell]}: {_format_tasks(absent)}", command)
    for cell, tasks in FINE_TUNED_EPOCHS.items():
        own = by_cell[cell]
        tuned = {(r.task, r.seed) for r in own if r.task in tasks and r.matches_condition("fc")}
        for seed in sorted({seed for _, seed in tuned}) or [_first_seed(own or runs)]:
            absent = [task for task in tasks if (task, seed) not in tuned]
            if absent:
                what = f"{CELL_NAMES[cell]}, fine-tuned, seed {seed}: {_format_tasks(absent)}"
                yield MissingRuns(what, f"{_command(absent, cell, seed)} --condition fc")
    for cell, own in by_cell.items():
        seeds = {run.seed for run in own}
        if len(seeds) == 1:
            command = _command(sorted(TASK_NAMES), cell, 1 + max(seeds))
            yield MissingRuns(f"{CELL_NAMES[cell]}: a second seed, for an interval", command)


def _first_seed(runs: Sequence[RunSummary]) -> int:
    return min(run.seed for run in runs)


def _command(tasks: Sequence[int], cell: str, seed: int) -> str:
    options = f"--tasks {','.join(_ranges(tasks))} --cells {cell} --seed {seed} --track-test"
    return f"liaf-ref run babi {DATA_OPTION} {options}"


def _format_tasks(tasks: Sequence[int]) -> str:
    if len(tasks) == len(TASK_NAMES):
        return "all tasks"
    return ", ".join(f"QA{part}" for part in _ranges(tasks))


def _ranges(tasks: Sequence[int]) -> list[str]:
    """Format as ``["2-10", "12"]``."""
    firsts = [task for task in tasks if task - 1 not in tasks]
    lasts = [task for task in tasks if task + 1 not in tasks]
    return [f"{a}" if a == b else f"{a}-{b}" for a, b in zip(firsts, lasts, strict=True)]
