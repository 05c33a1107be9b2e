"""Optimizers against Algorithm 1 and its variants, said again in scalars; schedules."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support import (
    Setup,
    SoftmaxRegression,
    make_dataset,
    softmax_gradients,
    softmax_params,
    trees_equal,
)

import liaf_ref as lr
from liaf_ref._core.errors import InputError
from liaf_ref.kernels import loss
from liaf_ref.training.loop import early_stopping_reason, iter_training
from liaf_ref.training.optimizers import (
    SGD,
    Adam,
    AdamW,
    CosineAnnealingLR,
    FrozenParameters,
    Optimizer,
    ReduceLROnPlateau,
)
from liaf_ref.training.protocols import ArrayDict, clip_grad_norm
from liaf_ref.training.state import (
    EpochDone,
    TrainingSettings,
    TrainingState,
    initial_training_state,
)

STEPS = 5
LR, DECAY, MOMENTUM, BETA1, BETA2, EPS = 0.03, 0.2, 0.7, 0.8, 0.95, 1e-3
Rule = Callable[[float, list[float]], Iterator[float]]


def double() -> ArrayDict:
    return {name: p.astype(np.float64) for name, p in softmax_params().items()}


def adam(theta: float, g: list[float], l2: float = 0.0, decoupled: float = 0.0) -> Iterator[float]:
    m = v = 0.0
    for t in range(1, len(g) + 1):
        g_t = g[t - 1] + l2 * theta
        m = BETA1 * m + (1 - BETA1) * g_t
        v = BETA2 * v + (1 - BETA2) * g_t**2
        m_hat = m / (1 - BETA1**t)
        v_hat = v / (1 - BETA2**t)
        theta = theta - LR * m_hat / (v_hat**0.5 + EPS) - LR * decoupled * theta
        yield theta


def descent(
    theta: float, g: list[float], momentum: float = 0.0, l2: float = 0.0
) -> Iterator[float]:
    velocity = 0.0
    for g_t in g:
        velocity = momentum * velocity + g_t + l2 * theta
        theta = theta - LR * velocity
        yield theta


MOMENTS: dict[str, Any] = {"beta1": BETA1, "beta2": BETA2, "eps": EPS}
RULES: dict[str, tuple[Optimizer, Rule]] = {
    "adam": (Adam(LR, **MOMENTS), adam),
    "adam-l2": (Adam(LR, **MOMENTS, weight_decay=DECAY), lambda p, g: adam(p, g, l2=DECAY)),
    "adamw": (AdamW(LR, **MOMENTS, weight_decay=DECAY), lambda p, g: adam(p, g, decoupled=DECAY)),
    "adamw-no-decay": (AdamW(LR, **MOMENTS), adam),
    "sgd": (SGD(LR), descent),
    "sgd-momentum": (SGD(LR, momentum=MOMENTUM), lambda p, g: descent(p, g, MOMENTUM)),
    "sgd-l2": (SGD(LR, weight_decay=DECAY), lambda p, g: descent(p, g, l2=DECAY)),
    "sgd-both": (SGD(LR, MOMENTUM, DECAY), lambda p, g: descent(p, g, MOMENTUM, DECAY)),
}
every_rule = pytest.mark.parametrize(("optimizer", "literal"), RULES.values(), ids=RULES)


@every_rule
def test_every_step_is_the_literal_one(optimizer: Optimizer, literal: Rule) -> None:
    params = double()
    state = optimizer.initial_state(params)
    steps = [softmax_gradients(t) for t in range(STEPS)]
    expected = {
        (name, at): list(literal(float(p[at]), [float(g[name][at]) for g in steps]))
        for name, p in params.items()
        for at in np.ndindex(p.shape)
    }
    for t, grads in enumerate(steps):
        params, state = optimizer.step(params, grads, state)
        for (name, at), values in expected.items():
            assert params[name][at] == pytest.approx(values[t], rel=1e-13, abs=1e-15)


@every_rule
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_keeps_its_arguments_and_dtype(
    optimizer: Optimizer, literal: Rule, dtype: Any
) -> None:
    params = {name: p.astype(dtype) for name, p in softmax_params().items()}
    given: list[ArrayDict] = [params, softmax_gradients(0, dtype), optimizer.initial_state(params)]
    for tree in given:
        for array in tree.values():
            array.flags.writeable = False
    copies = [{name: array.copy() for name, array in tree.items()} for tree in given]
    after = optimizer.step(given[0], given[1], given[2])
    assert trees_equal(tuple(given), tuple(copies))
    for tree, before in zip(after, (given[0], given[2]), strict=True):
        kinds = [{n: (a.dtype, a.shape) for n, a in each.items()} for each in (tree, before)]
        assert kinds[0] == kinds[1]


def test_arrays_of_others_are_refused() -> None:
    params, grads, adam_rule = double(), softmax_gradients(0), Adam(LR)
    state = adam_rule.initial_state(params)
    of_sgd = SGD(LR).initial_state(params)
    for arrays, message in (
        ((params, {"W": grads["W"]}, state), "step of Adam: expected the keys W, b; missing: b"),
        ((params, grads | {"b": np.zeros(3)}, state), "b of the gradients of a step of Adam: exp"),
        ((params, grads, of_sgd), "state of a step of Adam: .* missing: steps"),
    ):
        with pytest.raises(InputError, match=message):
            adam_rule.step(*arrays)
    with pytest.raises(InputError, match="W of Adam: expected dtype"):
        adam_rule.initial_state({"W": np.zeros(3, int)})
    with pytest.raises(InputError, match="expected names of parameters, got c; known: W, b"):
        FrozenParameters(SGD(1.0), frozenset({"b", "c"})).initial_state(softmax_params())


def test_clipping_scales_all_gradients_together() -> None:
    grads = softmax_gradients(1)
    norm = float(np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()])))
    clipped = clip_grad_norm(grads, norm / 3)
    for name, g in grads.items():
        # a norm of sixteen squares, summed in two orders
        np.testing.assert_allclose(clipped[name], g / 3, rtol=1e-14)


@pytest.mark.parametrize(
    ("size", "dtype", "tolerance"),  # float32 rounds the gradients, and their products
    [
        (1e25, np.float32, 1e-6),
        *((size, dtype, 1e-15) for size in (1e200, 4e307) for dtype in (float, np.longdouble)),
        *((1e200, complex, 1e-15), (4e307, complex, 1e-15)),
    ],
)
def test_clipping_where_squares_overflow(size: float, dtype: type, tolerance: float) -> None:
    grads: ArrayDict = {"p": np.array([3 * size, 0], dtype), "q": np.array([-4 * size], dtype)}
    grads["r"] = np.ones(2, np.float32)  # of no weight beside them
    clipped = clip_grad_norm(grads, 1.0)
    assert [g.dtype for g in clipped.values()] == [g.dtype for g in grads.values()]
    np.testing.assert_allclose(clipped["p"], [0.6, 0], rtol=tolerance)
    np.testing.assert_allclose(clipped["q"], [-0.8], rtol=tolerance)
    np.testing.assert_allclose(clipped["r"], 0, atol=1e-24)
    huge = clip_grad_norm({"p": np.array([1.5e308 - 1.5e308j])}, 2.0)
    np.testing.assert_allclose(huge["p"], [2**0.5 - 2**0.5 * 1j], rtol=1e-15)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_clipping_refuses_what_has_no_norm(bad: float) -> None:
    grads = {"p": np.ones(2), "q": np.array([1.0, bad])}
    with pytest.raises(InputError, match=rf"q of clip_grad_norm: expected finite .*, got {bad} at"):
        clip_grad_norm(grads, 1.0)


FROZEN = frozenset({"b"})
OPTIMIZERS = [Adam(0.03, weight_decay=0.2), SGD(0.03, 0.7, 0.2)]


@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_fixed_parameters_stay_and_the_others_step_as_without_them(rule: Optimizer) -> None:
    params, grads = softmax_params(), {name: np.cos(p) for name, p in softmax_params().items()}
    params["b"] += 1  # that decay would move it
    fixed = FrozenParameters(rule, FROZEN)
    state, alone = fixed.initial_state(params), rule.initial_state({"W": params["W"]})
    for _ in range(3):
        expected, alone = rule.step({"W": params["W"]}, {"W": grads["W"]}, alone)
        moved, state = fixed.step(params, grads, state)
        assert list(moved) == list(params)
        assert trees_equal(moved["b"], params["b"])
        assert trees_equal((moved["W"], state), (expected["W"], alone))
        params = moved
    assert not any(name.endswith(".b") for name in state)
    assert fixed.with_scaled_lr(0.5) == FrozenParameters(rule.with_scaled_lr(0.5), FROZEN)


def test_a_clipped_norm_is_of_what_is_trained() -> None:
    data, rule = make_dataset(12), FrozenParameters(SGD(1.0), FROZEN)
    state = initial_training_state(softmax_params(), rule, np.random.default_rng(0))
    settings, network = TrainingSettings(epochs=1, batch_size=12, clip=1e-3), SoftmaxRegression()
    first = next(iter(iter_training(network, loss, rule, (data, data), settings, state)))
    step = first.state.params["W"] - softmax_params()["W"]
    np.testing.assert_allclose(np.linalg.norm(step), 1e-3, rtol=1e-3)
    assert trees_equal(first.state.params["b"], softmax_params()["b"])


def test_a_layer_whose_parameters_are_all_frozen_is_not_reported_as_without_gradient() -> None:
    net = lr.Sequential([lr.Dense(2, 2), lr.Dense(2, 2)])
    first, *_ = (name.partition(".")[0] for name in net.param_shapes())
    names = frozenset(name for name in net.param_shapes() if name.startswith(first))
    data = np.eye(2).repeat(10, axis=0)[:, None], np.arange(2).repeat(10)
    with warnings.catch_warnings(action="error"):
        result = lr.train(net, data, epochs=1, optimizer=FrozenParameters(SGD(0.1), names))
    assert len(result.history) == 1


SETUP = Setup()


@pytest.mark.parametrize(
    ("losses", "divisions"),
    [
        ([], 0),
        ([3, 2, 1], 0),
        ([1, 2], 0),  # one epoch without a new lowest
        ([np.inf], 0),
        ([1, 2, 2], 1),
        ([1, 1, 1], 1),  # as low is not lower
        ([1, 2, 0.5, 2], 0),  # a new lowest in between
        ([1, 2, 2, 2], 1),  # counted anew after a division
        ([1, 2, 2, 2, 2], 2),
        ([1, 2, 2, 1.5, 1.2], 2),  # the lowest of all counts, not since the division
        ([1, 2, 2, 0.9, 2, 2], 2),
    ],
)
def test_a_plateau_has_no_new_lowest_loss(losses: list[float], divisions: int) -> None:
    assert ReduceLROnPlateau(2, 0.5).lr_factor(losses) == 0.5**divisions
    assert [ReduceLROnPlateau().lr_factor([1.0] * count) for count in (5, 6)] == [1, 0.2]  # paper's


def test_a_rate_that_is_divided_for_ever_is_never_zero() -> None:
    assert ReduceLROnPlateau(1).lr_factor([1.0] * 1000) > 0
    assert 0 < SETUP.optimizer.with_scaled_lr(1e-320).lr < 1e-300
    settings = replace(SETUP.settings, epochs=40)
    setup = SETUP._replace(schedule=ReduceLROnPlateau(1, 1e-30), settings=settings)
    *_, before, last = epoch_states(setup, setup.initial_state())
    assert trees_equal(before.params, last.params)


def test_a_cosine_falls_from_the_whole_rate_to_none() -> None:
    factors = [CosineAnnealingLR(8).lr_factor([1.0] * done) for done in range(10)]
    np.testing.assert_allclose(factors[:9], (1 + np.cos(np.pi * np.arange(9) / 8)) / 2, atol=1e-15)
    assert factors[0] == 1
    assert min(factors) == factors[9] > 0  # a rate is above 0


class HalvingLR:
    """Half the rate after every epoch."""

    def lr_factor(self, losses: Sequence[float]) -> float:
        return float(0.5 ** len(losses))


def epoch_states(setup: Setup, state: TrainingState) -> list[TrainingState]:
    return [event.state for event in setup.run(state) if isinstance(event, EpochDone)]


def test_each_epoch_has_the_rate_of_the_schedule() -> None:
    """Epoch by epoch with a rate of its own is the same as all at once with the schedule."""
    state = SETUP.initial_state()
    scheduled = epoch_states(SETUP._replace(schedule=HalvingLR()), state)
    for epoch, expected in enumerate(scheduled):
        own = SETUP._replace(
            optimizer=SETUP.optimizer.with_scaled_lr(0.5**epoch),
            settings=replace(SETUP.settings, epochs=epoch + 1),
        )
        (state,) = epoch_states(own, state)
        assert trees_equal(state, expected)
    assert not trees_equal(state, SETUP.events()[-1].state)


# Validation gets worse from some epoch on, long before the last.
SETUP = Setup(optimizer=SGD(3.0), settings=TrainingSettings(epochs=40, batch_size=4, stop_after=4))
EVENTS = SETUP.events()


@pytest.mark.parametrize(
    ("losses", "after", "epoch"),
    [
        *(([], 1, None), ([2.0], 1, None), ([2.0, 1.0], 1, None), ([2.0, 2.0], 1, 1)),
        ([2.0, 3.0, 2.5], 2, 1),
        ([2.0, 3.0, 1.9], 2, None),
        ([2.0, 1.0, 3.0, 1.0], 2, 2),
        ([2.0, 1.0, 3.0, 1.0], 3, None),
        ([2.0, 3.0, 4.0], None, None),
    ],
)
def test_training_stops_early(losses: list[float], after: int | None, epoch: int | None) -> None:
    why = early_stopping_reason(losses, after)
    assert (why is None) == (epoch is None)
    if why is not None and epoch is not None:
        lowest, s = losses[epoch - 1], "" if after == 1 else "s"
        assert why.endswith(f"below its {lowest:g} of epoch {epoch} for {after} epoch{s}")


def test_the_loop_ends_there_and_the_last_event_alone_says_why() -> None:
    epochs = [event for event in EVENTS if isinstance(event, EpochDone)]
    losses = [event.validation.loss for event in epochs]
    assert 4 < len(epochs) < 40
    assert len(losses) - 1 - losses.index(min(losses)) == 4
    *before, last = (event.stop_reason is not None for event in epochs)
    assert last
    assert not any(before)
    assert SETUP.events(EVENTS[-1].state) == []
