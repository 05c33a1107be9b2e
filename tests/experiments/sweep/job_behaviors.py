"""Jobs that end in every way there is, and the results expected of them."""

import os
from collections.abc import Sequence
from pathlib import Path

from experiments.sweep.fake_experiment import Config, FakeExperiment
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.sweep import Job, JobResult, job_name
from liaf_ref.experiments.sweep.local_pool import KILLED_MESSAGE

MIXED_BEHAVIORS = ("end", "fail", "end", "kill", "raise", "end", "end", "end")


def make_jobs(
    folder: Path, behaviors: Sequence[str], parent_pid: int | None = os.getpid()
) -> list[Job]:
    folder.mkdir(parents=True, exist_ok=True)  # as a sweep does, before it sends jobs
    jobs = []
    for number, behavior in enumerate(behaviors):
        config = Config(number, behavior)
        name = job_name("fake", config)
        jobs.append(
            Job(
                name, FakeExperiment(), config, DataSource(), folder / name, parent_pid, None, False
            )
        )
    return jobs


def errors_by_behavior(
    jobs: Sequence[Job], outcomes: Sequence[JobResult]
) -> dict[str, list[str | None]]:
    """Errors by what the job was to do, each job having ended once."""
    assert sorted(job.name for job in jobs) == sorted(outcome.name for outcome in outcomes)
    errors = {outcome.name: outcome.error for outcome in outcomes}
    results = {outcome.name: outcome.result for outcome in outcomes}
    found: dict[str, list[str | None]] = {}
    for job in jobs:
        result = results[job.name]
        found.setdefault(job.config.behavior, []).append(errors[job.name])
        assert (result is None) != (errors[job.name] is None)
        assert result is None or result["test_accuracy"] == 1 / (1 + job.config.number)
    return found


EXPECTED_ERRORS = {
    "end": [None] * 5,
    "fail": ["this job is meant to fail"],
    "kill": [KILLED_MESSAGE],
    "raise": ["ZeroDivisionError: a mistake in the code"],
}
