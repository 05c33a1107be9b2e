"""Runs on recordings: groups that can be averaged, and what is measured in them."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np

from liaf_ref._core.declared import Declared
from liaf_ref._core.kinds import real, sizes, whole
from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, DVSConfig
from liaf_ref.experiments.dvs.catalog import DEFAULT_FOLDS
from liaf_ref.report import statistics
from liaf_ref.report.content import MissingRuns
from liaf_ref.report.statistics import HIGHER, LOWER, SIMILAR, SMOOTHER, Criterion

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
Runs = Sequence[DvsRun]


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

    def mean(self, cell: str, metric: RunMetric) -> statistics.MeanCI | None:
        """Average a quantity over the runs of a cell; None if none of them has it."""
        found = self._values(cell, metric)
        return (
            statistics.mean_ci(found.values(), shared_training(self.runs_of(cell)))
            if found
            else None
        )

    def difference(self, baseline: str, metric: RunMetric) -> statistics.MeanCI | None:
        """LIAF minus a baseline, paired by seed or fold; None without a pair of runs."""
        ours, theirs = (self._values(cell, metric) for cell in ("liaf", baseline))
        return statistics.paired_difference(ours, theirs, shared_training(self.runs))

    def _values(self, cell: str, metric: RunMetric) -> dict[tuple[Hashable, ...], float]:
        values = ((run.key, metric(run)) for run in self.runs_of(cell))
        return {key: value for key, value in values if value is not None}


def shared_training(runs: Runs) -> float:
    """The ratio of test to training recordings if the runs are folds, otherwise 0."""
    folds = {run.config.folds or DEFAULT_FOLDS for run in runs if run.config.fold}
    return statistics.test_to_train(max(folds)) if folds else 0.0


def group_runs(runs: Iterable[DvsRun]) -> tuple[RunGroup, ...]:
    """Group runs that can be averaged and compared."""
    ordered = sorted(runs, key=lambda run: (run.config.seed, run.folder.parts))
    found: list[list[DvsRun]] = []
    for alike in _partition(ordered, (*VARYING_FIELDS, *TUNED_FIELDS)):
        rates = {(run.cell, run.config.lr, run.config.patience) for run in alike}
        one_rate_a_cell = len(rates) == len({run.cell for run in alike})
        found += [alike] if one_rate_a_cell else _partition(alike, VARYING_FIELDS)
    experiments = list(EXPERIMENT_SPECS)

    def place(own: list[DvsRun]) -> tuple[int, int]:
        return experiments.index(own[0].experiment), SCALES.index(own[0].config.scale)

    return tuple(
        _make_group(own, number, similar)
        for _, several in groupby(sorted(found, key=place), key=place)
        for similar in [list(several)]
        for number, own in enumerate(similar, 1)
    )


def _partition(runs: Iterable[DvsRun], exclude: Collection[str]) -> list[list[DvsRun]]:
    """Runs that are equal in all but some fields of their configuration."""
    found: dict[Hashable, list[DvsRun]] = {}
    for run in runs:
        found.setdefault(run.settings(exclude), []).append(run)
    return list(found.values())


def _make_group(runs: Runs, number: int, similar: Sequence[Runs]) -> RunGroup:
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
CURVE_QUANTITIES = (  # in the paper, LIAF's are smaller
    Quantity("roughness", roughness, SMOOTHER),
    Quantity("gap at the end", final_gap, LOWER),
)
FINAL_ACCURACY = Quantity("validation accuracy at the end", final_validation_accuracy, HIGHER)
QUANTITIES = {each.name: each for each in (TEST_ACCURACY, *CURVE_QUANTITIES, FINAL_ACCURACY)}
QUANTITIES["similar accuracy"] = TEST_ACCURACY._replace(criterion=SIMILAR)


def missing_runs(
    groups: Iterable[RunGroup], experiments: Iterable[str], cells: Sequence[str]
) -> Iterator[MissingRuns]:
    """The cells of which an experiment has no run, and the command that runs them."""
    for name in experiments:
        own, spec = [group for group in groups if group.experiment == name], EXPERIMENT_SPECS[name]
        if absent := [cell for cell in cells if not any(group.runs_of(cell) for group in own)]:
            needs_data = spec.simulate is None or any(group.origin == "published" for group in own)
            command = f"liaf-ref run {name}{' --data DIR' if needs_data else ''}"
            command += f" --scale {own[0].scale if own else 'small'} --cells {','.join(absent)}"
            names = ", ".join(CELL_NAMES[cell] for cell in absent)
            yield MissingRuns(f"{spec.title}: {names}", command)
