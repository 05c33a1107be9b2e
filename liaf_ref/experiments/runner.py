"""A run from its first step, or from where it stopped, to its row of the results."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from liaf_ref._core.errors import TrainingError
from liaf_ref._core.locks import directory_lock
from liaf_ref.training.checkpoint import check_compatible
from liaf_ref.training.early_stopping import early_stopping_reason
from liaf_ref.training.run_folder import RunFolder
from liaf_ref.training.state import EpochDone, Event, Score, TrainingSettings, TrainingState

LOCK_FILE = ".run.lock"  # not the one by which a sweep holds a job


class RunFinished(NamedTuple):
    """The last event of a run: its row of the results."""

    result: dict[str, Any]


class TrainingJob(Protocol):
    """What an experiment says of a run: all of it decided by its configuration and data."""

    def start(self) -> TrainingState:
        """State before the first step."""

    def train(self, state: TrainingState) -> Iterator[Event]:
        """Go on from a state to the last epoch."""

    def test_score(self, state: TrainingState) -> Score | None:
        """Score on the test examples after an epoch, where they are watched."""

    def result(self, state: TrainingState) -> dict[str, Any]:
        """Row of the results, of the state after the last epoch."""


def run_training(
    job: TrainingJob, run_folder: RunFolder | None, resume: bool
) -> Iterator[Event | RunFinished]:
    """Run a job and keep its record.

    If it is interrupted, or the reader of its events stops, the state of the last step is
    kept, and the run goes on from there.  Until then nobody else can run in its folder.
    """
    with _locked(run_folder, resume):
        yield from _run_training(job, run_folder, resume)


@contextlib.contextmanager
def _locked(run_folder: RunFolder | None, resume: bool) -> Iterator[None]:
    if run_folder is None:
        yield
        return
    run_folder.check_can_start(resume)  # before a folder is made
    with directory_lock(run_folder.path, LOCK_FILE):
        yield


def _run_training(
    job: TrainingJob, run_folder: RunFolder | None, resume: bool
) -> Iterator[Event | RunFinished]:
    began = time.perf_counter()
    saved = run_folder.start_or_resume(resume) if run_folder else None
    first = job.start()
    if run_folder and saved:
        check_compatible(run_folder.path / "checkpoint.npz", saved.state, first)
    stored, earlier = saved or (first, 0.0)
    state = stored
    try:
        for event in job.train(state):
            if run_folder and isinstance(event, EpochDone):
                run_folder.record_epoch(
                    event, earlier + _seconds_since(began), job.test_score(event.state)
                )
                stored = event.state
            state = event.state
            yield event
    except TrainingError as error:
        if run_folder:
            run_folder.write_run_json(status="failed", error=str(error))
        raise
    except (KeyboardInterrupt, GeneratorExit):
        if run_folder and state is not stored:
            run_folder.save_checkpoint(state, earlier + _seconds_since(began))
        raise
    result = job.result(state)
    result["seconds"] = round(earlier + _seconds_since(began), 3)
    if run_folder:
        run_folder.write_run_json(status="finished", seconds=result["seconds"], result=result)
    yield RunFinished(result)


def early_stopping_entry(state: TrainingState, settings: TrainingSettings) -> dict[str, str]:
    """Say in a row of the results why a run ended before its last epoch; nothing if it did not."""
    why = early_stopping_reason(state.validation_losses, settings.stop_after)
    return {} if why is None else {"stopped": why}


def _seconds_since(start: float) -> float:
    return time.perf_counter() - start
