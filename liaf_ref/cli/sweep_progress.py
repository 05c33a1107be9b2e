"""Progress of a sweep: a bar in a terminal, a line for each job elsewhere."""

import time
from collections.abc import Collection
from datetime import timedelta
from typing import Any, TextIO

from liaf_ref._core.progress_bar import progress_bar
from liaf_ref.experiments.runner import EtaEstimator, JobResult, PlannedJob


class SweepProgress:
    """Shows the result of each job, and the remaining time."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.jobs: dict[str, PlannedJob] = {}
        self.bar: Any = None

    def start(self, jobs: list[PlannedJob], pending: Collection[str], workers: int) -> None:
        """Print how many jobs are finished already, and start the bar."""
        self.jobs = {job.name: job for job in jobs}
        finished = sum(job.result is not None for job in jobs)
        if finished:
            print(f"{finished} of {len(jobs)} jobs already finished, skipped", file=self.stream)
        self.eta = EtaEstimator((self.jobs[name].estimate for name in pending), workers)
        for job in jobs:
            if job.result is not None:
                self.eta.add_duration(job.estimate, job.result.get("seconds", 0.0))
        self.n_ended = len(jobs) - len(pending)
        self.n_failed = sum(job.error is not None and job.name not in pending for job in jobs)
        self.start_time = time.monotonic()
        if self.stream.isatty():
            self.bar = progress_bar(
                total=len(jobs),
                initial=self.n_ended,
                unit="job",
                file=self.stream,
                bar_format="{n_fmt}/{total_fmt} |{bar}| {elapsed} elapsed{postfix}",
            )

    def close(self) -> None:
        """Remove the bar."""
        if self.bar is not None:
            self.bar.close()

    def end(self, result: JobResult) -> None:
        """Show how a job ended."""
        job = self.jobs[result.name]
        self.n_ended += 1
        self.eta.remove_job(job.estimate)
        if result.result is None:
            self.n_failed += 1
            fact = "failed"
        else:
            seconds = result.result.get("seconds", 0.0)
            self.eta.add_duration(job.estimate, seconds)
            fact = f"test {100 * result.result['test_accuracy']:.1f} %, took {seconds:.1f} s"
        left = self.eta.seconds_left()
        facts = [f"{self.n_failed} failed"] if self.n_failed else []
        facts += [f"{_format_duration(left)} left"] if left is not None else []
        if self.bar is not None:
            self.bar.set_postfix_str(", ".join(facts), refresh=False)
            self.bar.update()
            return
        elapsed = _format_duration(time.monotonic() - self.start_time)
        line = f"{self.n_ended}/{len(self.jobs)}  {job.title}: {fact};  {elapsed} elapsed"
        print(", ".join([line, *facts]), file=self.stream, flush=True)


def _format_duration(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
