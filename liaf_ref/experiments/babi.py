"""Section VI-A: the network of Fig. 5 on bAbI tasks, one task and one cell at a time."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.data.babi import EDITIONS, GENERATED, Task, generate_task, load_task
from liaf_ref.data.batches import split_validation
from liaf_ref.door import check_choice, check_positive
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
        check_positive("task", self.task, "Table III")
        check_choice("cell", self.cell, CELLS, "Fig. 5")
        check_choice("optimiser", self.optimiser, OPTIMISERS, "run babi")
        check_choice("select", self.select, SELECTIONS, "run babi")
        if self.seed < 0:
            raise InputError(f"seed of run babi: expected a whole number >= 0, got {self.seed}")
        if not 0 < self.validation < 1:
            raise InputError(
                f"validation of run babi: expected a share in (0, 1), got {self.validation}"
            )
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
    RunError
        If the folder cannot be used; see :meth:`RunFolder.begin`.
    TrainingError
        When a loss or gradient is not finite.
    """
    began = time.perf_counter()
    network = BabiNetwork(task.vocab_size, config.cell, act=config.act)
    record = folder and RunFolder(folder, asdict(config) | {"data_sha256": task.sha256})
    state = record.begin(resume) if record else None
    earlier = float(record.read().get("seconds", 0.0)) if record else 0.0
    learn, validate, test, state = _prepare(task, config, network, state)
    for event in train(network, loss, config.rule(), (learn, validate), config.settings(), state):
        if record and isinstance(event, EpochDone):
            record.append(event)
        state = event.state
        yield event
    result = _result(task, config, network, state, (learn, test))
    result["seconds"] = round(earlier + time.perf_counter() - began, 3)
    if record:
        record.write(status="finished", seconds=result["seconds"], result=result)
    yield Finished(result)


def _prepare(
    task: Task, config: Config, network: BabiNetwork, state: TrainingState | None
) -> tuple[Examples, Examples, Examples, TrainingState]:
    seeds = np.random.SeedSequence(config.seed).spawn(3)
    init, split, order = (np.random.default_rng(seed) for seed in seeds)
    everything = Examples((task.train.story, task.train.query), task.train.answer)
    learn, validate = split_validation(task.train.number, config.validation, split)
    test = Examples((task.test.story, task.test.query), task.test.answer)
    if state is None:
        state = start(network.init(init), config.rule(), order)
    return everything.take(learn), everything.take(validate), test, state


def _result(
    task: Task,
    config: Config,
    network: BabiNetwork,
    state: TrainingState,
    data: tuple[Examples, Examples],
) -> dict[str, Any]:
    learn, test = data
    assert state.best is not None  # noqa: S101 - at least one epoch has run
    final = config.select == "final"
    epoch, params = (state.epoch, state.params) if final else (state.best.epoch, state.best.params)
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
        "train_accuracy": evaluate(network, loss, params, learn).accuracy,
        "validation_accuracy": state.best.score.accuracy,
        "test_accuracy": evaluate(network, loss, params, test).accuracy,
        "majority_accuracy": float((task.test.answer == answers[counts.argmax()]).mean()),
        "seed": config.seed,
    }
