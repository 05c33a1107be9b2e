"""Progress of a sweep: a bar in a terminal, a line for each job elsewhere."""

import time
from collections.abc import Iterable
from datetime import timedelta
from types import TracebackType
from typing import Any, TextIO

from tqdm import tqdm

from liaf_ref.sweep import Outcome, Planned, Remaining


class SweepProgress:
    """Shows how jobs end, and how long the others will take.

    Parameters
    ----------
    jobs : iterable of Planned
        All jobs of the sweep.
    todo : set of str
        Names of those to run now.
    workers : int
        How many run at once.
    stream : TextIO
        Where to show it.
    """

    def __init__(
        self, jobs: Iterable[Planned], todo: set[str], workers: int, stream: TextIO
    ) -> None:
        self.jobs = {job.name: job for job in jobs}
        self.stream = stream
        self.remaining = Remaining((self.jobs[name].survey for name in todo), workers)
        for job in self.jobs.values():
            if job.result is not None:
                self.remaining.took(job.survey, job.result.get("seconds", 0.0))
        self.ended = len(self.jobs) - len(todo)
        self.failed = sum(
            job.error is not None and job.name not in todo for job in self.jobs.values()
        )
        self.began = time.monotonic()
        self.bar: Any = None
        if stream.isatty():
            self.bar = tqdm(
                total=len(self.jobs),
                initial=self.ended,
                unit="job",
                file=stream,
                bar_format="{n_fmt}/{total_fmt} |{bar}| {elapsed} gone{postfix}",
            )

    def __enter__(self) -> "SweepProgress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.close()

    def show(self, outcome: Outcome) -> None:
        """Show how a job ended."""
        job = self.jobs[outcome.name]
        self.ended += 1
        self.remaining.ended(job.survey)
        if outcome.result is None:
            self.failed += 1
            fact = "failed"
        else:
            seconds = outcome.result.get("seconds", 0.0)
            self.remaining.took(job.survey, seconds)
            fact = f"test {100 * outcome.result['test_accuracy']:.1f} %, {seconds:.1f} s"
        left = self.remaining.seconds()
        facts = [f"{self.failed} failed"] if self.failed else []
        facts += [f"{_clock(left)} left"] if left is not None else []
        if self.bar is not None:
            self.bar.set_postfix_str(", ".join(facts), refresh=False)
            self.bar.update()
            return
        gone = _clock(time.monotonic() - self.began)
        line = f"{self.ended}/{len(self.jobs)}  {job.title}: {fact}  {gone} gone"
        print(", ".join([line, *facts]), file=self.stream, flush=True)


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
