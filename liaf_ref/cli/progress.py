"""Progress of runs and sweeps: bars in a terminal, lines elsewhere."""

import sys
import time
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, TextIO

from liaf_ref._core.imports import progress_bar
from liaf_ref.experiments.runner.job import JobResult
from liaf_ref.experiments.runner.plan import FINISHED, PlannedJob
from liaf_ref.training.state import EpochDone, Event, StepDone

LINE_INTERVAL = 5.0  # between lines
BAR_INTERVAL = 0.1  # between changes of a bar


class Progress:
    """Shows the epoch of a run, its loss and accuracy, and the remaining time."""

    # Within an epoch, loss and training accuracy are those of its batches so far, and the
    # validation accuracy is that of the epoch before.

    def __init__(self, name: str, epochs: int, stream: TextIO) -> None:
        self.name, self.epochs, self.stream = name, epochs, stream
        self.bar: Any = None
        if stream.isatty():
            form = "{desc} |{bar}|"
            self.bar = progress_bar(total=epochs, desc=name, file=stream, bar_format=form)
        self.interval = BAR_INTERVAL if self.bar is not None else LINE_INTERVAL
        self.start_time = self.last_update = time.monotonic()
        self.start_epoch: float | None = None
        self.validation_text = self.warning = ""

    def close(self) -> None:
        """Remove the bar."""
        if self.bar is not None:
            self.bar.close()

    def update(self, event: Event) -> None:
        """Show an event, unless one was shown within ``interval`` seconds."""
        done = _epochs_done(event)
        if self.start_epoch is None:
            self.start_epoch = done - (1 / event.num_batches if isinstance(event, StepDone) else 1)
        if isinstance(event, EpochDone):
            self.validation_text = f"  validation {100 * event.validation.accuracy:.1f} %"
            if not self.warning and (warning := event.warning()):
                self.warning = f"{self.name}  {warning}"
                print(self.warning, file=self.stream, flush=True)
        end = isinstance(event, EpochDone) and (
            done == self.epochs or event.stop_reason is not None
        )
        now = time.monotonic()
        if now - self.last_update < self.interval and not end:
            return
        self.last_update = now
        left = (now - self.start_time) / (done - self.start_epoch) * (self.epochs - done)
        elapsed = f"{now - self.start_time:.0f} s elapsed"
        self._write(event, elapsed if end else f"{elapsed}, {left:.0f} s left", done)

    def _write(self, event: Event, time_left: str, epochs_done: float) -> None:
        why = event.stop_reason if isinstance(event, EpochDone) else None
        stopped = "" if why is None else f"stopped: {why}"
        if self.bar is None:
            metrics = self._format_metrics(event)
            line = f"{self.name}  epoch {self._position(event)}  {metrics}  {time_left}"
            print("; ".join(filter(None, (line, stopped))), file=self.stream, flush=True)
            return
        self.bar.n = min(epochs_done, self.epochs)
        epoch = self._position(event).partition(",")[0]
        self.bar.set_description_str(
            f"{self.name} {epoch}  {self._format_metrics(event)}  {time_left}"
        )
        if stopped:
            self.bar.write(f"{self.name}  {stopped}", file=self.stream)

    def _position(self, event: Event) -> str:
        epoch = event.state.epoch
        if isinstance(event, StepDone):
            return f"{epoch + 1}/{self.epochs}, batch {event.state.batch}/{event.num_batches}"
        return f"{epoch}/{self.epochs}"

    def _format_metrics(self, event: Event) -> str:
        if isinstance(event, StepDone):
            sums = event.state.loss_sum, event.state.num_correct
            loss, accuracy = (total / event.num_samples for total in sums)
        else:
            loss, accuracy = event.train
        return f"loss {loss:.3f}  train {100 * accuracy:.1f} %{self.validation_text}"


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


class RunProgress:
    """Progress of the runs of a folder: of one run at a time, or of all with several workers."""

    def __init__(self, epochs: Mapping[str, int]) -> None:
        self.epochs = epochs
        self.current: Progress | None = None
        self.all_jobs: SweepProgress | None = None

    def close(self) -> None:
        """Remove the bars."""
        self._close_current()
        if self.all_jobs is not None:
            self.all_jobs.close()

    def start(self, jobs: list[PlannedJob], pending: Collection[str], workers: int) -> None:
        """Print the finished runs, which are skipped."""
        for job in jobs:
            if job.state == FINISHED and job.name in self.epochs:
                print(f"{job.name}: already finished, skipped", file=sys.stderr)
        if workers > 1:
            self.all_jobs = SweepProgress(sys.stderr)
            self.all_jobs.start([job for job in jobs if job.name in pending], pending, workers)

    def update(self, name: str, event: Event) -> None:
        """Show an event of a run."""
        if self.current is None or self.current.name != name:
            self._close_current()
            self.current = Progress(name, self.epochs[name], sys.stderr)
        self.current.update(event)

    def end(self, result: JobResult) -> None:
        """Show how a run ended."""
        self._close_current()
        if self.all_jobs is not None:
            self.all_jobs.end(result)

    def _close_current(self) -> None:
        if self.current is not None:
            self.current.close()
            self.current = None


def _epochs_done(event: Event) -> float:
    """Number of epochs done, including the finished part of the current one."""
    within = event.state.batch / event.num_batches if isinstance(event, StepDone) else 0
    return event.state.epoch + within
