"""``import liaf_ref as lr``: what it gives, and what its functions answer."""

import ast
import copy
import importlib
import inspect
import pickle
import re
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from threading import RLock
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tqdm import tqdm

import liaf_ref as lr
from liaf_ref._core.errors import InputError
from liaf_ref.networks import ConvBlock, NetworkConfig

STUB = Path(lr.__file__).with_suffix(".pyi")
SUBPACKAGES = (
    *("kernels", "layers", "networks", "training", "data", "oracle", "analysis", "interop"),
    *("exercises", "experiments", "plotting", "data.babi", "data.simulator"),
)


def stub_names() -> list[str]:
    imports = (n for n in ast.parse(STUB.read_text("utf-8")).body if isinstance(n, ast.ImportFrom))
    return sorted(alias.asname or alias.name for node in imports for alias in node.names)


def test_dir_lists_exactly_the_names_of_the_stub() -> None:
    assert dir(lr) == lr.__all__ == stub_names()
    assert 50 <= len(dir(lr)) <= 71


@pytest.mark.parametrize("name", SUBPACKAGES)
def test_dir_of_a_subpackage_lists_exactly_its_public_names(name: str) -> None:
    package = importlib.import_module(f"liaf_ref.{name}")
    assert dir(package) == sorted(package.__all__)
    assert [n for n in dir(package) if n.startswith("_")] == []
    for found in dir(package):
        assert getattr(package, found) is not None


# Training.


@pytest.fixture(scope="module")
def separable() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    X = np.random.default_rng(0).normal(size=(120, 5, 4))
    return X, (X.mean(axis=(1, 2)) > 0).astype(int)


def test_train_learns_a_generated_task() -> None:
    task = lr.load_babi(1, seed=0)
    net = lr.BabiNetwork(task.vocab_size, "gru", embedding_dim=16, units=16)
    result = lr.train(net, task.train, epochs=4, optimizer=lr.Adam(0.01))
    chance = np.bincount(task.test.labels).max() / len(task.test)
    score = lr.evaluate(net, result, task.test)
    assert score.accuracy > chance + 0.02
    assert result.history[-1].train_loss < result.history[0].train_loss
    assert [record.epoch for record in result.history] == [1, 2, 3, 4]
    best = max(result.history, key=lambda r: (r.val_accuracy, -r.val_loss))
    assert result.best_epoch == best.epoch
    assert repr(result) == (
        f"TrainingResult(4 epochs, best {best.epoch}: validation accuracy {best.val_accuracy:.3f}, "
        f"loss {best.val_loss:.3f})"
    )


def test_train_of_a_layer_depends_on_the_seed_alone(separable: Any) -> None:
    net = lr.Sequential([lr.DenseLIAF(4, 8), lr.Dense(8, 2)])
    one, two, other = (lr.train(net, separable, epochs=2, seed=seed) for seed in (1, 1, 2))
    assert one.history == two.history != other.history
    assert all(np.array_equal(one.params[name], two.params[name]) for name in one.params)
    assert one.params["dense1.W"].dtype == np.float64
    X, labels = separable
    single = lr.train(net, (X.astype(np.float32), labels), epochs=1)
    assert single.params["dense1.W"].dtype == np.float32
    assert one.running_stats is None


