"""Plan the runs of a manifest: their state and their estimated cost."""

import warnings
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.errors import ConfigError, FormatError
from liaf_ref._core.provenance import describe_mixing, library_versions
from liaf_ref.experiments.run_estimate import PROCESS_SECONDS, JobEstimate, RunEstimate
from liaf_ref.experiments.runner.job import as_recorded
from liaf_ref.experiments.runner.manifest import Manifest
from liaf_ref.training.run_folder import DATA_SHA256, RUN_FILE, diff_config, read_run_json

Records = Mapping[str, dict[str, Any] | None]  # by run: the content of its run.json, or None
NEW, STARTED, FINISHED, FAILED = "new", "started", "finished", "failed"


class PlannedJob(NamedTuple):
    """A run and its state."""

    name: str  # its folder
    title: str  # the values in which it differs from the other runs
    config: Any
    estimate: JobEstimate
    state: str  # "new", "started", "finished" or "failed"
    result: dict[str, Any] | None  # row of the results, if it is finished
    error: str | None


def plan_jobs(manifest: Manifest, out: Path | None) -> list[PlannedJob]:
    """Plan the runs of a manifest; nothing is written."""
    # A finished run counts as started if its configuration now has more epochs.
    manifest.source.check_exists()
    records = {name: _read_record(out, name) for name in manifest.configs}
    estimates = _estimate_jobs(manifest, records)
    titles = _titles(manifest.configs)
    jobs = [
        PlannedJob(
            name,
            titles[name],
            config,
            estimates[name],
            *_state(Path(out or ".", name), config, records[name], estimates[name]),
        )
        for name, config in manifest.configs.items()
    ]
    versions = [record.get("versions") for record in records.values() if record]
    mixed = describe_mixing(versions, library_versions())
    if mixed and any(job.state != FINISHED for job in jobs):
        warnings.warn(f"{out}: results may differ in the last bits: {mixed}", stacklevel=2)
    return jobs


def sweep_order(manifest: Manifest, jobs: Iterable[PlannedJob]) -> list[PlannedJob]:
    """Sort jobs by cost, the longest first; those with the same data follow one another."""
    # The workers end at about the same time, and each loads or simulates data once.
    return group_by_data(manifest, sorted(jobs, key=lambda job: -job.estimate.cost))


def group_by_data(manifest: Manifest, jobs: Iterable[PlannedJob]) -> list[PlannedJob]:
    """Put jobs with the same data together; otherwise keep the order."""
    groups: dict[Hashable, list[PlannedJob]] = {}
    for job in jobs:
        key = manifest.experiment.data_key(job.config, manifest.source)
        groups.setdefault(key, []).append(job)
    return [job for group in groups.values() for job in group]


def _read_record(out: Path | None, name: str) -> dict[str, Any] | None:
    if out is None or not (out / name / RUN_FILE).exists():
        return None
    return read_run_json(out / name)


def _estimate_jobs(manifest: Manifest, records: Records) -> dict[str, JobEstimate]:
    """Estimate jobs grouped by data, so that each data set is loaded at most once."""
    experiment, source = manifest.experiment, manifest.source
    groups: dict[Any, list[str]] = {}
    for name, config in manifest.configs.items():
        groups.setdefault(experiment.data_key(config, source), []).append(name)
    found: dict[str, JobEstimate] = {}
    for names in groups.values():
        seen = next(filter(None, (_recorded_sha256(records[name]) for name in names)), None)
        configs = [manifest.configs[name] for name in names]
        for name, estimate in zip(names, experiment.estimate_jobs(configs, source), strict=True):
            found[name] = estimate._replace(data_sha256=estimate.data_sha256 or seen)
    return found


def _recorded_sha256(record: dict[str, Any] | None) -> str | None:
    config = (record or {}).get("config")
    return config.get(DATA_SHA256) if isinstance(config, dict) else None


def _titles(configs: Mapping[str, Any]) -> dict[str, str]:
    """Title of each job: the given values that differ between jobs, or its folder's name."""
    values = {name: asdict(config) for name, config in configs.items()}
    first, *others = values.values()
    fields = [field for field in first if any(other[field] != first[field] for other in others)]
    return {
        name: " ".join(f"{field}={own[field]}" for field in fields if own[field] is not None)
        or Path(name).name
        for name, own in values.items()
    }


def _state(
    folder: Path, config: Any, record: dict[str, Any] | None, estimate: JobEstimate
) -> tuple[str, dict[str, Any] | None, str | None]:
    if record is None:
        return NEW, None, None
    recorded, status = record.get("config"), record.get("status")
    if not isinstance(recorded, dict):
        raise FormatError(
            folder / RUN_FILE, "expected the configuration of a run (config), got none"
        )
    expected = as_recorded(config) | {DATA_SHA256: estimate.data_sha256}
    if changes := diff_config(recorded, expected):
        raise ConfigError(folder, changes)
    if status == FAILED and recorded == expected:
        return FAILED, None, str(record.get("error"))
    if status != FINISHED or recorded != expected:  # more epochs now
        return STARTED, None, None
    result = record.get("result")
    if not isinstance(result, dict):
        raise FormatError(
            folder / RUN_FILE, "expected the result of a finished run (result), got none"
        )
    return FINISHED, result, None


def estimate_total(
    manifest: Manifest, jobs: Iterable[PlannedJob], workers: int
) -> RunEstimate | None:
    """Estimate the unfinished jobs; None if there are none, or their experiment has no estimate."""
    # One job of each kind is measured; the others take time in proportion to their cost.
    experiment, source = manifest.experiment, manifest.source
    pending = [job for job in jobs if job.state != FINISHED]
    largest: dict[str, PlannedJob] = {}
    for job in pending:
        other = largest.setdefault(job.estimate.kind, job)
        if job.estimate.cost > other.estimate.cost:
            largest[job.estimate.kind] = job
    measured = {}
    for kind, job in largest.items():
        estimate = experiment.estimate_run(job.config, source)
        if estimate is None:
            return None
        measured[kind] = estimate, job.estimate.cost
    if not measured:
        return None
    at_once = min(workers, len(pending))
    seconds = at_once * PROCESS_SECONDS
    for job in pending:
        estimate, cost = measured[job.estimate.kind]
        seconds += estimate.seconds * (job.estimate.cost / cost if cost else 1)
    memory = at_once * max(estimate.memory_bytes for estimate, _ in measured.values())
    return RunEstimate(seconds, memory)
