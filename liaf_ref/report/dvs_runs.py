"""Runs on recordings: groups that can be averaged, and comparisons of two cells in one."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, NamedTuple

from liaf_ref._core.declared import Declared
from liaf_ref._core.kinds import real, sizes, whole
from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, DVSConfig
from liaf_ref.experiments.dvs.scales import DEFAULT_FOLDS
from liaf_ref.report.content import Claim, Section, summarize_claims
from liaf_ref.report.statistics import (
    SIMILAR,
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
        return tuple(c for c in EXPERIMENT_SPECS[self.experiment].cells if self.runs_of(c))

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
    experiments = list(EXPERIMENT_SPECS)
    found.sort(
        key=lambda own: (experiments.index(own[0].experiment), SCALES.index(own[0].config.scale))
    )
    return tuple(_make_group(group, found) for group in found)


def has_rate_variants(group: RunGroup, all_groups: Iterable[RunGroup]) -> bool:
    """Whether another group differs from this one only in rates."""
    first = [own.runs[0] for own in (group, *all_groups)]
    mine, *keys = (run.settings((*VARYING_FIELDS, *TUNED_FIELDS)) for run in first)
    return keys.count(mine) > 1


def _partition(runs: Iterable[DvsRun], exclude: Collection[str]) -> list[list[DvsRun]]:
    """Runs that are equal in all but some fields of their configuration."""
    found: dict[Hashable, list[DvsRun]] = {}
    for run in runs:
        found.setdefault(run.settings(exclude), []).append(run)
    return list(found.values())


def _make_group(runs: Sequence[DvsRun], all_groups: Sequence[Sequence[DvsRun]]) -> RunGroup:
    experiment, origin, scale = runs[0].experiment, runs[0].origin, runs[0].config.scale
    place = experiment, scale
    similar = [g for g in all_groups if (g[0].experiment, g[0].config.scale) == place]
    number = next(k for k, other in enumerate(similar, 1) if other is runs)
    name = f"{experiment}-{scale}" + (f"-{number}" if len(similar) > 1 else "")
    folds = {run.config.fold for run in runs}
    label = [EXPERIMENT_SPECS[experiment].title, f"scale {scale}", ORIGINS[origin]]
    label += _distinguishing_settings(runs, similar)
    label += [f"fold {fold}" for fold in folds if len(folds) == 1 and fold]
    return RunGroup(experiment, scale, origin, ", ".join(label), name, tuple(runs))


def _distinguishing_settings(
    runs: Sequence[DvsRun], similar: Sequence[Sequence[DvsRun]]
) -> list[str]:
    """Settings in which a group differs from others of its experiment and scale."""
    found = []
    for name in (each.name for each in fields(DVSConfig) if each.name not in VARYING_FIELDS):
        mine, *others = (
            {str(getattr(run.config, name)) for run in group} for group in (runs, *similar)
        )
        if any(other != others[0] for other in others):
            found.append(f"{name} {'/'.join(sorted(mine))}")
    return found


RunMetric = Callable[[DvsRun], float | None]


def paired(group: RunGroup, baseline: str, metric: RunMetric) -> MeanCI | None:
    """LIAF minus a baseline, paired by seed or fold; None without a pair of runs."""
    a, b = (_values_by_key(group.runs_of(cell), metric) for cell in ("liaf", baseline))
    return paired_difference(a, b, shared_training(group.runs))


def claim_about(
    section: Section,
    group: RunGroup,
    baseline: str,
    quantity: str,
    metric: RunMetric,
    criterion: Criterion,
    printed: str = "",
) -> Claim:
    """What the paper says of a quantity of LIAF and a baseline, and our difference."""
    difference = paired(group, baseline, metric)
    if criterion == SIMILAR:
        text = f"LIAF is similar to {CELL_NAMES[baseline]} in {quantity}"
    else:
        side = "higher" if criterion.sign > 0 else "lower"
        text = f"LIAF has a {side} {quantity} than {CELL_NAMES[baseline]}"
    known = {} if difference is None else {baseline: difference}
    place = f"{text}, {group.label}"
    return Claim(section.number, place, printed, known, criterion, group.averaged_over)


def mean_over_runs(runs: Sequence[DvsRun], metric: RunMetric) -> MeanCI | None:
    """Average a quantity over runs; None if none of them has it."""
    found = _values_by_key(runs, metric)
    return mean_ci(found.values(), shared_training(runs)) if found else None


def with_claims(section: Section, claims: Sequence[Claim], text: str) -> Section:
    """Fill a section with what comparisons say of a claim of the paper."""
    return section._replace(
        verdict=summarize_claims(claims, text),
        findings=tuple(one.as_sentence() for one in claims) if len(claims) > 1 else (),
        claims=tuple(one for one in claims if one.differences),
    )


def _values_by_key(runs: Sequence[DvsRun], metric: RunMetric) -> dict[tuple[object, ...], float]:
    values = ((run.key, metric(run)) for run in runs)
    return {key: value for key, value in values if value is not None}