@pytest.mark.parametrize("cell", ["liaf", "lif"])
def test_train_of_a_network_with_dropout_and_batch_norm(cell: str) -> None:
    config = NetworkConfig("tiny", (8, 8, 2), 3, (ConvBlock(3, (2, 2)),), (5,), 2)
    rng = np.random.default_rng(0)
    frames = rng.poisson(1.0, (24, 3, 8, 8, 2)).astype(np.float32)
    labels = rng.integers(0, 2, 24)
    dropout = lr.train(lr.dvs_network(config, cell), (frames, labels), epochs=1, batch_size=8)
    assert dropout.running_stats == {}
    net = lr.gesture_network(cell, network_config=config)
    result = lr.train(net, (frames, labels), epochs=1, batch_size=8)
    assert result.running_stats is not None
    assert set(result.running_stats) == set(net.initial_running_stats())
    assert lr.evaluate(net, result, (frames, labels)) == lr.evaluate(
        net, result.params, (frames, labels), running_stats=result.running_stats
    )
    start = net.initial_running_stats()
    at_start = [
        lr.evaluate(net, p, (frames, labels), running_stats=start) for p in (result, result.params)
    ]
    assert at_start[0] == at_start[1] != lr.evaluate(net, result, (frames, labels))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_train_learns_targets_and_predicts_them(separable: Any, dtype: type) -> None:
    X, _ = separable
    targets = np.stack([X.mean(axis=(1, 2)), X[:, -1, 0]], axis=1)
    net = lr.Sequential([lr.DenseLIAF(4, 16, alpha=0.9), lr.Dense(16, 2)])
    loss, adam = lr.kernels.loss_mse, lr.Adam(0.01)
    result = lr.train(net, (X.astype(dtype), targets), epochs=40, loss=loss, optimizer=adam)
    best = result.history[result.best_epoch - 1]
    assert best.val_loss == min(record.val_loss for record in result.history)
    assert np.isnan([best.train_accuracy, best.val_accuracy]).all()
    assert repr(result).endswith(f": validation loss {best.val_loss:.3f})")
    found = lr.predict(net, result, X.astype(dtype), batch_size=50)
    assert found.dtype == dtype
    error = ((found - targets) ** 2).mean()
    assert error < 0.2 * targets.var()
    score = lr.evaluate(net, result, (X.astype(dtype), targets), loss=loss)
    assert score.loss == pytest.approx(error, rel=1e-4)
    assert np.isnan(score.accuracy)


def test_predictions_are_those_that_evaluate_scores(separable: Any) -> None:
    X, labels = separable
    net = lr.Dense(4, 2)
    result = lr.train(net, separable, epochs=1)
    right = lr.predict(net, result, X).argmax(axis=-1) == labels
    assert lr.evaluate(net, result, separable).accuracy == right.mean()
    assert lr.predict(BABI, BABI.init(0), (STORY, QUERY)).shape == (len(STORY), TASK.vocab_size)


