"""Runs on recordings: groups that can be averaged, and what is measured in them."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np

from liaf_ref._core.declared import Declared
from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import real, sizes, whole
from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, DVSConfig
from liaf_ref.experiments.dvs.catalog import DEFAULT_FOLDS
from liaf_ref.report.content import MissingRuns
from liaf_ref.report.statistics import (
    HIGHER,
    LOWER,
    SIMILAR,
    SMOOTHER,
    Criterion,
    MeanCI,
    mean_ci,
    paired_difference,
    test_to_train,
)

# Fields in which runs of one group differ.
VARYING_FIELDS = ("cell", "seed", "data_seed", "fold")
TUNED_FIELDS = ("lr", "patience")  # the paper sets these for each baseline
SCALES = ("paper", "small", "smoke")  # in the order of the report
ORIGINS = {
    "simulated": "simulated recordings",
    "published": "published recordings",
    "unrecorded": "recordings of unrecorded origin",
}


class DvsResult(Declared):
    """What the report needs of the result of a run on recordings."""

    train_accuracy: Annotated[float, real()]
    validation_accuracy: Annotated[float, real()]
    test_accuracy: Annotated[float, real()]
    majority_accuracy: Annotated[float, real()]
    weights: Annotated[int, whole(0)]
    muls: Annotated[int, whole(0)]
    adds: Annotated[int, whole(0)]
    seconds: Annotated[float, real(0)]
    # Recordings for training, validation and test.
    samples: Annotated[tuple[int, int, int] | None, sizes(3)] = None


class DvsRun(NamedTuple):
    """A finished run on recordings: its configuration and result, and a row for each epoch."""

    folder: Path
    config: DVSConfig
    result: DvsResult
    metrics: Sequence[Mapping[str, float]]
    origin: str
    data_sha256: str | None

    @property
    def cell(self) -> str:
        return self.config.cell

    @property
    def experiment(self) -> str:
        """The experiment of the same recordings."""
        return EXPERIMENT_SPECS[self.config.experiment].same_data_as or self.config.experiment

    @property
    def key(self) -> tuple[Hashable, ...]:
        """Seed, fold and recordings: equal for two runs that form a pair."""
        return self.config.seed, self.config.fold, self.data_sha256

    def settings(self, without: Collection[str] = ()) -> Hashable:
        """All that the run was made with, but for some fields of its configuration."""
        skipped = {*without, "experiment"}
        known = ((k, v) for k, v in asdict(self.config).items() if k not in skipped)
        return self.experiment, self.origin, *known


RunMetric = Callable[[DvsRun], float | None]


class RunGroup(NamedTuple):
    """Runs that differ only in cell, seed and fold, or in rates that the paper sets per cell."""

    experiment: str
    scale: str
    origin: str
    label: str
    name: str  # used in file names
    runs: tuple[DvsRun, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of the runs, in the order of the experiment."""
        return tuple(filter(self.runs_of, EXPERIMENT_SPECS[self.experiment].cells))

    def runs_of(self, cell: str) -> tuple[DvsRun, ...]:
        """Runs of a cell, by seed."""
        return tuple(run for run in self.runs if run.cell == cell)

    @property
    def averaged_over(self) -> str:
        return "fold" if any(run.config.fold for run in self.runs) else "seed"

    @property
    def matches_paper(self) -> bool:
        """Whether the runs have the sizes and the data of the paper."""
        return self.scale == "paper" and self.origin == "published"

    def mean(self, cell: str, metric: RunMetric) -> MeanCI | None:
        """Average a quantity over the runs of a cell; None if none of them has it."""
        found = self._values(cell, metric)
        return mean_ci(found.values(), shared_training(self.runs_of(cell))) if found else None

    def difference(self, baseline: str, metric: RunMetric) -> MeanCI | None:
        """LIAF minus a baseline, paired by seed or fold; None without a pair of runs."""
        ours, theirs = (self._values(cell, metric) for cell in ("liaf", baseline))
        return paired_difference(ours, theirs, shared_training(self.runs))

    def _values(self, cell: str, metric: RunMetric) -> dict[tuple[Hashable, ...], float]:
        values = ((run.key, metric(run)) for run in self.runs_of(cell))
        return {key: value for key, value in values if value is not None}


