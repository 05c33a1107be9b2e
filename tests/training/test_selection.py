"""The weights that are tested; masks and running statistics in training."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from support import Setup, trees_equal

import liaf_ref as lr
from liaf_ref.kernels.array import Array
from liaf_ref.networks import SequenceClassifier
from liaf_ref.training.loop import (
    compute_score,
    estimate_running_stats,
    iter_training,
    select_weights,
)
from liaf_ref.training.optimizers import Adam
from liaf_ref.training.protocols import ArrayDataset
from liaf_ref.training.state import (
    EpochDone,
    Event,
    TrainingSettings,
    TrainingState,
    initial_training_state,
)

SETTINGS = TrainingSettings(epochs=5, batch_size=4, average_epochs=3)
SETUP = Setup(settings=SETTINGS)
TRAIN = SETUP.train_data


def states(setup: Setup) -> list[TrainingState]:
    return [event.state for event in setup.events() if isinstance(event, EpochDone)]


def select(how: str, state: TrainingState) -> Any:
    return select_weights(how, state, SETUP.network, TRAIN, 4)


def test_the_average_is_the_mean_of_the_last_epochs() -> None:
    ends = states(SETUP)
    chosen = select("average", ends[-1])
    assert chosen.epoch == 5
    for name, mean in chosen.params.items():
        exact = np.mean([state.params[name] for state in ends[2:]], axis=0, dtype=np.float64)
        assert trees_equal(mean, exact.astype(np.float32))
    assert trees_equal(select("final", ends[-1]).params, ends[-1].params)
    assert select("best", ends[-1]) is ends[-1].best


def test_keeping_epochs_changes_no_training_and_more_epochs_move_the_mean() -> None:
    plain = states(SETUP._replace(settings=replace(SETTINGS, average_epochs=None)))
    ends = states(SETUP)
    assert [len(state.last_params) for state in plain] == [0] * 5
    assert trees_equal(plain[-1], ends[-1]._replace(last_params=()))
    longer = SETUP._replace(settings=replace(SETTINGS, epochs=7))
    assert trees_equal(longer.events(ends[-1])[-1].state, states(longer)[-1])


def test_an_early_stop_averages_the_epochs_that_were_run() -> None:
    stopping = replace(SETTINGS, epochs=80, stop_after=1)
    ends = states(SETUP._replace(settings=stopping, optimizer=lr.Adam(0.5)))
    assert len(ends) < 80
    assert trees_equal(ends[-1].last_params, tuple(state.params for state in ends[-3:]))


def norms(time_statistics: str = "joint") -> SequenceClassifier:
    layers = [lr.BatchNorm((3,), time_statistics), lr.DenseLIAF(3, 4), lr.BatchNorm((4,))]
    return SequenceClassifier([*layers, lr.Dense(4, 2)], T=5)


def sequences(count: int) -> ArrayDataset:
    rng = np.random.default_rng(3)
    X = rng.normal(2, 3, (count, 5, 3)).astype(np.float32)
    labels = np.sort(rng.integers(0, 2, count))
    return ArrayDataset((X + labels[:, None, None].astype(np.float32),), labels)


RNG = np.random.default_rng(4).bit_generator.state


@pytest.mark.parametrize("time_statistics", ["joint", "per_step"])
def test_running_statistics_are_computed_anew_from_the_training_set(
    time_statistics: str,
) -> None:
    network, data = norms(time_statistics), sequences(23)
    params = network.init(0)
    stats = estimate_running_stats(network, params, data, 8, dict(RNG))
    X = data.inputs[0].astype(np.float64)
    parts = X if time_statistics == "joint" else X.transpose(1, 0, 2)
    variances = [x.reshape(-1, 3).var(axis=0, ddof=1) for x in ([X] if parts is X else parts)]
    np.testing.assert_allclose(stats["batchnorm1.m"], X.mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(stats["batchnorm1.v"], np.mean(variances, axis=0), rtol=1e-5)
    # Batches are mixed: one of a single class would be normalised otherwise than in training.
    whole = estimate_running_stats(network, params, data, 23, dict(RNG))
    np.testing.assert_allclose(stats["batchnorm2.m"], whole["batchnorm2.m"], atol=0.1)


def test_the_averaged_weights_have_their_own_running_statistics() -> None:
    network, data = norms(), sequences(30)
    result = lr.train(network, data, epochs=1, validation=data)
    state = TrainingState(
        result.params,
        {},
        dict(RNG),
        epoch=2,
        running_stats=result.running_stats or {},
        last_params=(result.params, {name: 3 * p for name, p in result.params.items()}),
    )
    chosen = select_weights("average", state, network, data, 8)
    again = select_weights("average", state, network, data, 8)
    assert trees_equal(chosen, again)
    expected = estimate_running_stats(network, chosen.params, data, 8, dict(RNG))
    assert trees_equal(chosen.running_stats, expected)
    assert not trees_equal(chosen.running_stats, result.running_stats)


SHAPE = (2, 2, 2)
LAYERS = [lr.Flatten(SHAPE), lr.Dense(8, 6), lr.BatchNorm((6,)), lr.Activation((6,), "tanh")]
LAYERS += [lr.TimeMean((6,)), lr.Dropout((6,)), lr.Dense(6, 4)]
OPTIMIZER, THREE_EPOCHS = Adam(lr=0.01), TrainingSettings(epochs=3, batch_size=4, eval_batch_size=3)


@cache
def network() -> SequenceClassifier:
    return SequenceClassifier(LAYERS, T=3)


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
    return list(iter_training(net.passes(), net.loss, OPTIMIZER, DATA, THREE_EPOCHS, state, net))


def test_every_step_has_masks_of_its_own() -> None:
    drawn: list[Array] = []

    class Spy(SequenceClassifier):
        def draw_masks(self, rng: Any, batch: int, dtype: Any = np.float32) -> Any:
            given = super().draw_masks(rng, batch, dtype)
            drawn.extend(given.values())
            return given

    net = network()
    spy = Spy(net.sequential, net.T)
    list(iter_training(spy.passes(), net.loss, OPTIMIZER, DATA, THREE_EPOCHS, initial_state(), spy))
    assert [len(M) for M in drawn] == 3 * [4, 4, 2]
    assert len({M.tobytes() for M in drawn}) == len(drawn)
    assert {float(x) for M in drawn for x in M.ravel()} == {0.0, 2.0}


def test_running_statistics_follow_every_step_and_evaluate() -> None:
    net = network()
    *_, last = events(initial_state())
    assert isinstance(last, EpochDone)
    state = last.state
    assert not trees_equal(state.running_stats, net.initial_running_stats())
    score = compute_score(net.passes(), net.loss, state.params, DATA[1], 3, state.running_stats)
    assert score == last.validation
    initial, best = net.initial_running_stats(), state.best
    other = compute_score(net.passes(), net.loss, state.params, DATA[1], 3, initial)
    assert other != score
    again = compute_score(net.passes(), net.loss, best.params, DATA[1], 3, best.running_stats)
    assert again == state.best_score


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
    stats = net.update_running_stats(net.initial_running_stats(), tape)
    assert trees_equal(first.state.running_stats, stats)
