"""What several tests need: a small network, small data, the command line, a look at a folder."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.data.babi import Task, generate_task, write_task
from liaf_ref.kernels import dense, loss
from liaf_ref.kernels.array import Array
from liaf_ref.training.loop import Event, Examples, Settings, TrainingState, start, train
from liaf_ref.training.named import Named
from liaf_ref.training.optimisers import Adam, Optimiser
from liaf_ref.training.schedules import Constant

STORIES = 8  # five questions each
ROW = {
    "task",
    "cell",
    "vocab_size",
    "T",
    "Q",
    "weights_layer",
    "weights_network",
    "epochs",
    "train_accuracy",
    "test_accuracy",
    "seconds",
}


class Softmax:
    """One dense layer on real inputs: the smallest network there is to train."""

    def forward(self, params: Named, X: Array) -> tuple[Array, dense.Tape]:
        return dense.forward(X, dense.Params(params["W"], params["b"]))

    def backward(self, dlogits: Array, tape: dense.Tape) -> Named:
        _, dp = dense.backward(dlogits, tape)
        return dp._asdict()


def numbers(seed: int = 5) -> Named:
    """Parameters of :class:`Softmax`."""
    rng = np.random.default_rng(seed)
    return {"W": rng.normal(size=(3, 4)).astype(np.float32), "b": np.zeros(4, np.float32)}


def gradients(seed: int, dtype: Any = np.float64) -> Named:
    """Gradients in the shapes of :func:`numbers`."""
    rng = np.random.default_rng((9, seed))
    return {name: rng.normal(size=p.shape).astype(dtype) for name, p in numbers().items()}


def examples(count: int, seed: int = 6) -> Examples:
    """Noisy examples for :class:`Softmax`."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, count)
    X = rng.normal(size=(count, 3)) + np.eye(4, 3)[labels]
    return Examples((X.astype(np.float32),), labels)


class Setup(NamedTuple):
    """A training run in memory."""

    learn: Examples = examples(10, seed=6)
    validate: Examples = examples(5, seed=7)
    optimiser: Optimiser = Adam(0.05)
    settings: Settings = Settings(epochs=3, batch_size=4)
    network: Any = Softmax()
    schedule: Any = Constant()

    def first(self, seed: int = 8) -> TrainingState:
        return start(numbers(), self.optimiser, np.random.default_rng(seed))

    def run(self, state: TrainingState | None = None) -> Iterator[Event]:
        state = state or self.first()
        data = (self.learn, self.validate)
        run = self.network, loss, self.optimiser, data, self.settings, state
        return train(*run, schedule=self.schedule)

    def events(self, state: TrainingState | None = None) -> list[Event]:
        return list(self.run(state))


def same(a: Any, b: Any) -> bool:
    """Whether two trees of tuples, mappings and arrays are equal bit for bit."""
    if isinstance(a, Mapping):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    return bool(a == b)


def small_task(number: int = 1) -> Task:
    """Generated questions, few."""
    return generate_task(number, stories=STORIES, seed=1)


def small_folder(folder: Path, number: int = 1) -> Path:
    """Write :func:`small_task` in the published layout."""
    write_task(folder, number, stories=STORIES, seed=1)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def python(*args: object, cwd: Path) -> "subprocess.Popen[str]":
    """Start ``python ARGS``, its output captured."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, *map(str, args)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Answer(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def finish(process: "subprocess.Popen[str]", timeout: float = 60) -> Answer:
    """Wait for a command."""
    out, err = process.communicate(timeout=timeout)
    return Answer(process.returncode, out, err)