def test_train_shows_progress_where_asked(separable: Any, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    lr.train(lr.Dense(4, 2), separable, epochs=1)
    assert capsys.readouterr() == ("", "")
    tqdm.set_lock(RLock())  # a process that forked while a bar was drawn would wait for its own
    lr.train(lr.Dense(4, 2), separable, epochs=1, progress=True)
    assert re.search(r"1/1 .*epoch.*, loss=\d.*, val_accuracy=[01]", capsys.readouterr().err)


X3, Y3 = np.zeros((20, 1, 3)), np.zeros(20, int)
DENSE, SAMPLES = lr.Dense(3, 2), (X3, Y3)
ONE_STORY = SimpleNamespace(inputs=X3, labels=Y3, story_index=np.ones(20, int))
TASK = lr.load_babi(1)
STORY, QUERY, ANSWERS = TASK.train.story, TASK.train.query, TASK.train.labels
BABI = lr.BabiNetwork(TASK.vocab_size, "lif")
api: Any = lr  # type checkers refuse most of these calls
train, check, run = api.train, api.gradcheck, api.run_experiment
PAIR = np.ones(2), np.ones(3)


def cubic(x: Any) -> Any:
    return (x**3).sum()


# Wrong calls, as users of PyTorch, Keras and scikit-learn write them, and what is said.
TARGETS = {"loss": api.kernels.loss_mse}
CALLS: list[tuple[str, Callable[[], object]]] = [
    ("network of training", lambda: train(api.Dense, SAMPLES)),
    ("got tuple of 2 arrays: (20, 1, 3), (20,)", lambda: train(SAMPLES, DENSE)),
    ("one output vector per step", lambda: train(lr.AveragePool((4, 4, 3), (2, 2)), SAMPLES)),
    ("inputs of the data", lambda: train(DENSE, ([X3], Y3))),
    ("(inputs, labels)", lambda: train(DENSE, X3)),
    ("none can be held out", lambda: train(DENSE, (X3[:3], Y3[:3]))),
    ("enough stories", lambda: train(DENSE, ONE_STORY)),
    ("such as liaf_ref.kernels.loss", lambda: train(DENSE, SAMPLES, loss="mse")),
    ("such as liaf_ref.kernels.loss_mse", lambda: train(DENSE, (X3, np.zeros((20, 2))))),
    ("shape (18, 2), got", lambda: train(DENSE, (X3, np.zeros((20, 3))), **TARGETS)),
    ("which are classes, or targets", lambda: train(DENSE, (X3, np.zeros(20)))),
    ("inputs of prediction", lambda: api.predict(DENSE, DENSE.init(0), SAMPLES)),
    ("expected classes in 0", lambda: train(DENSE, (X3, Y3 + 2))),
    ("such as Adam(0.001), got str 'a", lambda: train(DENSE, SAMPLES, optimizer="adam")),
    ("data of evaluation", lambda: api.evaluate(DENSE, SAMPLES, DENSE.init(0))),
    ("such as the train part of a task", lambda: train(BABI, TASK)),
    ("((story, query), labels), as", lambda: train(BABI, (STORY, ANSWERS))),
    ("fewer tokens than the query", lambda: train(BABI, ((QUERY, STORY), ANSWERS))),
    (
        "has no running statistics",
        lambda: api.evaluate(DENSE, DENSE.init(0), SAMPLES, running_stats={}),
    ),
    ("pass task.vocab_size", lambda: api.BabiNetwork(TASK, "lif")),
    ("pass result.params", lambda: api.interop.flatten(train(DENSE, SAMPLES, epochs=1))),
    ("a tuple (value, gradient)", lambda: check(cubic, np.ones(2))),
    ("shape (2,) for x", lambda: check(cubic, np.ones(2), lambda x: x[:1])),
    ("the form of x, tuple of 2", lambda: check(lambda p: 0.0, PAIR, lambda p: p[0])),
    ("return a weighted sum of it", lambda: check(lambda x: x, np.ones(2), cubic)),
    ("lambda x: f(*x)", lambda: check(lambda a, b: 0.0, PAIR, cubic)),
    ("make one of a layer with liaf_ref", lambda: check(api.Dense(2, 3), None)),
    ("did you mean babi?", lambda: run("bab")),
    ("got 'cel'; did you mean cell?", lambda: run("babi", task=1, cel="lif")),
    ("cache of run babi", lambda: run("babi", task=1, cell="lif", cache="x")),
    ("task", lambda: run("babi", task=21, cell="lif")),
    ("dtype of compare", lambda: lr.golden_case("l0_lif_all_mu0300").compare({}, "float16")),
]


@pytest.mark.parametrize(("words", "call"), CALLS)
def test_a_wrong_call_is_answered_with_the_right_one(
    words: str, call: Callable[[], object]
) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_help_and_copies_do_not_show_the_checks_of_a_call() -> None:
    assert str(inspect.signature(lr.evaluate)).startswith("(network: Any, params: ")
    assert list(inspect.signature(lr.Adam).parameters) == [f.name for f in fields(lr.Adam)]
    for value in (lr.Adam(0.1, eps=1e-3), lr.BabiNetwork(9, "lif", units=3)):
        assert copy.deepcopy(value) == value == pickle.loads(pickle.dumps(value))  # noqa: S301


# Data and experiments.


def test_run_experiment_returns_its_result(tmp_path: Path) -> None:
    options: dict[str, Any] = {"task": 1, "cell": "lif", "epochs": 1}
    without = lr.run_experiment("babi", **options)
    within = lr.run_experiment("babi", tmp_path / "run", **options)
    assert without | {"seconds": 0} == within | {"seconds": 0}
    assert (tmp_path / "run" / "run.json").is_file()
    assert lr.run_experiment("babi", tmp_path / "run", **options | {"epochs": 2})["epochs"] == 2


def test_the_stub_is_read_by_type_checkers() -> None:
    assert (STUB.parent / "py.typed").exists()
    assert "def " not in STUB.read_text("utf-8")
    assert sys.modules["liaf_ref"] is lr
