"""One task, one cell: split the questions, train, and look at the test questions at the end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_bool, check_instance
from liaf_ref.data.babi import Task
from liaf_ref.data.batches import split_validation
from liaf_ref.experiments.babi.config import BabiConfig
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.nonfinite_diagnosis import with_nonfinite_diagnosis
from liaf_ref.experiments.runner import RunFinished, early_stopping_entry, run_training
from liaf_ref.kernels import loss
from liaf_ref.networks import BabiNetwork
from liaf_ref.training.array_dict import ArrayDict
from liaf_ref.training.loop import compute_score, iter_training
from liaf_ref.training.run_folder import RunFolder
from liaf_ref.training.state import (
    ArrayDataset,
    Event,
    Score,
    TrainingState,
    initial_training_state,
)


class QuestionSplits(NamedTuple):
    """A task's questions: to learn from, to choose the epoch by, to report."""

    train: ArrayDataset
    validation: ArrayDataset
    test: ArrayDataset


def check_run(
    task: Task, config: BabiConfig, folder: Path | None = None, resume: bool = False
) -> None:
    """Refuse what :func:`run` would refuse before its first step, and write nothing."""
    split_questions(task, config)
    record = _run_folder(task, config, folder, resume)
    if record:
        record.check_can_start(resume)


def split_questions(task: Task, config: BabiConfig) -> QuestionSplits:
    """Set validation questions aside, whole stories of the training questions."""
    check_instance("task", task, Task, "run babi", "a Task")
    check_instance("config", config, BabiConfig, "run babi", "a Config")
    if task.number != config.task:
        reason = f"expected {config.task}, got task {task.number}"
        raise InputError.for_argument("task", "run babi", reason)
    everything = ArrayDataset((task.train.story, task.train.query), task.train.answer)
    test = ArrayDataset((task.test.story, task.test.query), task.test.answer)
    _, rng, _ = _spawn_generators(config)
    learn, validate = split_validation(
        task.train.story_index, config.validation_fraction, rng, "stories"
    )
    return QuestionSplits(everything.take(learn), everything.take(validate), test)


def run(
    task: Task,
    config: BabiConfig,
    folder: Path | None = None,
    resume: bool = False,
    source: DataSource | None = None,
) -> Iterator[Event | RunFinished]:
    """Train one cell on one task, and touch the test questions once unless told to watch them."""
    parts = split_questions(task, config)
    network = BabiNetwork(task.vocab_size, config.cell, act=config.act, padding=config.padding)
    job = _Job(task, config, parts, network)
    yield from run_training(job, _run_folder(task, config, folder, resume, source), resume)


class _Job(NamedTuple):
    """As :class:`liaf_ref.experiments.runner.TrainingJob`."""

    task: Task
    config: BabiConfig
    splits: QuestionSplits
    network: BabiNetwork

    def start(self) -> TrainingState:
        init, _, order = _spawn_generators(self.config)
        return initial_training_state(self.network.init(init), self.config.make_optimizer(), order)

    def train(self, state: TrainingState) -> Iterator[Event]:
        passes, rule = self.network.unchecked_functions(), self.config.make_optimizer()
        events = iter_training(
            passes, loss, rule, self.splits[:2], self.config.loop_settings(), state
        )
        return with_nonfinite_diagnosis(events, self.network, loss)

    def test_score(self, state: TrainingState) -> Score | None:
        return self._score(state.params, self.splits.test) if self.config.track_test else None

    def result(self, state: TrainingState) -> dict[str, Any]:
        assert state.best is not None  # noqa: S101 - at least one epoch has run
        task, config, network = self.task, self.config, self.network
        final = config.select_epoch == "final"
        epoch, params = (
            (state.epoch, state.params) if final else (state.best.epoch, state.best.params)
        )
        learn, validate, test = (self._score(params, part).accuracy for part in self.splits)
        answers, counts = np.unique(task.train.answer, return_counts=True)
        return {
            "task": task.number,
            "cell": config.cell,
            "condition": config.condition,
            "vocab_size": task.vocab_size,
            "T": task.T,
            "Q": task.Q,
            "weights_layer": network.temporal_layer.count_params(),
            "weights_network": network.count_params(),
            "epochs": state.epoch,
            "selected_epoch": epoch,
            "train_accuracy": learn,
            "validation_accuracy": validate,
            "test_accuracy": test,
            "majority_accuracy": float((task.test.answer == answers[counts.argmax()]).mean()),
            "seed": config.seed,
        } | early_stopping_entry(state, config.loop_settings())

    def _score(self, params: ArrayDict, examples: ArrayDataset) -> Score:
        return compute_score(self.network.unchecked_functions(), loss, params, examples)


def _run_folder(
    task: Task,
    config: BabiConfig,
    folder: Path | None,
    resume: bool,
    source: DataSource | None = None,
) -> RunFolder | None:
    if folder is not None:
        origin = source and source.to_record("babi")
        return RunFolder(folder, config.record() | {"data_sha256": task.sha256}, origin)
    if check_bool("resume", resume, "run babi"):
        raise InputError.for_argument(
            "resume", "run babi", "expected a folder for resume=True, got none"
        )
    return None


def _spawn_generators(config: BabiConfig) -> list[np.random.Generator]:
    """Draw initial parameters, validation split and batch order from streams of their own."""
    return [np.random.default_rng(s) for s in np.random.SeedSequence(config.seed).spawn(3)]
