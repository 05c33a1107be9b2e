"""What several tests need: a small network, small data, the command line, a look at a folder."""

import importlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.data.babi import Task, generate_task, generate_text, write_texts
from liaf_ref.kernels import dense, loss
from liaf_ref.kernels.array import Array
from liaf_ref.training.loop import iter_training
from liaf_ref.training.optimizers import Adam, ConstantLR, Optimizer
from liaf_ref.training.protocols import ArrayDataset, ArrayDict
from liaf_ref.training.state import Event, TrainingSettings, TrainingState, initial_training_state


class LazyModule:
    """A module, imported when it is used; `sys.modules`, which PyTorch reads, does not have it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        if attribute[0] == "_":  # pytest asks each name of a test file whether it wraps another
            raise AttributeError(attribute)
        return getattr(importlib.import_module(self._name), attribute)


RECORDS = ("run.json", "manifest.json", "results.json")
IGNORED_KEYS = ("seconds", "cwd")  # of a record: the run's own times and working folder
NUM_STORIES = 8  # five questions each
RESULT_COLUMNS = {
    *("task", "cell", "vocab_size", "T", "Q", "weights_layer", "weights_network", "epochs"),
    *("train_accuracy", "test_accuracy", "seconds"),
}


class SoftmaxRegression:
    """One dense layer on real inputs: the smallest network there is to train."""

    def forward(self, params: ArrayDict, X: Array) -> tuple[Array, dense.Tape]:
        return dense.forward(X, dense.Params(params["W"], params["b"]))

    def backward(self, dlogits: Array, tape: dense.Tape) -> ArrayDict:
        _, dp = dense.backward(dlogits, tape)
        return dp._asdict()


def softmax_params(seed: int = 5) -> ArrayDict:
    """Parameters of :class:`SoftmaxRegression`."""
    rng = np.random.default_rng(seed)
    return {"W": rng.normal(size=(3, 4)).astype(np.float32), "b": np.zeros(4, np.float32)}


def softmax_gradients(seed: int, dtype: Any = np.float64) -> ArrayDict:
    """Gradients in the shapes of :func:`softmax_params`."""
    rng = np.random.default_rng((9, seed))
    return {name: rng.normal(size=p.shape).astype(dtype) for name, p in softmax_params().items()}


def make_dataset(count: int, seed: int = 6) -> ArrayDataset:
    """Noisy examples for :class:`SoftmaxRegression`."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, count)
    X = rng.normal(size=(count, 3)) + np.eye(4, 3)[labels]
    return ArrayDataset((X.astype(np.float32),), labels)


class Setup(NamedTuple):
    """A training run in memory."""

    train_data: ArrayDataset = make_dataset(10, seed=6)
    validation_data: ArrayDataset = make_dataset(5, seed=7)
    optimizer: Optimizer = Adam(0.05)
    settings: TrainingSettings = TrainingSettings(epochs=3, batch_size=4)
    network: Any = SoftmaxRegression()
    schedule: Any = ConstantLR()

    def initial_state(self, seed: int = 8) -> TrainingState:
        return initial_training_state(softmax_params(), self.optimizer, np.random.default_rng(seed))

    def run(self, state: TrainingState | None = None) -> Iterator[Event]:
        state = state or self.initial_state()
        data = (self.train_data, self.validation_data)
        run = self.network, loss, self.optimizer, data, self.settings, state
        return iter_training(*run, schedule=self.schedule)

    def events(self, state: TrainingState | None = None) -> list[Event]:
        return list(self.run(state))


def trees_equal(a: Any, b: Any) -> bool:
    """Whether two trees of tuples, mappings and arrays are equal bit for bit."""
    if isinstance(a, Mapping):
        return list(a) == list(b) and all(trees_equal(a[key], b[key]) for key in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(trees_equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    return bool(a == b)


def ended(events: Iterable[Any]) -> tuple[TrainingState, dict[str, Any]]:
    """The last state of a run of an experiment, and its row without the time."""
    *_, last, end = events
    row = dict(end.result)
    assert row.pop("seconds") > 0
    return last.state, row


def small_task(number: int = 1) -> Task:
    """Generated questions, few."""
    return generate_task(number, stories=NUM_STORIES, seed=1)


def write_small_task(folder: Path, number: int = 1) -> Path:
    """Write :func:`small_task` in the published layout."""
    write_texts(folder, {number: generate_text(number, NUM_STORIES, 1)})
    return folder


def folder_contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def start_python(*args: object, cwd: Path) -> "subprocess.Popen[str]":
    """Start ``python ARGS``, its output captured."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, *map(str, args)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class CommandResult(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def wait_for(process: "subprocess.Popen[str]", timeout: float = 60) -> CommandResult:
    """Wait for a command."""
    out, err = process.communicate(timeout=timeout)
    return CommandResult(process.returncode, out, err)


def children(parent: int) -> list[int]:
    """Processes that a process has started, by what Linux says of it."""
    listed = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(child) for path in listed for child in path.read_text().split()]


def read_outputs(folder: Path) -> dict[str, Any]:
    """All files below a folder that bear their names, but for times and the working folder."""
    paths = (path for path in sorted(folder.rglob("[!.]*")) if path.is_file())
    return {str(path.relative_to(folder)): _comparable_content(path, folder) for path in paths}


def _comparable_content(path: Path, folder: Path) -> Any:
    content = path.read_bytes()
    if path.name in RECORDS:
        # A manifest names the folder of kept frames in full.
        text = json.dumps(_without_ignored(json.loads(content)))
        return text.replace(str(folder.resolve()), ".")
    if path.name == "checkpoint.npz":
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(arrays.pop("header").tobytes())
        state = {name: (x.dtype.str, x.shape, x.tobytes()) for name, x in arrays.items()}
        del header["seconds"], header["sha256"]  # the digest is of the seconds too
        return header, state
    if path.name == "table.md" and re.search(rb"\|\s*s \|\n", content):
        return re.sub(rb"[^|]*\|$", b"", content, flags=re.MULTILINE)  # the column of seconds
    return content


def _without_ignored(record: Any) -> Any:
    if isinstance(record, list):
        return [_without_ignored(item) for item in record]
    if not isinstance(record, dict):
        return record
    return {
        name: _without_ignored(value) for name, value in record.items() if name not in IGNORED_KEYS
    }
