"""A run from its first step, or from where it stopped, to its row of the results."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from liaf_ref.errors import TrainingError
from liaf_ref.training.loop import EpochDone, Event, Score, TrainingState
from liaf_ref.training.record import RunFolder


class Finished(NamedTuple):
    """The last event of a run: its row of the results."""

    result: dict[str, Any]


class Job(Protocol):
    """What an experiment says of a run: all of it decided by its configuration and data."""

    def start(self) -> TrainingState:
        """State before the first step."""

    def train(self, state: TrainingState) -> Iterator[Event]:
        """Go on from a state to the last epoch."""

    def watched(self, state: TrainingState) -> Score | None:
        """Score on the test examples after an epoch, where they are watched."""

    def result(self, state: TrainingState) -> dict[str, Any]:
        """Row of the results, of the state after the last epoch."""


def conduct(job: Job, record: RunFolder | None, resume: bool) -> Iterator[Event | Finished]:
    """Run a job and keep its record.

    Parameters
    ----------
    job : Job
        What to run.
    record : RunFolder or None
        Where run.json, metrics.jsonl and checkpoint.npz go; nothing is written without it.
    resume : bool
        Whether to continue a run found there.

    Yields
    ------
    StepDone, EpochDone or Finished
        In the order in which they happen.

    Raises
    ------
    RunError or FormatError
        If the folder cannot be used; see :meth:`RunFolder.begin`.
    TrainingError
        When a loss, gradient or parameter is not finite.
    """
    began = time.perf_counter()
    saved = record.begin(resume) if record else None
    state, earlier = saved or (job.start(), 0.0)
    try:
        for event in job.train(state):
            state = event.state
            if record and isinstance(event, EpochDone):
                record.append(event, earlier + time.perf_counter() - began, job.watched(state))
            yield event
    except TrainingError as error:
        if record:
            record.write(status="failed", error=str(error))
        raise
    result = job.result(state)
    result["seconds"] = round(earlier + time.perf_counter() - began, 3)
    if record:
        record.write(status="finished", seconds=result["seconds"], result=result)
    yield Finished(result)
