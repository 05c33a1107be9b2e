"""A run from its first step, or from where it stopped, to its row of the results."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from liaf_ref.errors import TrainingError
from liaf_ref.lock import claimed
from liaf_ref.training.fits import check_fits
from liaf_ref.training.loop import EpochDone, Event, Score, Settings, TrainingState
from liaf_ref.training.record import RunFolder
from liaf_ref.training.stopping import stopped

LOCK = ".run.lock"  # not the one by which a sweep holds a job


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

    If it is interrupted, or whoever reads its events stops, the state of the last step is
    kept, and the run goes on from there.  Until then nobody else can run in its folder.

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
        If the folder cannot be used, or another run is at work there; see
        :meth:`RunFolder.begin`.
    TrainingError
        When a loss, gradient or parameter is not finite.
    """
    with _held(record, resume):
        yield from _conduct(job, record, resume)


@contextlib.contextmanager
def _held(record: RunFolder | None, resume: bool) -> Iterator[None]:
    if record is None:
        yield
        return
    record.check(resume)  # before a folder is made
    with claimed(record.path, LOCK):
        yield


def _conduct(job: Job, record: RunFolder | None, resume: bool) -> Iterator[Event | Finished]:
    began = time.perf_counter()
    saved = record.begin(resume) if record else None
    first = job.start()
    if record and saved:
        check_fits(record.path / "checkpoint.npz", saved.state, first)
    kept, earlier = saved or (first, 0.0)
    state = kept
    try:
        for event in job.train(state):
            if record and isinstance(event, EpochDone):
                record.append(event, earlier + _since(began), job.watched(event.state))
                kept = event.state
            state = event.state
            yield event
    except TrainingError as error:
        if record:
            record.write(status="failed", error=str(error))
        raise
    except (KeyboardInterrupt, GeneratorExit):
        if record and state is not kept:
            record.save(state, earlier + _since(began))
        raise
    result = job.result(state)
    result["seconds"] = round(earlier + _since(began), 3)
    if record:
        record.write(status="finished", seconds=result["seconds"], result=result)
    yield Finished(result)


def stopped_early(state: TrainingState, settings: Settings) -> dict[str, str]:
    """Say in a row of the results why a run ended before its last epoch; nothing if it did not."""
    why = stopped(state.losses, settings.stop_after)
    return {} if why is None else {"stopped": why}


def _since(began: float) -> float:
    return time.perf_counter() - began
