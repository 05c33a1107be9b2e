"""The loop: which events, in which order, with which numbers, and when it stops."""

import warnings
from typing import Any

import numpy as np
import pytest
from support import Setup, SoftmaxRegression, make_dataset, softmax_params, trees_equal

import liaf_ref as lr
from liaf_ref._core.errors import TrainingError
from liaf_ref.kernels import loss
from liaf_ref.kernels.array import Array
from liaf_ref.training.loop import average_params, compute_score
from liaf_ref.training.optimizers import SGD
from liaf_ref.training.protocols import ArrayDict
from liaf_ref.training.run_folder import best_epoch_index
from liaf_ref.training.state import EpochDone, Event, Score, StepDone, TrainingSettings

SETUP = Setup()  # 10 examples in batches of 4: the last batch has 2


class Spy(SoftmaxRegression):
    """Remembers which examples it was shown."""

    def __init__(self) -> None:
        self.inputs_seen: list[Array] = []

    def forward(self, params: ArrayDict, X: Array) -> Any:
        self.inputs_seen.append(X)
        return super().forward(params, X)


class FaultyNetwork(SoftmaxRegression):
    """Gives one wrong number, at the given call, in the loss or in a gradient."""

    def __init__(self, call: int, where: str, value: float = np.nan) -> None:
        self.call, self.where, self.value, self.calls = call, where, value, 0

    def forward(self, params: ArrayDict, X: Array) -> Any:
        logits, tape = super().forward(params, X)
        self.calls += 1
        if self.where == "logits" and self.calls == self.call:
            logits = np.full_like(logits, self.value)
        return logits, tape

    def backward(self, dlogits: Array, tape: Any) -> ArrayDict:
        grads = super().backward(dlogits, tape)
        if self.where in grads and self.calls == self.call:
            grads[self.where].flat[-1] = self.value
        return grads


def steps(events: list[Event]) -> list[StepDone]:
    return [event for event in events if isinstance(event, StepDone)]


def epochs(events: list[Event]) -> list[EpochDone]:
    return [event for event in events if isinstance(event, EpochDone)]


def test_every_batch_is_a_step_and_every_epoch_shows_every_example_once() -> None:
    spy = Spy()
    events = Setup(network=spy).events()
    assert [type(event) for event in events] == 3 * [StepDone, StepDone, StepDone, EpochDone]
    assert [(e.state.epoch, e.state.batch) for e in events] == [
        (epoch + (batch == 0), batch) for epoch in range(3) for batch in (1, 2, 3, 0)
    ]
    assert [(e.num_batches, e.num_samples) for e in steps(events)] == 3 * [(3, 4), (3, 8), (3, 10)]
    for epoch in range(3):
        *batches, validation = spy.inputs_seen[4 * epoch : 4 * epoch + 4]
        assert [len(x) for x in batches] == [4, 4, 2]  # what is left comes last
        (expected,) = SETUP.train_data.inputs
        assert sorted(map(tuple, np.concatenate(batches))) == sorted(map(tuple, expected))
        assert (validation == SETUP.validation_data.inputs[0]).all()


@pytest.mark.parametrize(("v_th", "silent"), [(0.1, False), (100, True)])
def test_layers_that_get_no_gradient_are_announced(v_th: float, silent: bool) -> None:
    layers = [lr.Dense(2, 3), lr.DenseLIAF(3, 4, v_th=v_th, act="relu"), lr.Dense(4, 2)]
    X = np.random.default_rng(0).normal(size=(40, 3, 2))
    data = X, np.arange(2).repeat(20)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        lr.train(lr.Sequential(layers), data, epochs=2)
    expected = "epoch 1: no gradient reached dense1, denseliaf1; silent units pass none on"
    assert [str(w.message) for w in found] == [expected] * silent


def test_the_train_score_is_the_mean_over_examples_taken_before_each_step() -> None:
    spy = Spy()
    events = Setup(network=spy).events()
    states = [SETUP.initial_state(), *(event.state for event in events)]
    total, right = 0.0, 0
    for k in range(3):
        shown = spy.inputs_seen[k]
        inputs = SETUP.train_data.inputs[0]
        index = np.array([np.flatnonzero((inputs == x).all(axis=1))[0] for x in shown])
        batch = SETUP.train_data.take(index)
        score = compute_score(SoftmaxRegression(), loss, states[k].params, batch)
        assert steps(events)[k].loss == pytest.approx(score.loss, rel=1e-6)
        total += score.loss * len(batch)
        right += round(score.accuracy * len(batch))
    assert epochs(events)[0].train.loss == pytest.approx(total / 10, rel=1e-6)
    assert epochs(events)[0].train.accuracy == right / 10


