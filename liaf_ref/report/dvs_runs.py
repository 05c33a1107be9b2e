"""Runs on recordings: groups that can be averaged, and comparisons of two cells in one."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
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
VARYING_FIELDS = ("cell", "seed", "data_seed", "fold", "data_sha256")
TUNED_FIELDS = ("lr", "patience")  # the paper sets these for each baseline
SCALES = ("paper", "small", "smoke")  # in the order of the report
ORIGINS = {
    "simulated": "simulated recordings",
    "published": "published recordings",
    "unrecorded": "recordings of unrecorded origin",
}


class DvsRun(NamedTuple):
    """A finished run on recordings: its configuration and result, and a row for each epoch."""

    folder: Path
    config: Mapping[str, Any]
    result: Mapping[str, Any]
    metrics: Sequence[Mapping[str, float]]
    origin: str

    @property
    def cell(self) -> str:
        return str(self.config["cell"])

    @property
    def fold(self) -> Any:
        """The fold that was tested on; None if it was the test set of the data set."""
        return self.config.get("fold")

    @property
    def key(self) -> tuple[Hashable, ...]:
        """Seed, fold and recordings: equal for two runs that form a pair."""
        return self.config["seed"], self.fold, self.config.get("data_sha256")


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
        return "fold" if any(run.fold is not None for run in self.runs) else "seed"

    @property
    def matches_paper(self) -> bool:
        """Whether the runs have the sizes and the data of the paper."""
        return self.scale == "paper" and self.origin == "published"


def shared_training(runs: Sequence[DvsRun]) -> float:
    """The ratio of test to training recordings if the runs are folds, otherwise 0."""
    folds = {run.config.get("folds") or DEFAULT_FOLDS for run in runs if run.fold is not None}
    return test_to_train(max(folds)) if folds else 0.0


def group_runs(runs: Iterable[DvsRun]) -> tuple[RunGroup, ...]:
    """Group runs that can be averaged and compared."""
    ordered = sorted(runs, key=lambda run: (run.config["seed"], run.folder.parts))
    found: list[list[DvsRun]] = []
    for alike in _partition(ordered, (*VARYING_FIELDS, *TUNED_FIELDS)):
        rates = {(run.cell, *(str(run.config.get(name)) for name in TUNED_FIELDS)) for run in alike}
        one_rate_a_cell = len(rates) == len({run.cell for run in alike})
        found += [alike] if one_rate_a_cell else _partition(alike, VARYING_FIELDS)
    experiments = list(EXPERIMENT_SPECS)
    found.sort(key=lambda group: _rank(group, experiments))
    return tuple(_make_group(group, found) for group in found)


def has_rate_variants(group: RunGroup, all_groups: Iterable[RunGroup]) -> bool:
    """Whether another group differs from this one only in rates."""
    exclude = (*VARYING_FIELDS, *TUNED_FIELDS)
    keys = [_group_key(other.runs[0], exclude) for other in all_groups]
    return keys.count(_group_key(group.runs[0], exclude)) > 1


def _partition(runs: Iterable[DvsRun], exclude: Collection[str]) -> list[list[DvsRun]]:
    """Runs that are equal in all but some fields of their configuration."""
    found: dict[Hashable, list[DvsRun]] = {}
    for run in runs:
        found.setdefault(_group_key(run, exclude), []).append(run)
    return list(found.values())


def _group_key(run: DvsRun, exclude: Collection[str]) -> Hashable:
    # Runs of earlier versions lack options that were added since, which are None by default.
    given = {k: v for k, v in run.config.items() if k not in exclude and v is not None}
    rest = sorted((k, repr(v)) for k, v in given.items())
    return run.origin, tuple(rest)


def keyed_dvs_runs(runs: Iterable[DvsRun]) -> Iterator[tuple[Hashable, DvsRun]]:
    """Runs with what tells them apart."""
    return ((_group_key(run, ("data_seed",)), run) for run in runs)


def _rank(runs: Sequence[DvsRun], experiments: list[str]) -> tuple[int, int]:
    experiment, scale = _experiment_and_scale(runs)
    return experiments.index(experiment), SCALES.index(scale)


def _experiment_and_scale(runs: Sequence[DvsRun]) -> tuple[str, str]:
    return runs[0].config["experiment"], runs[0].config["scale"]


def _make_group(runs: Sequence[DvsRun], all_groups: Sequence[Sequence[DvsRun]]) -> RunGroup:
    experiment, scale = _experiment_and_scale(runs)
    similar = [g for g in all_groups if _experiment_and_scale(g) == (experiment, scale)]
    number = next(k for k, other in enumerate(similar, 1) if other is runs)
    name = f"{experiment}-{scale}" + (f"-{number}" if len(similar) > 1 else "")
    origin, folds = runs[0].origin, {run.fold for run in runs}
    label = [EXPERIMENT_SPECS[experiment].title, f"scale {scale}", ORIGINS[origin]]
    label += _distinguishing_settings(runs, similar)
    label += [f"fold {fold}" for fold in folds if len(folds) == 1 and fold is not None]
    return RunGroup(experiment, scale, origin, ", ".join(label), name, tuple(runs))


def _distinguishing_settings(
    runs: Sequence[DvsRun], similar: Sequence[Sequence[DvsRun]]
) -> list[str]:
    """Settings in which a group differs from others of its experiment and scale."""
    found = []
    for name in (name for name in runs[0].config if name not in VARYING_FIELDS):
        values = [{str(run.config.get(name)) for run in other} for other in similar]
        if any(value != values[0] for value in values):
            mine = sorted({str(run.config.get(name)) for run in runs})
            found.append(f"{name} {'/'.join(mine)}")
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
