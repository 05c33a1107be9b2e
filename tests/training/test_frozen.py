"""Parameters that are fixed: nothing moves them, and they have no part in a norm."""

import warnings
from typing import Any

import numpy as np
import pytest
from support import SoftmaxRegression, make_dataset, softmax_params, trees_equal

import liaf_ref as lr
from liaf_ref._core.errors import InputError
from liaf_ref.kernels import loss
from liaf_ref.training.loop import iter_training
from liaf_ref.training.optimizers import SGD, Adam, FrozenParameters, Optimizer
from liaf_ref.training.state import TrainingSettings, initial_training_state

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


@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_training_moves_the_others_as_the_rule_does(rule: Optimizer) -> None:
    data, fixed, network = make_dataset(12), FrozenParameters(rule, FROZEN), SoftmaxRegression()
    params = softmax_params()
    state = initial_training_state(params, fixed, np.random.default_rng(0))
    settings = TrainingSettings(epochs=2, batch_size=12)
    events = list(iter_training(network, loss, fixed, (data, data), settings, state))
    alone = rule.initial_state({"W": params["W"]})
    for _ in range(2):
        logits, tape = network.forward(params, *data.inputs)
        _, loss_tape = loss.forward(logits, data.labels)
        grads = network.backward(loss.backward(np.ones((), np.float32), loss_tape), tape)
        moved, alone = rule.step({"W": params["W"]}, {"W": grads["W"]}, alone)
        params = {**params, **moved}
    np.testing.assert_allclose(events[-1].state.params["W"], params["W"], rtol=1e-5)
    assert trees_equal(events[-1].state.params["b"], softmax_params()["b"])


def test_a_share_of_the_rate_is_the_rules() -> None:
    scaled = FrozenParameters(OPTIMIZERS[0], FROZEN).with_scaled_lr(0.5)
    assert (scaled.lr, scaled.names) == (0.015, FROZEN)
    assert scaled.optimizer == OPTIMIZERS[0].with_scaled_lr(0.5)


def test_what_is_no_rule_is_refused() -> None:
    with pytest.raises(InputError, match="optimizer of training"):
        FrozenParameters("adam", FROZEN)  # type: ignore[arg-type]


@pytest.mark.parametrize("names", ["conv1.b", {"b", 1}, None])
def test_what_are_no_names_is_refused(names: Any) -> None:
    with pytest.raises(InputError, match="names of the frozen parameters: expected a set of n"):
        FrozenParameters(SGD(1.0), names)


def test_a_name_that_no_parameter_has_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        FrozenParameters(SGD(1.0), FROZEN | {"c"}).initial_state(softmax_params())
    text = "names of the frozen parameters: expected names of parameters, got c; known: W, b"
    assert str(refused.value) == text


def test_any_row_of_names_is_a_set_of_them() -> None:
    assert FrozenParameters(SGD(1.0), ["b"]) == FrozenParameters(SGD(1.0), FROZEN)  # type: ignore[arg-type]


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
