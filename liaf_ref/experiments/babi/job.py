"""One task, one cell: split the questions, train, and look at the test questions once."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.data.babi import Task
from liaf_ref.data.batches import split_validation
from liaf_ref.errors import InputError, TrainingError
from liaf_ref.experiments.babi.config import Config
from liaf_ref.kernels import loss
from liaf_ref.networks import BabiNetwork
from liaf_ref.training.loop import (
    EpochDone,
    Event,
    Examples,
    TrainingState,
    evaluate,
    start,
    train,
)
from liaf_ref.training.record import RunFolder


class Finished(NamedTuple):
    """The last event of a run: its row of the results."""

    result: dict[str, Any]


class Parts(NamedTuple):
    """A task's questions: to learn from, to choose the epoch by, to report."""

    learn: Examples
    validate: Examples
    test: Examples


def check(task: Task, config: Config, folder: Path | None = None, resume: bool = False) -> None:
    """Refuse what :func:`run` would refuse before its first step, and write nothing.

    Parameters
    ----------
    task, config, folder, resume
        As for :func:`run`.

    Raises
    ------
    InputError
        If the configuration is of another task, or leaves no validation questions.
    RunError or FormatError
        If the folder cannot be used; see :meth:`RunFolder.check`.
    """
    divide(task, config)
    if folder is not None:
        _record(task, config, folder).check(resume)


def divide(task: Task, config: Config) -> Parts:
    """Set validation questions aside, whole stories of the training questions.

    Parameters
    ----------
    task, config
        As for :func:`run`.

    Returns
    -------
    Parts
        The test questions are the published ones.

    Raises
    ------
    InputError
        As :func:`check`.
    """
    if task.number != config.task:
        raise InputError(f"task of run babi: expected {config.task}, got task {task.number}")
    everything = Examples((task.train.story, task.train.query), task.train.answer)
    test = Examples((task.test.story, task.test.query), task.test.answer)
    _, rng, _ = _generators(config)
    learn, validate = split_validation(task.train.number, config.validation, rng)
    return Parts(everything.take(learn), everything.take(validate), test)


def run(
    task: Task, config: Config, folder: Path | None = None, resume: bool = False
) -> Iterator[Event | Finished]:
    """Train one cell on one task and touch the test questions once, at the end.

    Parameters
    ----------
    task : Task
        From :func:`load`.
    config : Config
        What to run.
    folder : Path, optional
        Where run.json, metrics.jsonl and checkpoint.npz go; nothing is written
        without it.
    resume : bool
        Whether to continue a run found there.

    Yields
    ------
    StepDone, EpochDone or Finished
        In the order in which they happen.

    Raises
    ------
    InputError
        As :func:`check`.
    RunError
        If the folder cannot be used; see :meth:`RunFolder.begin`.
    TrainingError
        When a loss, gradient or parameter is not finite.
    """
    began = time.perf_counter()
    network = BabiNetwork(task.vocab_size, config.cell, act=config.act)
    parts = divide(task, config)
    record = None if folder is None else _record(task, config, folder)
    saved = record.begin(resume) if record else None
    if saved:
        state, earlier = saved
    else:
        init, _, order = _generators(config)
        state, earlier = start(network.init(init), config.rule(), order), 0.0
    events = train(network.unchecked(), loss, config.rule(), parts[:2], config.settings(), state)
    try:
        for event in events:
            if record and isinstance(event, EpochDone):
                record.append(event, earlier + time.perf_counter() - began)
            state = event.state
            yield event
    except TrainingError as error:
        if record:
            record.write(status="failed", error=str(error))
        raise
    result = _result(task, config, network, state, parts)
    result["seconds"] = round(earlier + time.perf_counter() - began, 3)
    if record:
        record.write(status="finished", seconds=result["seconds"], result=result)
    yield Finished(result)


def _record(task: Task, config: Config, folder: Path) -> RunFolder:
    return RunFolder(folder, asdict(config) | {"data_sha256": task.sha256})


def _generators(config: Config) -> list[np.random.Generator]:
    """Draw initial parameters, validation split and batch order from streams of their own."""
    return [np.random.default_rng(s) for s in np.random.SeedSequence(config.seed).spawn(3)]


def _result(
    task: Task,
    config: Config,
    network: BabiNetwork,
    state: TrainingState,
    parts: Parts,
) -> dict[str, Any]:
    assert state.best is not None  # noqa: S101 - at least one epoch has run
    final = config.select == "final"
    epoch, params = (state.epoch, state.params) if final else (state.best.epoch, state.best.params)
    learn, validate, test = (
        evaluate(network.unchecked(), loss, params, part).accuracy for part in parts
    )
    answers, counts = np.unique(task.train.answer, return_counts=True)
    return {
        "task": task.number,
        "cell": config.cell,
        "vocab_size": task.vocab_size,
        "T": task.T,
        "Q": task.Q,
        "weights_layer": network.layer.count(),
        "weights_network": network.count(),
        "epochs": state.epoch,
        "selected_epoch": epoch,
        "train_accuracy": learn,
        "validation_accuracy": validate,
        "test_accuracy": test,
        "majority_accuracy": float((task.test.answer == answers[counts.argmax()]).mean()),
        "seed": config.seed,
    }
