"""Progress of a sweep: a bar in a terminal, a line for each job elsewhere."""

import time
from collections.abc import Iterable
from datetime import timedelta
from types import TracebackType
from typing import Any, TextIO

from tqdm import tqdm

from liaf_ref.experiments.sweep import EtaEstimator, JobResult, PlannedJob


class SweepProgress:
    """Shows how jobs end, and how long the others will take."""

    def __init__(
        self, jobs: Iterable[PlannedJob], pending: set[str], workers: int, stream: TextIO
    ) -> None:
        self.jobs = {job.name: job for job in jobs}
        self.stream = stream
        self.eta = EtaEstimator((self.jobs[name].estimate for name in pending), workers)
        for job in self.jobs.values():
            if job.result is not None:
                self.eta.add_duration(job.estimate, job.result.get("seconds", 0.0))
        self.n_ended = len(self.jobs) - len(pending)
        self.n_failed = sum(
            job.error is not None and job.name not in pending for job in self.jobs.values()
        )
        self.start_time = time.monotonic()
        self.bar: Any = None
        if stream.isatty():
            self.bar = tqdm(
                total=len(self.jobs),
                initial=self.n_ended,
                unit="job",
                file=stream,
                bar_format="{n_fmt}/{total_fmt} |{bar}| {elapsed} elapsed{postfix}",
            )

    def __enter__(self) -> "SweepProgress":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.close()

    def update(self, outcome: JobResult) -> None:
        """Show how a job ended."""
        job = self.jobs[outcome.name]
        self.n_ended += 1
        self.eta.remove_job(job.estimate)
        if outcome.result is None:
            self.n_failed += 1
            fact = "failed"
        else:
            seconds = outcome.result.get("seconds", 0.0)
            self.eta.add_duration(job.estimate, seconds)
            fact = f"test {100 * outcome.result['test_accuracy']:.1f} %, {seconds:.1f} s"
        left = self.eta.seconds_left()
        facts = [f"{self.n_failed} failed"] if self.n_failed else []
        facts += [f"{_format_duration(left)} left"] if left is not None else []
        if self.bar is not None:
            self.bar.set_postfix_str(", ".join(facts), refresh=False)
            self.bar.update()
            return
        elapsed = _format_duration(time.monotonic() - self.start_time)
        line = f"{self.n_ended}/{len(self.jobs)}  {job.title}: {fact}  {elapsed} elapsed"
        print(", ".join([line, *facts]), file=self.stream, flush=True)


def _format_duration(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