def shared_training(runs: Sequence[DvsRun]) -> float:
    """The ratio of test to training recordings if the runs are folds, otherwise 0."""
    folds = {run.config.folds or DEFAULT_FOLDS for run in runs if run.config.fold}
    return test_to_train(max(folds)) if folds else 0.0


def group_runs(runs: Iterable[DvsRun]) -> tuple[RunGroup, ...]:
    """Group runs that can be averaged and compared."""
    ordered = sorted(runs, key=lambda run: (run.config.seed, run.folder.parts))
    found: list[list[DvsRun]] = []
    for alike in _partition(ordered, (*VARYING_FIELDS, *TUNED_FIELDS)):
        rates = {(run.cell, run.config.lr, run.config.patience) for run in alike}
        one_rate_a_cell = len(rates) == len({run.cell for run in alike})
        found += [alike] if one_rate_a_cell else _partition(alike, VARYING_FIELDS)
    places: dict[tuple[int, int], list[list[DvsRun]]] = {}
    for own in found:
        experiment = list(EXPERIMENT_SPECS).index(own[0].experiment)
        places.setdefault((experiment, SCALES.index(own[0].config.scale)), []).append(own)
    return tuple(
        _make_group(own, number, similar)
        for _, similar in sorted(places.items())
        for number, own in enumerate(similar, 1)
    )


def _partition(runs: Iterable[DvsRun], exclude: Collection[str]) -> list[list[DvsRun]]:
    """Runs that are equal in all but some fields of their configuration."""
    found: dict[Hashable, list[DvsRun]] = {}
    for run in runs:
        found.setdefault(run.settings(exclude), []).append(run)
    return list(found.values())


def _make_group(
    runs: Sequence[DvsRun], number: int, similar: Sequence[Sequence[DvsRun]]
) -> RunGroup:
    """A group, named by what distinguishes it from others of its experiment and scale."""
    experiment, origin, scale = runs[0].experiment, runs[0].origin, runs[0].config.scale
    name = f"{experiment}-{scale}" + (f"-{number}" if len(similar) > 1 else "")
    label = [EXPERIMENT_SPECS[experiment].title, f"scale {scale}", ORIGINS[origin]]
    for field in (name for name in asdict(runs[0].config) if name not in VARYING_FIELDS):
        values = [{str(getattr(run.config, field)) for run in group} for group in similar]
        if any(other != values[0] for other in values):
            label.append(f"{field} {'/'.join(sorted(values[number - 1]))}")
    folds = {run.config.fold for run in runs}
    label += [f"fold {fold}" for fold in folds if len(folds) == 1 and fold]
    return RunGroup(experiment, scale, origin, ", ".join(label), name, tuple(runs))


class Quantity(NamedTuple):
    """A number of a run, and how the paper compares LIAF's with that of another cell."""

    name: str
    of: RunMetric
    criterion: Criterion

    def compare(self, baseline: str) -> str:
        """The claim, as in ``LIAF has a higher test accuracy than LIF``."""
        if self.criterion == SIMILAR:
            return f"LIAF is similar to {CELL_NAMES[baseline]} in {self.name}"
        side = "higher" if self.criterion.sign > 0 else "lower"
        return f"LIAF has a {side} {self.name} than {CELL_NAMES[baseline]}"


def accuracy_percent(part: str) -> RunMetric:
    """Return a function that reads an accuracy from the result of a run, in percent."""
    return lambda run: 100 * float(getattr(run.result, f"{part}_accuracy"))


def roughness(run: DvsRun) -> float | None:
    """Mean absolute second difference of the validation accuracy, in points."""
    y = 100 * np.array([row["validation_accuracy"] for row in run.metrics])
    return float(np.abs(np.diff(y, 2)).mean()) if len(y) > 2 else None


def final_gap(run: DvsRun) -> float:
    """Training less validation accuracy after the last epoch, in points."""
    row = run.metrics[-1]
    return 100 * (row["train_accuracy"] - row["validation_accuracy"])


def final_validation_accuracy(run: DvsRun) -> float:
    """Validation accuracy after the last epoch, in percent."""
    return 100 * run.metrics[-1]["validation_accuracy"]


