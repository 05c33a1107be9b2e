"""Missing runs, and the commands that make them."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

from liaf_ref._core.errors import InputError
from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.babi.files import TASK_NAMES
from liaf_ref.experiments.babi import CONDITIONS, FINE_TUNED_EPOCHS
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, DVSConfig
from liaf_ref.experiments.dvs.scales import DEFAULT_FOLDS
from liaf_ref.report.babi_runs import RunSummary
from liaf_ref.report.content import MissingRuns
from liaf_ref.report.dvs_runs import TUNED_FIELDS, RunGroup, has_rate_variants

TABLE_III_CELLS = ("rnn", "lstm", "gru", "lif", "liaf")
BABI_DATA = "--data tasks_1-20_v1-2"
BABI_SWEEP = "docs/sweeps/table03.toml"
MIN_SEEDS = 2  # seeds needed for an interval
# Fields that appear as options in the command if they differ from their defaults.
COMMAND_FIELDS = {field.name for field in fields(DVSConfig)} - {
    "experiment",
    "cell",
    "scale",
    "seed",
}


def missing_runs(
    groups: Sequence[RunGroup], experiment: str, cells: Sequence[str]
) -> tuple[MissingRuns, ...]:
    """List the runs that the table of an experiment still needs."""
    own = [group for group in groups if group.experiment == experiment]
    title = EXPERIMENT_SPECS[experiment].title
    if not own:
        what = f"{title}: {', '.join(CELL_NAMES[cell] for cell in cells)}"
        return (MissingRuns(what, _command(experiment, "small", cells, 0)),)
    found: list[MissingRuns] = []
    for group in own:
        rates = TUNED_FIELDS if has_rate_variants(group, own) else ()
        absent = [cell for cell in cells if not group.runs_of(cell)]
        seed = min(run.config.seed for run in group.runs)
        found += _missing_in_group(group, absent, seed, "", rates)
        few = [cell for cell in cells if 0 < len(group.runs_of(cell)) < MIN_SEEDS]
        seed = 1 + max((run.config.seed for run in group.runs if run.cell in few), default=0)
        found += _missing_in_group(group, few, seed, "a second seed of ", rates)
    return tuple(found)


def _missing_in_group(
    group: RunGroup, cells: Sequence[str], seed: int, prefix: str, rates: Sequence[str]
) -> Iterator[MissingRuns]:
    """List the missing runs of a group; cells with the same options share a command."""
    together: dict[str, list[str]] = {}
    for cell in cells:
        options = _command_options(group, cell, rates)
        if options is not None:
            together.setdefault(options, []).append(cell)
    for options, own in together.items():
        label = f"{group.label}: {prefix}{', '.join(CELL_NAMES[cell] for cell in own)}"
        yield MissingRuns(label, _command(group.experiment, group.scale, own, seed, group, options))


def _command_options(group: RunGroup, cell: str, rates: Sequence[str]) -> str | None:
    """Options of a cell's run in a group; None if the cell does not support them."""
    usual = DVSConfig(group.experiment, cell, group.scale)
    first = (group.runs_of(cell) or group.runs)[0]
    text = {name: getattr(first.config, name) for name in COMMAND_FIELDS}
    if not group.runs_of(cell):
        text = {
            k: v
            for k, v in text.items()
            if k not in TUNED_FIELDS or k in rates or _is_set_for_group(group, k)
        }
    try:
        config = replace(usual, **text)
    except InputError:
        return None
    other = {name: getattr(config, name) for name in sorted(COMMAND_FIELDS - {"fold", "folds"})}
    other = {k: v for k, v in other.items() if v is not None and v != getattr(usual, k)}
    if config.fold is not None:
        other["folds"] = config.folds or DEFAULT_FOLDS
    return "".join(f" --{name.replace('_', '-')} {value}" for name, value in other.items())


def _is_set_for_group(group: RunGroup, name: str) -> bool:
    """Whether all runs of a group have the same rate, which is not the default of their cells."""
    values = {str(getattr(run.config, name)) for run in group.runs}
    own = {str(getattr(DVSConfig(group.experiment, c, group.scale), name)) for c in group.cells}
    return len(values) == 1 and not values & own


def _command(
    experiment: str,
    scale: str,
    cells: Sequence[str],
    seed: int,
    group: RunGroup | None = None,
    options: str = "",
) -> str:
    published = group is not None and group.origin == "published"
    needed = published or EXPERIMENT_SPECS[experiment].simulate is None
    data = " --data DIR" if needed else ""
    own = f"liaf-ref run {experiment}{data} --scale {scale} --cells {','.join(cells)}"
    name = "-".join((group.name, *cells)) if group else f"{experiment}-{scale}"
    return f"{own} --seed {seed}{options} --out runs/{name}-{seed}"


def missing_babi_runs(runs: Sequence[RunSummary]) -> Iterator[MissingRuns]:
    """List tasks without a run under the conditions of the paper, and cells with one seed."""
    runs = [run for run in runs if any(run.matches_condition(name) for name in CONDITIONS)]
    if not runs:
        command = f"liaf-ref sweep {BABI_SWEEP} {BABI_DATA} --jobs 2 --out babi"
        yield MissingRuns("all tasks, five layers, three to ten seeds", command)
        return
    for cell in TABLE_III_CELLS:
        own = [run for run in runs if run.cell == cell]
        seeds = sorted({run.seed for run in own or runs})
        tuned = {run.task for run in own if run.matches_condition("fc")}
        lacking = [
            ("", TASK_NAMES.keys() - {run.task for run in own}, seeds[0], ""),
            (", fine-tuned", FINE_TUNED_EPOCHS.get(cell, {}).keys() - tuned, seeds[0], "fc"),
            (", a second seed", TASK_NAMES if own and len(seeds) == 1 else (), 1 + seeds[-1], ""),
        ]
        for what, tasks, seed, condition in lacking:
            if absent := sorted(tasks):
                command = _babi_command(absent, cell, seed)
                command += f" --condition {condition}" if condition else ""
                yield MissingRuns(f"{CELL_NAMES[cell]}{what}: {_format_tasks(absent)}", command)


def _babi_command(tasks: Sequence[int], cell: str, seed: int) -> str:
    options = f"--tasks {','.join(_ranges(tasks))} --cells {cell} --seed {seed} --track-test"
    return f"liaf-ref run babi {BABI_DATA} {options}"


def _format_tasks(tasks: Sequence[int]) -> str:
    if len(tasks) == len(TASK_NAMES):
        return "all tasks"
    return ", ".join(f"QA{part}" for part in _ranges(tasks))


def _ranges(tasks: Sequence[int]) -> list[str]:
    """Format as ``["2-10", "12"]``."""
    firsts = [task for task in tasks if task - 1 not in tasks]
    lasts = [task for task in tasks if task + 1 not in tasks]
    return [f"{a}" if a == b else f"{a}-{b}" for a, b in zip(firsts, lasts, strict=True)]
