"""Runs on recordings, grouped so that like stands beside like."""

from collections.abc import Hashable, Iterable
from typing import NamedTuple

from liaf_ref.errors import RunError
from liaf_ref.experiments.vision import EXPERIMENT_SPECS
from liaf_ref.report.paper.vision import VisionRun

OWN = ("cell", "seed", "fold", "data_sha256")  # what runs of one group differ in
TUNED = ("lr", "patience")  # the paper gives these to each rival for itself


class Group(NamedTuple):
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
    runs: tuple[VisionRun, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """Cells that were run, in the experiment's order."""
        return tuple(c for c in EXPERIMENT_SPECS[self.experiment].cells if self.of(c))

    def of(self, cell: str) -> tuple[VisionRun, ...]:
        """Runs of a cell, by seed."""
        return tuple(run for run in self.runs if run.cell == cell)

    @property
    def over(self) -> str:
        """What is averaged over: seeds, or the folds of a cross-validation."""
        return "fold" if any(run.fold is not None for run in self.runs) else "seed"

    @property
    def as_printed(self) -> bool:
        """Whether these are the paper's sizes and data."""
        return self.scale == "paper" and self.origin == "published"


def groups(runs: Iterable[VisionRun]) -> tuple[Group, ...]:
    """Put runs together that can be averaged and compared.

    Parameters
    ----------
    runs : iterable of VisionRun
        All of them.

    Returns
    -------
    tuple of Group
        By experiment and scale.  Rates may differ between cells, as in Section VI-B5,
        unless a cell was run with several.

    Raises
    ------
    RunError
        If two runs are of the same.
    """
    loose: dict[Hashable, list[VisionRun]] = {}
    for run in sorted(runs, key=lambda r: (r.config["seed"], str(r.folder))):
        loose.setdefault(_common(run, (*OWN, *TUNED)), []).append(run)
    found: list[list[VisionRun]] = []
    for same in loose.values():
        rates = {(run.cell, *(str(run.config.get(name)) for name in TUNED)) for run in same}
        if len(rates) == len({run.cell for run in same}):
            found.append(same)
            continue
        strict: dict[Hashable, list[VisionRun]] = {}
        for run in same:
            strict.setdefault(_common(run, OWN), []).append(run)
        found += strict.values()
    for same in found:
        _once(same)
    order = {name: k for k, name in enumerate(EXPERIMENT_SPECS)}
    scales = ("paper", "small", "smoke")
    found.sort(key=lambda same: (order[_fact(same, "experiment")], scales.index(_scale(same))))
    return tuple(_named(same, found) for same in found)


def apart(group: Group, others: Iterable[Group]) -> bool:
    """Whether a group has others beside it that differ from it in rates alone."""
    alike = _common(group.runs[0], (*OWN, *TUNED))
    return sum(_common(other.runs[0], (*OWN, *TUNED)) == alike for other in others) > 1


def _common(run: VisionRun, but: Iterable[str]) -> Hashable:
    rest = {k: v for k, v in run.config.items() if k not in set(but)}
    return run.origin, tuple(sorted((k, repr(v)) for k, v in rest.items()))


def _once(same: list[VisionRun]) -> None:
    seen: dict[Hashable, VisionRun] = {}
    for run in same:
        other = seen.setdefault((run.cell, run.key), run)
        if other is not run:
            both = f"{other.folder} and {run.folder}"
            raise RunError(f"expected each run once, got {both} of the same configuration")


def _fact(same: list[VisionRun], name: str) -> str:
    return str(same[0].config[name])


def _scale(same: list[VisionRun]) -> str:
    return _fact(same, "scale")


def _named(same: list[VisionRun], found: list[list[VisionRun]]) -> Group:
    experiment, scale, origin = _fact(same, "experiment"), _scale(same), same[0].origin
    title = EXPERIMENT_SPECS[experiment].title
    where = {
        "simulated": "simulated recordings",
        "published": "published recordings",
        "unrecorded": "recordings of unrecorded origin",
    }[origin]
    alike = [
        other
        for other in found
        if (_fact(other, "experiment"), _scale(other)) == (experiment, scale)
    ]
    number = next(k for k, other in enumerate(alike, 1) if other is same)
    suffix = f"-{number}" if len(alike) > 1 else ""
    words = "".join(f", {fact}" for fact in _differing(same, alike))
    folds = {run.fold for run in same}
    if len(folds) == 1 and folds != {None}:
        words += f", fold {folds.pop()}"
    label = f"{title}, scale {scale}, {where}{words}"
    return Group(experiment, scale, origin, label, f"{experiment}-{scale}{suffix}", tuple(same))


def _differing(same: list[VisionRun], alike: list[list[VisionRun]]) -> list[str]:
    """What sets a group apart from others of its experiment and scale."""
    names = [name for name in same[0].config if name not in OWN]
    values = {
        name: [{str(run.config.get(name)) for run in other} for other in alike] for name in names
    }
    mine = {name: "/".join(sorted({str(run.config.get(name)) for run in same})) for name in names}
    return [
        f"{name} {mine[name]}"
        for name in names
        if any(value != values[name][0] for value in values[name])
    ]
