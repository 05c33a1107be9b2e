"""Runs on recordings, grouped so that like stands beside like."""

from collections.abc import Hashable, Iterable
from typing import NamedTuple

from liaf_ref._core.errors import RunError
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.report.dvs_runs import DvsRun

VARYING_FIELDS = ("cell", "seed", "fold", "data_sha256")  # what runs of one group differ in
TUNED_FIELDS = ("lr", "patience")  # the paper gives these to each rival for itself


class RunGroup(NamedTuple):
    """Runs that differ in cell, seed and fold alone, but for rates that the paper sets by cell.

    Attributes
    ----------
    experiment, scale, origin : str
        What they have in common.
    label, name : str
        The same in words, and for files.
    runs : tuple of VisionRun
        Of all cells and seeds.
    """

    experiment: str
    scale: str
    origin: str
    label: str
    name: str
    runs: tuple[DvsRun, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """Cells that were run, in the experiment's order."""
        return tuple(c for c in EXPERIMENT_SPECS[self.experiment].cells if self.runs_of(c))

    def runs_of(self, cell: str) -> tuple[DvsRun, ...]:
        """Runs of a cell, by seed."""
        return tuple(run for run in self.runs if run.cell == cell)

    @property
    def averaged_over(self) -> str:
        """What is averaged over: seeds, or the folds of a cross-validation."""
        return "fold" if any(run.fold is not None for run in self.runs) else "seed"

    @property
    def matches_paper(self) -> bool:
        """Whether these are the paper's sizes and data."""
        return self.scale == "paper" and self.origin == "published"


def group_runs(runs: Iterable[DvsRun]) -> tuple[RunGroup, ...]:
    """Put runs together that can be averaged and compared."""
    loose: dict[Hashable, list[DvsRun]] = {}
    for run in sorted(runs, key=lambda r: (r.config["seed"], str(r.folder))):
        loose.setdefault(_group_key(run, (*VARYING_FIELDS, *TUNED_FIELDS)), []).append(run)
    found: list[list[DvsRun]] = []
    for same in loose.values():
        rates = {(run.cell, *(str(run.config.get(name)) for name in TUNED_FIELDS)) for run in same}
        if len(rates) == len({run.cell for run in same}):
            found.append(same)
            continue
        strict: dict[Hashable, list[DvsRun]] = {}
        for run in same:
            strict.setdefault(_group_key(run, VARYING_FIELDS), []).append(run)
        found += strict.values()
    for same in found:
        _check_no_duplicates(same)
    order = {name: k for k, name in enumerate(EXPERIMENT_SPECS)}
    scales = ("paper", "small", "smoke")
    found.sort(
        key=lambda same: (order[_config_text(same, "experiment")], scales.index(_scale(same)))
    )
    return tuple(_make_group(same, found) for same in found)


def has_rate_variants(group: RunGroup, all_groups: Iterable[RunGroup]) -> bool:
    """Whether a group has others beside it that differ from it in rates alone."""
    alike = _group_key(group.runs[0], (*VARYING_FIELDS, *TUNED_FIELDS))
    return (
        sum(
            _group_key(other.runs[0], (*VARYING_FIELDS, *TUNED_FIELDS)) == alike
            for other in all_groups
        )
        > 1
    )


def _group_key(run: DvsRun, exclude: Iterable[str]) -> Hashable:
    rest = {k: v for k, v in run.config.items() if k not in set(exclude)}
    return run.origin, tuple(sorted((k, repr(v)) for k, v in rest.items()))


def _check_no_duplicates(runs: list[DvsRun]) -> None:
    seen: dict[Hashable, DvsRun] = {}
    for run in runs:
        other = seen.setdefault((run.cell, run.key), run)
        if other is not run:
            both = f"{other.folder} and {run.folder}"
            raise RunError(f"expected each run once, got {both} of the same configuration")


def _config_text(runs: list[DvsRun], name: str) -> str:
    return str(runs[0].config[name])


def _scale(runs: list[DvsRun]) -> str:
    return _config_text(runs, "scale")


def _make_group(runs: list[DvsRun], all_groups: list[list[DvsRun]]) -> RunGroup:
    experiment, scale, origin = _config_text(runs, "experiment"), _scale(runs), runs[0].origin
    title = EXPERIMENT_SPECS[experiment].title
    where = {
        "simulated": "simulated recordings",
        "published": "published recordings",
        "unrecorded": "recordings of unrecorded origin",
    }[origin]
    alike = [
        other
        for other in all_groups
        if (_config_text(other, "experiment"), _scale(other)) == (experiment, scale)
    ]
    number = next(k for k, other in enumerate(alike, 1) if other is runs)
    suffix = f"-{number}" if len(alike) > 1 else ""
    words = "".join(f", {fact}" for fact in _distinguishing_settings(runs, alike))
    folds = {run.fold for run in runs}
    if len(folds) == 1 and folds != {None}:
        words += f", fold {folds.pop()}"
    label = f"{title}, scale {scale}, {where}{words}"
    return RunGroup(experiment, scale, origin, label, f"{experiment}-{scale}{suffix}", tuple(runs))


def _distinguishing_settings(runs: list[DvsRun], similar_groups: list[list[DvsRun]]) -> list[str]:
    """What sets a group apart from others of its experiment and scale."""
    names = [name for name in runs[0].config if name not in VARYING_FIELDS]
    values = {
        name: [{str(run.config.get(name)) for run in other} for other in similar_groups]
        for name in names
    }
    mine = {name: "/".join(sorted({str(run.config.get(name)) for run in runs})) for name in names}
    return [
        f"{name} {mine[name]}"
        for name in names
        if any(value != values[name][0] for value in values[name])
    ]
