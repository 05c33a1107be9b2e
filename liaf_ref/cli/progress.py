"""Progress of runs and sweeps: bars in a terminal, lines elsewhere."""

import sys
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from liaf_ref._core.imports import progress_bar
from liaf_ref.experiments.runner.jobs import FINISHED, Job
from liaf_ref.training.state import Event, StepDone

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

    def __init__(self, desc: str, total: int | None = None, initial: int = 0) -> None:
        form = "{desc} |{bar}|" if total else "{desc}  {elapsed} elapsed"
        bar: dict[str, Any] = {"total": total, "initial": initial, "leave": bool(total)}
        bar |= {"file": sys.stderr, "desc": desc, "bar_format": form}
        self.bar: Any = progress_bar(**bar) if sys.stderr.isatty() else None
        self.desc, self.interval = desc, LINE_INTERVAL if self.bar is None else BAR_INTERVAL
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

    def show(self, text: str, done: float = 0) -> None:
        """Change the text, in place if there is a bar."""
        if self.bar is None:
            print(text, file=sys.stderr, flush=True)
        else:
            self.bar.n = done
            self.bar.set_description_str(text)

    def report(self, what: str) -> None:
        """Say what is done now, unless the last line was printed a moment ago."""
        if self.bar is not None or self.is_due():
            self.show(f"{self.desc}  {what}")

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
        state, total = event.state, self.epochs[name]
        batches = event.num_batches if isinstance(event, StepDone) else 1
        done = state.epoch + state.batch / batches
        if self.name != name:
            self.close()
            self.name, self.start_epoch, self.validation = name, done - 1 / batches, ""
            self.line = Line(name, total)
        if isinstance(event, StepDone):
            score = [part / event.num_samples for part in (state.loss_sum, state.num_correct)]
            place, stopped = f"{state.epoch + 1}/{total}, batch {state.batch}/{batches}", None
        else:
            score, place, stopped = [*event.train], f"{state.epoch}/{total}", event.stop_reason
            self.validation = f"  validation {100 * event.validation.accuracy:.1f} %"
            if warning := event.warning():
                self.line.add(f"{name}  {warning}")
        end = done == total or stopped is not None
        if not (self.line.is_due() or end):
            return
        seconds = time.monotonic() - self.line.start
        left = seconds / (done - self.start_epoch) * (total - done)
        times = f"{seconds:.0f} s elapsed" + ("" if end else f", {left:.0f} s left")
        metrics = f"loss {score[0]:.3f}  train {100 * score[1]:.1f} %{self.validation}  {times}"
        why = "" if stopped is None else f"; stopped: {stopped}"
        self.line.show(f"{name}  epoch {place}  {metrics}{why}", done)

    def end(self, job: Job) -> None:
        """A run has ended."""
        self.close()

    def close(self) -> None:
        """Remove the bar."""
        if self.line is not None:
            self.line.close()
        self.name = self.line = None


class SweepProgress:
    """Shows the result of each job, and the remaining time."""

    def __init__(self, jobs: Sequence[Job], pending: Collection[str]) -> None:
        self.total, self.pending, self.ended = len(jobs), len(pending), len(jobs) - len(pending)
        self.failed = sum(job.error is not None and job.name not in pending for job in jobs)
        self.line = Line(f"{self.ended}/{self.total}", self.total, self.ended)

    def close(self) -> None:
        """Remove the bar."""
        self.line.close()

    def update(self, name: str, event: Event) -> None:
        """Events within a job are not shown."""

    def end(self, job: Job) -> None:
        """Show how a job ended."""
        self.ended += 1
        self.failed += job.result is None
        if job.warning:
            self.line.add(f"{job.title}: {job.warning}")
        seconds, pending = time.monotonic() - self.line.start, self.total - self.ended
        left = timedelta(seconds=round(seconds * pending / (self.pending - pending)))
        facts = [f"{self.failed} failed"] * bool(self.failed) + [f"{left} left"]
        times = ", ".join((f"{timedelta(seconds=round(seconds))} elapsed", *facts))
        row, outcome = job.result, "failed"
        if row is not None:
            taken = row.get("seconds", 0.0)
            outcome = f"test {100 * row['test_accuracy']:.1f} %, took {taken:.1f} s"
        self.line.show(f"{self.ended}/{self.total}  {job.title}: {outcome};  {times}", self.ended)
