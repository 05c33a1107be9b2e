"""Section VI-A: the network of Fig. 5 on bAbI tasks, one task and one cell at a time."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.data.babi import EDITIONS, GENERATED, Task, generate_task, load_task
from liaf_ref.data.babi.tasks import check_task
from liaf_ref.data.batches import split_validation
from liaf_ref.door import check_choice, check_number, check_whole
from liaf_ref.errors import DataError, InputError
from liaf_ref.kernels import loss
from liaf_ref.networks import BabiNetwork
from liaf_ref.networks.babi import CELLS
from liaf_ref.training.loop import (
    EpochDone,
    Event,
    Examples,
    Settings,
    TrainingState,
    evaluate,
    start,
    train,
)
from liaf_ref.training.optimisers import SGD, Adam, AdamW, Optimiser
from liaf_ref.training.record import RunFolder

OPTIMISERS: dict[str, Callable[..., Optimiser]] = {"adam": Adam, "adamw": AdamW, "sgd": SGD}
SELECTIONS = ("best", "final")
DATA_VARIABLE = "LIAF_REF_DATA"


@dataclass(frozen=True)
class Config:
    """All that decides a result; the defaults are the paper's equivalent condition.

    Parameters
    ----------
    task : int
        bAbI task, 1 to 20.
    cell : str
        Temporal layer of Fig. 5.
    epochs, batch_size, clip
        As :class:`liaf_ref.training.loop.Settings`.
    lr, optimiser, weight_decay
        Learning rate; adam, adamw or sgd; and its weight decay.
    seed : int
        Seeds the initial parameters, the validation split and the batch order.
    validation : float
        Share of the training stories set aside to choose the epoch.
    select : str
        ``"best"`` on the validation questions, or the ``"final"`` epoch.
    """

    task: int
    cell: str
    epochs: int = 60
    lr: float = 1e-3
    seed: int = 0
    batch_size: int = 32
    optimiser: str = "adam"
    weight_decay: float = 0.0
    clip: float | None = None
    validation: float = 0.1
    select: str = "best"

    def __post_init__(self) -> None:
        check_task(self.task)
        check_choice("cell", self.cell, CELLS, "Fig. 5")
        check_choice("optimiser", self.optimiser, OPTIMISERS, "run babi")
        check_choice("select", self.select, SELECTIONS, "run babi")
        check_whole("seed", self.seed, "run babi", least=0)
        share = "a share in (0, 1)"
        check_number("validation", self.validation, "run babi", lambda x: 0 < x < 1, share)
        self.settings()
        self.rule()

    @property
    def act(self) -> str:
        """LIAF's activation: none, but ReLU on QA8, Section VI-A."""
        return "relu" if self.task == 8 else "identity"

    def settings(self) -> Settings:
        """Epochs and batches for the loop."""
        return Settings(self.epochs, self.batch_size, self.clip)

    def rule(self) -> Optimiser:
        """The optimiser."""
        return OPTIMISERS[self.optimiser](self.lr, weight_decay=self.weight_decay)


class Finished(NamedTuple):
    """The last event of a run: its row of the results."""

    result: dict[str, Any]


class Parts(NamedTuple):
    """A task's questions: to learn from, to choose the epoch by, to report."""

    learn: Examples
    validate: Examples
    test: Examples


def default_folder() -> Path | None:
    """The folder of data sets that the environment names, or None."""
    folder = os.environ.get(DATA_VARIABLE)
    return Path(folder) if folder else None


def load(task: int, folder: Path | None, edition: str = "en", seed: int = 0) -> Task:
    """Read a task from the published folder, or make one up where there is none.

    Parameters
    ----------
    task : int
        bAbI task, 1 to 20.
    folder : Path or None
        The published folder; None for generated text.
    edition : str
        Published edition, such as ``"en"`` or ``"en-10k"``.
    seed : int
        Seeds generated text.

    Returns
    -------
    Task
        Encoded questions.

    Raises
    ------
    DataError
        If the files are missing, or no generator covers the task.
    FormatError
        If a file does not follow the format.
    """
    check_choice("edition", edition, EDITIONS, "bAbI")
    if folder is not None:
        return load_task(folder, task, edition)
    if task not in GENERATED:
        known = ", ".join(str(number) for number in sorted(GENERATED))
        raise DataError(
            f"bAbI task {task}: embedded text covers tasks {known}; "
            "for the others pass --data with the published folder tasks_1-20_v1-2"
        )
    return generate_task(task, seed=seed)


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
    for event in train(network, loss, config.rule(), parts[:2], config.settings(), state):
        if record and isinstance(event, EpochDone):
            record.append(event, earlier + time.perf_counter() - began)
        state = event.state
        yield event
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
    learn, validate, test = (evaluate(network, loss, params, part).accuracy for part in parts)
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
