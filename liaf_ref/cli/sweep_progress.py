"""Progress of a sweep: a bar in a terminal, a line for each job elsewhere."""

import time
from collections.abc import Collection
from datetime import timedelta
from typing import Any, TextIO

from liaf_ref._core.imports import progress_bar
from liaf_ref.experiments.runner.job import JobResult
from liaf_ref.experiments.runner.plan import PlannedJob


class SweepProgress:
    """Shows the result of each job, and the remaining time."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.bar: Any = None

    def start(self, jobs: list[PlannedJob], pending: Collection[str], workers: int) -> None:
        """Print how many jobs are finished already, and start the bar."""
        self.jobs = {job.name: job for job in jobs}
        finished = sum(job.result is not None for job in jobs)
        if finished:
            print(f"{finished} of {len(jobs)} jobs already finished, skipped", file=self.stream)
        self.n_pending = len(pending)
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
        self.n_ended += 1
        self.n_failed += result.result is None
        title = self.jobs[result.name].title
        if result.warning:
            write = print if self.bar is None else self.bar.write
            write(f"{title}: {result.warning}", file=self.stream)
        elapsed, pending = time.monotonic() - self.start_time, len(self.jobs) - self.n_ended
        left = elapsed * pending / (self.n_pending - pending)
        facts = [f"{self.n_failed} failed"] if self.n_failed else []
        facts.append(f"{timedelta(seconds=round(left))} left")
        if self.bar is not None:
            self.bar.set_postfix_str(", ".join(facts), refresh=False)
            self.bar.update()
            return
        facts.insert(0, f"{timedelta(seconds=round(elapsed))} elapsed")
        line = f"{self.n_ended}/{len(self.jobs)}  {title}: {_ended(result)}"
        print(f"{line};  {', '.join(facts)}", file=self.stream, flush=True)


def _ended(job: JobResult) -> str:
    if job.result is None:
        return "failed"
    accuracy, seconds = 100 * job.result["test_accuracy"], job.result.get("seconds", 0.0)
    return f"test {accuracy:.1f} %, took {seconds:.1f} s"