TEST_ACCURACY = Quantity("test accuracy", accuracy_percent("test"), HIGHER)
SIMILAR_ACCURACY = TEST_ACCURACY._replace(criterion=SIMILAR)
FINAL_ACCURACY = Quantity("validation accuracy at the end", final_validation_accuracy, HIGHER)
ROUGHNESS = Quantity("roughness", roughness, SMOOTHER)
FINAL_GAP = Quantity("gap at the end", final_gap, LOWER)
CURVE_QUANTITIES = (ROUGHNESS, FINAL_GAP)  # in the paper, LIAF's are smaller


# Fields that appear as options in a command if they differ from their defaults.
OPTIONS = sorted(
    {field.name for field in fields(DVSConfig)} - {"experiment", "cell", "scale", "seed"}
)


def missing_runs(
    groups: Iterable[RunGroup], experiment: str, cells: Sequence[str]
) -> Iterator[MissingRuns]:
    """List the runs that the table of an experiment still needs: two seeds of each cell."""
    own = [group for group in groups if group.experiment == experiment]
    if not own:
        title, name = EXPERIMENT_SPECS[experiment].title, f"{experiment}-small"
        yield _missing(RunGroup(experiment, "small", "simulated", title, name, ()), cells, 0)
    alike = [group.runs[0].settings((*VARYING_FIELDS, *TUNED_FIELDS)) for group in own]
    for group, settings in zip(own, alike, strict=True):
        absent = [cell for cell in cells if not group.runs_of(cell)]
        few = [cell for cell in cells if len(group.runs_of(cell)) == 1]
        next_seed = 1 + max((run.config.seed for run in group.runs if run.cell in few), default=0)
        first_seed = min(run.config.seed for run in group.runs)
        for lacking, seed, what in (
            (absent, first_seed, ""),
            (few, next_seed, "a second seed of "),
        ):
            together: dict[str, list[str]] = {}
            for cell in lacking:
                options = _command_options(group, cell, rates_differ=alike.count(settings) > 1)
                if options is not None:
                    together.setdefault(options, []).append(cell)
            for options, some in together.items():
                yield _missing(group, some, seed, what, options)


def _missing(
    group: RunGroup, cells: Sequence[str], seed: int, what: str = "", options: str = ""
) -> MissingRuns:
    """Cells that a group lacks, and the command that runs them."""
    needed = group.origin == "published" or EXPERIMENT_SPECS[group.experiment].simulate is None
    command = f"liaf-ref run {group.experiment}{' --data DIR' if needed else ''}"
    command += f" --scale {group.scale} --cells {','.join(cells)} --seed {seed}{options}"
    out = "-".join((group.name, *(cells if group.runs else ()), str(seed)))
    names = ", ".join(CELL_NAMES[cell] for cell in cells)
    return MissingRuns(f"{group.label}: {what}{names}", f"{command} --out runs/{out}")


def _command_options(group: RunGroup, cell: str, *, rates_differ: bool) -> str | None:
    """Options of a cell's run in a group; None if the cell does not support them."""
    usual = DVSConfig(group.experiment, cell, group.scale)
    first = (group.runs_of(cell) or group.runs)[0]
    known = {name: getattr(first.config, name) for name in OPTIONS}
    if first.cell != cell and not rates_differ:
        known = {k: v for k, v in known.items() if k not in TUNED_FIELDS or _is_set(group, k)}
    try:
        config = replace(usual, **known)
    except InputError:
        return None
    other = {name: getattr(config, name) for name in OPTIONS if name not in ("fold", "folds")}
    other = {k: v for k, v in other.items() if v is not None and v != getattr(usual, k)}
    if config.fold is not None:
        other["folds"] = config.folds or DEFAULT_FOLDS
    return "".join(f" --{name.replace('_', '-')} {value}" for name, value in other.items())


def _is_set(group: RunGroup, name: str) -> bool:
    """Whether all runs of a group have the same rate, which is not the default of their cells."""
    values = {str(getattr(run.config, name)) for run in group.runs}
    usual = (DVSConfig(group.experiment, cell, group.scale) for cell in group.cells)
    return len(values) == 1 and not values & {str(getattr(each, name)) for each in usual}
