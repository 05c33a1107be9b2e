"""Jobs that end in every way there is, and the results expected of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.runner.fake_experiment import PLUGIN
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.runner.execute import KILLED_MESSAGE
from liaf_ref.experiments.runner.jobs import Job, JobResult

MIXED_BEHAVIORS = ("end", "fail", "end", "kill", "raise", "end", "end", "end")


def make_jobs(folder: Path, behaviors: Sequence[str], **changes: Any) -> list[Job]:
    folder.mkdir(parents=True, exist_ok=True)  # as the runner does, before it sends jobs
    source = DataSource().to_record()
    return [
        Job(
            f"job{number}",
            "fake",
            {"number": number, "behavior": behavior},
            source,
            str(folder / f"job{number}"),
            plugins=(PLUGIN,),
        )._replace(**changes)
        for number, behavior in enumerate(behaviors)
    ]


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
        found.setdefault(job.config["behavior"], []).append(errors[job.name])
        assert (result is None) != (errors[job.name] is None)
        assert result is None or result["test_accuracy"] == 1 / (1 + job.config["number"])
    return found


EXPECTED_ERRORS = {
    "end": [None] * 5,
    "fail": ["this job is meant to fail"],
    "kill": [KILLED_MESSAGE],
    "raise": ["ZeroDivisionError: a mistake in the code"],
}
