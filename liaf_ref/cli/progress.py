"""Progress of runs and sweeps: bars in a terminal, lines elsewhere."""

import sys
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from liaf_ref._core.imports import progress_bar
from liaf_ref.experiments.runner.jobs import FINISHED, Job
from liaf_ref.training.state import EpochDone, Event, StepDone

LINE_INTERVAL = 5.0  # between lines
BAR_INTERVAL = 0.1  # between changes of a bar


def print_skipped(jobs: Sequence[Job], by_count: bool) -> None:
    """Say which runs are finished already, or how many of a sweep."""
    skipped = [job.name for job in jobs if job.state == FINISHED]
    for name in () if by_count else skipped:
        print(f"{name}: already finished, skipped", file=sys.stderr)
    if by_count and skipped:
        print(f"{len(skipped)} of {len(jobs)} jobs already finished, skipped", file=sys.stderr)


class Line:
    """One changing line on standard error: a bar in a terminal, a line every 5 s elsewhere."""

    def __init__(self, **bar: Any) -> None:
        self.bar: Any = progress_bar(file=sys.stderr, **bar) if sys.stderr.isatty() else None
        self.interval = LINE_INTERVAL if self.bar is None else BAR_INTERVAL
        self.start = self.last = time.monotonic()

    def close(self) -> None:
        """Remove the bar."""
        if self.bar is not None:
            self.bar.close()

    def is_due(self) -> bool:
        """Whether the last change was ``interval`` seconds ago; if so, this is the next."""
        now = time.monotonic()
        due = now - self.last >= self.interval
        self.last = now if due else self.last
        return due

    def show(self, text: str) -> None:
        """Change the text, in place if there is a bar."""
        if self.bar is None:
            print(text, file=sys.stderr, flush=True)
        else:
            self.bar.set_description_str(text)

    def add(self, text: str) -> None:
        """Print a line that stays."""
        write = print if self.bar is None else self.bar.write
        write(text, file=sys.stderr)


class RunProgress:
    """Shows one run after another: its epoch, loss and accuracy, and the remaining time."""

    # Within an epoch, loss and training accuracy are those of its batches so far, and the
    # validation accuracy is that of the epoch before.

    def __init__(self, epochs: Mapping[str, int]) -> None:
        self.epochs = epochs
        self.name: str | None = None  # of the current run
        self.line: Any = None

    def update(self, name: str, event: Event) -> None:
        """Show an event of a run, if the last was shown some time ago."""
        done = _epochs_done(event)
        if self.name != name:
            self._begin(name, done - (1 / event.num_batches if isinstance(event, StepDone) else 1))
        total, end = self.epochs[name], False
        if isinstance(event, EpochDone):
            end = done == total or event.stop_reason is not None
            self.validation_text = f"  validation {100 * event.validation.accuracy:.1f} %"
            if warning := event.warning():
                self.line.add(f"{name}  {warning}")
        if self.line.is_due() or end:
            seconds = time.monotonic() - self.line.start
            left = seconds / (done - self.start_epoch) * (total - done)
            elapsed = f"{seconds:.0f} s elapsed"
            self._show(event, elapsed if end else f"{elapsed}, {left:.0f} s left", done)

    def end(self, result: Job) -> None:
        """A run has ended."""
        self.close()

    def close(self) -> None:
        """Remove the bar."""
        if self.line is not None:
            self.line.close()
        self.name = self.line = None

    def _begin(self, name: str, start_epoch: float) -> None:
        self.close()
        self.name, self.start_epoch, self.validation_text = name, start_epoch, ""
        self.line = Line(total=self.epochs[name], desc=name, bar_format="{desc} |{bar}|")

    def _show(self, event: Event, time_left: str, epochs_done: float) -> None:
        total, epoch, stopped = self.epochs[str(self.name)], event.state.epoch, ""
        if isinstance(event, StepDone):
            sums = event.state.loss_sum, event.state.num_correct
            loss, accuracy = (part / event.num_samples for part in sums)
            epoch, within = epoch + 1, f", batch {event.state.batch}/{event.num_batches}"
        else:
            (loss, accuracy), within = event.train, ""
            stopped = "" if event.stop_reason is None else f"stopped: {event.stop_reason}"
        metrics = f"loss {loss:.3f}  train {100 * accuracy:.1f} %{self.validation_text}"
        if self.line.bar is None:
            line = f"{self.name}  epoch {epoch}/{total}{within}  {metrics}  {time_left}"
            self.line.show("; ".join(filter(None, (line, stopped))))
            return
        self.line.bar.n = min(epochs_done, total)
        self.line.show(f"{self.name} {epoch}/{total}  {metrics}  {time_left}")
        if stopped:
            self.line.add(f"{self.name}  {stopped}")


class SweepProgress:
    """Shows the result of each job, and the remaining time."""

    def __init__(self, jobs: Sequence[Job], pending: Collection[str]) -> None:
        self.n_jobs = len(jobs)
        self.n_pending, self.n_ended = len(pending), len(jobs) - len(pending)
        self.n_failed = sum(job.error is not None and job.name not in pending for job in jobs)
        form = "{n_fmt}/{total_fmt} |{bar}| {elapsed} elapsed{postfix}"
        self.line = Line(total=len(jobs), initial=self.n_ended, unit="job", bar_format=form)

    def close(self) -> None:
        """Remove the bar."""
        self.line.close()

    def update(self, name: str, event: Event) -> None:
        """Events within a job are not shown."""

    def end(self, result: Job) -> None:
        """Show how a job ended."""
        self.n_ended += 1
        self.n_failed += result.result is None
        title, bar = result.title, self.line.bar
        if result.warning:
            self.line.add(f"{title}: {result.warning}")
        seconds, pending = time.monotonic() - self.line.start, self.n_jobs - self.n_ended
        left = timedelta(seconds=round(seconds * pending / (self.n_pending - pending)))
        facts = [f"{self.n_failed} failed"] if self.n_failed else []
        facts.append(f"{left} left")
        if bar is not None:
            bar.set_postfix_str(", ".join(facts), refresh=False)
            bar.update()
            return
        facts.insert(0, f"{timedelta(seconds=round(seconds))} elapsed")
        ended = f"{self.n_ended}/{self.n_jobs}  {title}: {_ended(result)}"
        self.line.show(f"{ended};  {', '.join(facts)}")


def _ended(job: Job) -> str:
    if job.result is None:
        return "failed"
    accuracy, seconds = 100 * job.result["test_accuracy"], job.result.get("seconds", 0.0)
    return f"test {accuracy:.1f} %, took {seconds:.1f} s"


def _epochs_done(event: Event) -> float:
    """Number of epochs done, including the finished part of the current one."""
    within = event.state.batch / event.num_batches if isinstance(event, StepDone) else 0
    return event.state.epoch + within
