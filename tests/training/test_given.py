"""Masks and running statistics in training: drawn by step, kept in the state, used to evaluate."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import same

from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Chain, Part
from liaf_ref.layers.activation import Activation
from liaf_ref.layers.batch_norm import BatchNorm
from liaf_ref.layers.dense import Dense
from liaf_ref.layers.dropout import Dropout
from liaf_ref.layers.rearrange import Flatten, Sumlayer
from liaf_ref.networks import Setting, VisionNetwork
from liaf_ref.training import checkpoint
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
from liaf_ref.training.optimisers import Adam
from liaf_ref.training.team import Team

SHAPE = (2, 2, 2)
SETTING = Setting("small", SHAPE, 3, (), (), 4)
PARTS = (
    Part("flat", Flatten(SHAPE)),
    Part("dense1", Dense(8, 6)),
    Part("norm1", BatchNorm((6,))),
    Part("act1", Activation((6,), "tanh")),
    Part("sum", Sumlayer((6,))),
    Part("drop1", Dropout((6,))),
    Part("out", Dense(6, 4)),
)
RULE, SETTINGS = Adam(lr=0.01), Settings(epochs=3, batch_size=4, at_once=3)


@cache
def network() -> VisionNetwork:
    return VisionNetwork(SETTING, "own", Chain(PARTS), "ce")


def examples(seed: int, count: int) -> Examples:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, count)
    frames = rng.normal(size=(count, 3, *SHAPE)) + labels[:, None, None, None, None]
    return Examples((frames.astype(np.float32),), labels)


DATA = examples(0, 10), examples(1, 5)


def begin() -> TrainingState:
    net = network()
    rng = np.random.default_rng(2)
    return start(net.init(rng), RULE, rng, net.running())


def events(state: TrainingState, team: Team | None = None) -> list[Event]:
    net = network()
    passes = team or net.unchecked()
    return list(train(passes, net.loss, RULE, DATA, SETTINGS, state, team or net))


def test_from_every_event_the_run_goes_on_as_it_would_have(tmp_path: Path) -> None:
    whole = events(begin())
    for number, event in enumerate(whole[:-1]):
        checkpoint.save(tmp_path / "c.npz", event.state)
        state = checkpoint.load(tmp_path / "c.npz").state
        assert same(state, event.state)
        rest = events(state)
        assert len(rest) == len(whole) - number - 1
        assert same(rest[-1].state, whole[-1].state)


def test_every_step_has_masks_of_its_own() -> None:
    drawn: list[Array] = []

    class Spy(VisionNetwork):
        def masks(self, rng: np.random.Generator, batch: int, dtype: Any = np.float32) -> Any:
            given = super().masks(rng, batch, dtype)
            drawn.append(given["drop1.M"])
            return given

    net = network()
    spy = Spy(SETTING, "own", net.chain, "ce")
    list(train(net.unchecked(), net.loss, RULE, DATA, SETTINGS, begin(), spy))
    assert [len(M) for M in drawn] == 3 * [4, 4, 2]
    assert len({M.tobytes() for M in drawn}) == len(drawn)
    assert {float(x) for M in drawn for x in M.ravel()} == {0.0, 2.0}


def test_running_statistics_follow_every_step_and_evaluate() -> None:
    net = network()
    *_, last = events(begin())
    assert isinstance(last, EpochDone)
    state = last.state
    assert state.running is not None
    assert not same(state.running, net.running())
    score = evaluate(net.unchecked(), net.loss, state.params, DATA[1], 3, state.running)
    assert score == last.validation
    other = evaluate(net.unchecked(), net.loss, state.params, DATA[1], 3, net.running())
    assert other != score
    best = state.best
    assert best is not None
    assert best.running is not None
    again = evaluate(net.unchecked(), net.loss, best.params, DATA[1], 3, best.running)
    assert again == best.score


def test_one_step_by_hand() -> None:
    net, state = network(), begin()
    first, *_ = events(state)
    order = np.random.default_rng(2)
    net.init(order)
    index = order.permutation(10)[:4]
    batch = DATA[0].take(index)
    rng = np.random.default_rng([state.rng["state"]["state"], 0, 0])
    forward, backward = net.unchecked()
    logits, tape = forward(state.params, *batch.inputs, net.masks(rng, 4))
    loss, loss_tape = net.loss.forward(logits, batch.labels)
    grads = backward(net.loss.backward(np.ones_like(loss), loss_tape), tape)
    params, _ = RULE.step(state.params, grads, state.optimiser)
    assert same(first.state.params, params)
    assert same(first.state.running, net.follow(net.running(), tape))


def test_a_team_trains_as_one_does_but_for_the_statistics_of_a_share() -> None:
    with Team(network(), 2) as team:
        shared = events(begin(), team)
    alone = events(begin())
    assert [type(e) for e in shared] == [type(e) for e in alone]
    assert shared[-1].state.running is not None


def test_statistics_and_who_gives_them_come_together() -> None:
    net = network()
    without = begin()._replace(running=None)
    with pytest.raises(InputError, match="expected those of gives, as start is told, got none"):
        events(without)
    with pytest.raises(InputError, match="expected none without gives, as start is told, got some"):
        next(train(net.unchecked(), net.loss, RULE, DATA, SETTINGS, begin()))
    bad: Any = 3
    with pytest.raises(InputError, match="gives of training: expected functions masks and follow"):
        next(train(net.unchecked(), net.loss, RULE, DATA, SETTINGS, begin(), bad))