def test_validation_examples_choose_but_do_not_train() -> None:
    other = Setup(validation_data=make_dataset(5, seed=99))
    for a, b in zip(SETUP.events(), other.events(), strict=True):
        assert trees_equal(a.state.params, b.state.params)
        assert trees_equal(a.state.optimizer_state, b.state.optimizer_state)


def test_scores_do_not_depend_on_the_size_of_evaluation_batches() -> None:
    params, data = softmax_params(), make_dataset(23)
    whole = compute_score(SoftmaxRegression(), loss, params, data)
    parts = compute_score(SoftmaxRegression(), loss, params, data, batch_size=5)
    assert parts.accuracy == whole.accuracy
    assert parts.loss == pytest.approx(whole.loss, rel=1e-6)


@pytest.mark.parametrize(
    ("scores", "required"),
    [
        ([(1.0, 0.5), (2.0, 0.6), (0.1, 0.5)], [1, 2, 2]),
        ([(1.0, 0.5), (0.9, 0.5), (0.95, 0.5)], [1, 2, 2]),
        ([(1.0, 0.5), (1.0, 0.5), (1.0, 0.5)], [1, 1, 1]),
        ([(1.0, 0.0), (3.0, 0.2), (2.0, 0.2)], [1, 2, 3]),
    ],
    ids=["accuracy first", "then loss", "then the earlier", "loss breaks the tie"],
)
def test_the_best_epoch(
    monkeypatch: pytest.MonkeyPatch, scores: list[tuple[float, float]], required: list[int]
) -> None:
    # No network has losses and accuracies that tie on demand.
    script = iter([Score(*score) for score in scores])
    monkeypatch.setattr("liaf_ref.training.loop.compute_score", lambda *_: next(script))
    ends = epochs(Setup(settings=TrainingSettings(epochs=len(scores), batch_size=4)).events())
    rows = [{"validation_loss": loss, "validation_accuracy": right} for loss, right in scores]
    for done, (event, best) in enumerate(zip(ends, required, strict=True), 1):
        assert event.state.best.epoch == best
        assert event.state.best_score == Score(*scores[best - 1])
        assert trees_equal(event.state.best.params, ends[best - 1].state.params)
        assert best_epoch_index(rows[:done]) == best - 1  # so it is read from a run's folder


@pytest.mark.parametrize(
    ("call", "where", "message"),
    [
        (6, "logits", "epoch 2, batch 2: the loss is nan.*; a smaller learning rate may help"),
        (3, "W", "epoch 1, batch 3: the gradient of W is not finite[^;]*$"),
        (4, "logits", "epoch 1, after batch 3: the validation loss is nan"),
    ],
)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_or_infinity_ends_training(call: int, where: str, message: str, value: float) -> None:
    with pytest.raises(TrainingError, match=message):
        Setup(network=FaultyNetwork(call, where, value)).events()


def test_a_last_step_out_of_range_ends_training_without_a_warning() -> None:
    setup = Setup(optimizer=SGD(1e39), settings=TrainingSettings(epochs=1, batch_size=10))
    with pytest.raises(TrainingError, match="epoch 1, after batch 1: the parameter W is not fin"):
        setup.events()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble, np.complex64])
def test_weights_are_averaged_in_float64_or_more_and_keep_their_dtype(dtype: Any) -> None:
    epochs = tuple({"W": np.array([dtype(1) + k * np.finfo(dtype).eps])} for k in (1, 2, 6))
    (mean,) = average_params(epochs)["W"]
    assert mean.dtype == dtype
    assert mean == dtype(1) + 3 * np.finfo(dtype).eps


def inputs_seen(seed: int, **changes: Any) -> list[bytes]:
    spy = Spy()
    setup = Setup(network=spy, **changes)
    setup.events(setup.initial_state(seed))
    return [x.tobytes() for x in spy.inputs_seen]


def test_the_order_depends_on_the_seed_and_nothing_else() -> None:
    assert inputs_seen(1) != inputs_seen(2)
    assert inputs_seen(1) == inputs_seen(1, optimizer=SGD(0.5))


def test_a_state_is_not_changed_by_training_on_from_it() -> None:
    first = SETUP.initial_state()
    for array in (*first.params.values(), *first.optimizer_state.values()):
        array.flags.writeable = False
    SETUP.events(first)
    assert trees_equal(first, SETUP.initial_state())
