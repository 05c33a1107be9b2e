"""What a sweep has to do: every job, what it will cost, and how far it is already."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.errors import ConfigError, FormatError
from liaf_ref.experiments.data_source import DataSource, JobEstimate
from liaf_ref.experiments.sweep.spec import SweepSpec
from liaf_ref.experiments.sweep.worker import read_job_record
from liaf_ref.training.run_metrics import diff_config

Records = Mapping[str, dict[str, Any] | None]  # run.json by the job's name; None if there is none


class PlannedJob(NamedTuple):
    """A job as it stands before a sweep.

    Attributes
    ----------
    name, title : str
        Its hash, and the values that tell it from the others.
    config : object
        Its configuration.
    estimate : JobEstimate
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
    estimate: JobEstimate
    state: str
    result: dict[str, Any] | None
    error: str | None


def plan_jobs(spec: SweepSpec, source: DataSource, out: Path | None) -> list[PlannedJob]:
    """Lay out a sweep; nothing is written."""
    records = {
        name: (read_job_record(job_dir(out, name)) if out else None) for name in spec.configs
    }
    surveys = _estimate_jobs(spec, source, records)
    titles = _job_titles(spec.configs)
    return [
        PlannedJob(
            name,
            titles[name],
            config,
            surveys[name],
            *_job_state(out, name, config, records, surveys),
        )
        for name, config in spec.configs.items()
    ]


def job_dir(out: Path, name: str) -> Path:
    """Say where a job's record is, or will be."""
    return out / "jobs" / name


def longest_first(jobs: Iterable[PlannedJob]) -> list[PlannedJob]:
    """Order jobs so that workers end together; those of equal cost stay as they are."""
    return sorted(jobs, key=lambda job: -job.estimate.cost)


def _estimate_jobs(spec: SweepSpec, source: DataSource, records: Records) -> dict[str, JobEstimate]:
    """Survey the jobs that share data together: data are loaded once, or as a job has seen them."""
    groups: dict[Any, list[str]] = {}
    for name, config in spec.configs.items():
        groups.setdefault(spec.experiment.data_key(config, source), []).append(name)
    found: dict[str, JobEstimate] = {}
    for names in groups.values():
        seen = next(filter(None, (_recorded_sha256(records[name]) for name in names)), None)
        surveys = spec.experiment.estimate_jobs([spec.configs[name] for name in names], source)
        for name, survey in zip(names, surveys, strict=True):
            found[name] = survey._replace(data_sha256=survey.data_sha256 or seen)
    return found


def _recorded_sha256(record: dict[str, Any] | None) -> str | None:
    """Hash of the data that a job was run on."""
    config = (record or {}).get("config")
    return config.get("data_sha256") if isinstance(config, dict) else None


def _job_titles(configs: Mapping[str, Any]) -> dict[str, str]:
    """The values that are not the same in all jobs; of a single job, all."""
    values = {name: asdict(config) for name, config in configs.items()}
    first = next(iter(values.values()))
    text = [
        field
        for field, value in first.items()
        if len(values) == 1 or any(other[field] != value for other in values.values())
    ]
    return {
        name: " ".join(f"{field}={own[field]}" for field in text) for name, own in values.items()
    }


def _changes(required: dict[str, Any], found: dict[str, Any]) -> dict[str, str]:
    """What a finished job has that is asked for otherwise: an older version's split, say."""
    now = json.loads(json.dumps(required)) | {"data_sha256": found.get("data_sha256")}
    return diff_config(found, now)


def _job_state(
    out: Path | None, name: str, asked: Any, records: Records, estimates: Mapping[str, JobEstimate]
) -> tuple[str, dict[str, Any] | None, str | None]:
    """How far a job is, its result, and why it failed."""
    record = records[name]
    if out is None or record is None:
        return "new", None, None
    folder, seen, expected = (
        job_dir(out, name),
        _recorded_sha256(record),
        estimates[name].data_sha256,
    )
    if seen != expected:
        raise ConfigError(folder, {"data_sha256": f"was {seen!r}, is {expected!r}"})
    if record.get("status") == "failed":
        return "failed", None, str(record.get("error"))
    if record.get("status") != "finished":
        return "begun", None, None
    result = record.get("result")
    if not isinstance(result, dict):
        raise FormatError(folder / "run.json", "expected the result of a finished run, got none")
    if changes := _changes(asked.record(), record["config"]):
        raise ConfigError(folder, changes)
    return "finished", result, None
