"""What a sweep has to do: every job, what it will cost, and how far it is already."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref.errors import ConfigError, FormatError
from liaf_ref.experiments.given import Source, Survey
from liaf_ref.sweep.spec import Spec
from liaf_ref.training.record import RunFolder


class Planned(NamedTuple):
    """A job as it stands before a sweep.

    Attributes
    ----------
    name, title : str
        Its hash, and the values that tell it from the others.
    config : object
        Its configuration.
    survey : Survey
        What it will cost.
    state : str
        ``new``, ``begun``, ``finished`` or ``failed``.
    result : dict or None
        Its row of the results if it is finished.
    error : str or None
        Why it failed.
    """

    name: str
    title: str
    config: Any
    survey: Survey
    state: str
    result: dict[str, Any] | None
    error: str | None


def plan(spec: Spec, source: Source, out: Path | None) -> list[Planned]:
    """Lay out a sweep; nothing is written.

    Parameters
    ----------
    spec : Spec
        What to run.
    source : Source
        Where the data are.
    out : Path or None
        The sweep's folder; need not be there.

    Returns
    -------
    list of Planned
        In the order of the specification.

    Raises
    ------
    LiafError
        If the data are missing or not those that a job in the folder has seen, a job cannot
        be run on them, or a record cannot be read.
    """
    surveys = _surveys(spec, source)
    titles = _titles(spec.configs)
    return [
        _planned(name, titles[name], config, surveys[name], out and folder_of(out, name))
        for name, config in spec.configs.items()
    ]


def folder_of(out: Path, name: str) -> Path:
    """Say where a job's record is, or will be."""
    return out / "jobs" / name


def longest_first(jobs: Iterable[Planned]) -> list[Planned]:
    """Order jobs so that workers end together; those of equal cost stay as they are."""
    return sorted(jobs, key=lambda job: -job.survey.cost)


def _surveys(spec: Spec, source: Source) -> dict[str, Survey]:
    """Survey the jobs that share data together: data are loaded once."""
    groups: dict[Any, list[str]] = {}
    for name, config in spec.configs.items():
        groups.setdefault(spec.experiment.data_key(config, source), []).append(name)
    found: dict[str, Survey] = {}
    for names in groups.values():
        surveys = spec.experiment.survey([spec.configs[name] for name in names], source)
        found |= zip(names, surveys, strict=True)
    return found


def _titles(configs: Mapping[str, Any]) -> dict[str, str]:
    """The values that are not the same in all jobs; of a single job, all."""
    values = {name: asdict(config) for name, config in configs.items()}
    first = next(iter(values.values()))
    told = [
        field
        for field, value in first.items()
        if len(values) == 1 or any(other[field] != value for other in values.values())
    ]
    return {
        name: " ".join(f"{field}={own[field]}" for field in told) for name, own in values.items()
    }


def _planned(name: str, title: str, config: Any, survey: Survey, folder: Path | None) -> Planned:
    if folder is None or not (folder / "run.json").exists():
        return Planned(name, title, config, survey, "new", None, None)
    record = RunFolder(folder, {}).read()
    before, result, error = (record.get(key) for key in ("config", "result", "error"))
    seen = before.get("data_sha256") if isinstance(before, dict) else None
    if survey.data_sha256 not in (None, seen):
        raise ConfigError(folder, {"data_sha256": f"was {seen!r}, is {survey.data_sha256!r}"})
    status = record.get("status")
    if status == "finished" and not isinstance(result, dict):
        raise FormatError(folder / "run.json", "expected the result of a finished run, got none")
    state = str(status) if status in ("finished", "failed") else "begun"
    return Planned(
        name, title, config, survey, state, result if state == "finished" else None, error
    )
