"""Masks and running statistics in training: drawn by step, kept in the state, used to evaluate."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from support import trees_equal

from liaf_ref.kernels.array import Array
from liaf_ref.layers import (
    Activation,
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    NamedLayer,
    TimeMean,
)
from liaf_ref.networks import NetworkConfig, SequenceClassifier
from liaf_ref.training import checkpoint
from liaf_ref.training.loop import compute_score, iter_training
from liaf_ref.training.optimizers import Adam
from liaf_ref.training.protocols import ArrayDataset
from liaf_ref.training.state import (
    EpochDone,
    Event,
    TrainingSettings,
    TrainingState,
    initial_training_state,
)

SHAPE = (2, 2, 2)
NETWORK_CONFIG = NetworkConfig("small", SHAPE, 3, (), (), 4)
LAYERS = (
    NamedLayer("flat", Flatten(SHAPE)),
    NamedLayer("dense1", Dense(8, 6)),
    NamedLayer("norm1", BatchNorm((6,))),
    NamedLayer("act1", Activation((6,), "tanh")),
    NamedLayer("sum", TimeMean((6,))),
    NamedLayer("drop1", Dropout((6,))),
    NamedLayer("out", Dense(6, 4)),
)
OPTIMIZER, SETTINGS = Adam(lr=0.01), TrainingSettings(epochs=3, batch_size=4, eval_batch_size=3)


@cache
def network() -> SequenceClassifier:
    return SequenceClassifier(LAYERS, T=NETWORK_CONFIG.steps)


def make_dataset(seed: int, count: int) -> ArrayDataset:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, count)
    frames = rng.normal(size=(count, 3, *SHAPE)) + labels[:, None, None, None, None]
    return ArrayDataset((frames.astype(np.float32),), labels)


DATA = make_dataset(0, 10), make_dataset(1, 5)


def initial_state() -> TrainingState:
    net = network()
    rng = np.random.default_rng(2)
    return initial_training_state(net.init(rng), OPTIMIZER, rng, net.initial_running_stats())


def events(state: TrainingState) -> list[Event]:
    net = network()
    return list(iter_training(net.passes(), net.loss, OPTIMIZER, DATA, SETTINGS, state, net))


def test_from_every_event_the_run_goes_on_as_it_would_have(tmp_path: Path) -> None:
    whole = events(initial_state())
    for number, event in enumerate(whole[:-1]):
        checkpoint.save(tmp_path / "c.npz", event.state)
        state = checkpoint.load(tmp_path / "c.npz").state
        assert trees_equal(state, event.state)
        rest = events(state)
        assert len(rest) == len(whole) - number - 1
        assert trees_equal(rest[-1].state, whole[-1].state)


def test_every_step_has_masks_of_its_own() -> None:
    drawn: list[Array] = []

    class Spy(SequenceClassifier):
        def draw_masks(self, rng: Any, batch: int, dtype: Any = np.float32) -> Any:
            given = super().draw_masks(rng, batch, dtype)
            drawn.append(given["drop1.M"])
            return given

    net = network()
    spy = Spy(net.sequential, net.T)
    list(iter_training(spy.passes(), net.loss, OPTIMIZER, DATA, SETTINGS, initial_state(), spy))
    assert [len(M) for M in drawn] == 3 * [4, 4, 2]
    assert len({M.tobytes() for M in drawn}) == len(drawn)
    assert {float(x) for M in drawn for x in M.ravel()} == {0.0, 2.0}


def test_running_statistics_follow_every_step_and_evaluate() -> None:
    net = network()
    *_, last = events(initial_state())
    assert isinstance(last, EpochDone)
    state = last.state
    assert state.running_stats is not None
    assert not trees_equal(state.running_stats, net.initial_running_stats())
    score = compute_score(net.passes(), net.loss, state.params, DATA[1], 3, state.running_stats)
    assert score == last.validation
    other = compute_score(
        net.passes(), net.loss, state.params, DATA[1], 3, net.initial_running_stats()
    )
    assert other != score
    best = state.best
    assert best is not None
    assert best.running_stats is not None
    again = compute_score(net.passes(), net.loss, best.params, DATA[1], 3, best.running_stats)
    assert again == best.score


def test_one_step_by_hand() -> None:
    net, state = network(), initial_state()
    first, *_ = events(state)
    order = np.random.default_rng(2)
    net.init(order)
    index = order.permutation(10)[:4]
    batch = DATA[0].take(index)
    rng = np.random.default_rng([state.rng_state["state"]["state"], 0, 0])
    forward, backward = net.passes()
    logits, tape = forward(state.params, *batch.inputs, net.draw_masks(rng, 4))
    loss, loss_tape = net.loss.forward(logits, batch.labels)
    grads = backward(net.loss.backward(np.ones_like(loss), loss_tape), tape)
    params, _ = OPTIMIZER.step(state.params, grads, state.optimizer_state)
    assert trees_equal(first.state.params, params)
    assert trees_equal(
        first.state.running_stats, net.update_running_stats(net.initial_running_stats(), tape)
    )
