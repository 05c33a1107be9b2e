"""Layers of a user as a network: the last time step is the logits."""

import pickle

import numpy as np
import pytest

import liaf_ref as lr
from liaf_ref.kernels import loss
from liaf_ref.networks import SequenceClassifier, summary
from liaf_ref.networks.nonfinite import locate_nonfinite

LAYERS = [lr.DenseLIAF(3, 8), lr.Dense(8, 2)]
X = np.random.default_rng(0).normal(size=(4, 6, 3)).astype(np.float32)
LABELS = np.array([0, 1, 1, 0])


def test_logits_and_gradients_are_those_of_the_last_step_of_the_layers() -> None:
    net, chain = SequenceClassifier(LAYERS, T=6), lr.Sequential(LAYERS)
    params = net.init(0)
    logits, tape = net.forward(params, X)
    Y, _, layer_tape = chain.forward(params, X)
    dlogits = np.random.default_rng(1).normal(size=logits.shape).astype(np.float32)
    dY = np.zeros_like(Y)
    dY[:, -1] = dlogits
    np.testing.assert_array_equal(logits, Y[:, -1])
    grads, expected = net.backward(dlogits, tape), chain.backward(dY, layer_tape)[2]
    assert grads.keys() == expected.keys() == net.param_shapes().keys()
    for name, grad in grads.items():
        np.testing.assert_array_equal(grad, expected[name])


def test_sizes_operations_and_memory_are_those_of_its_layers() -> None:
    net = SequenceClassifier(LAYERS, T=6)
    assert net.steps == 6
    assert lr.count_ops(net, 6) == lr.count_ops(lr.Sequential(LAYERS), 6)
    assert (
        summary(net).exact.weights
        == net.count_params()
        == sum(layer.count_params() for layer in LAYERS)
    )
    assert pickle.loads(pickle.dumps(net)) == net  # noqa: S301 - as data-parallel training sends it


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("denseliaf1.W", "denseliaf1.W is nan after an update of DenseLIAF(3, 8), Eqs. (2)-(8)"),
        ("input", "X is nan at time step 3 of 6 in the input"),
        ("huge", "the output is inf at time step 1 of 6 in dense1, Dense(8, 2), Eq. (2)"),
    ],
)
def test_what_is_not_finite_is_located(name: str, found: str) -> None:
    net = SequenceClassifier(LAYERS, T=6)
    params, inputs = net.init(0), X.copy()
    if name == "input":
        inputs[0, 2, 0] = np.nan
    elif name == "huge":
        params["dense1.W"] = 3e38 * np.eye(8, 2, dtype=np.float32)  # no sum of inf and -inf
        inputs = np.full_like(X, 1e3)
    else:
        params[name][0, 0] = np.nan
    assert locate_nonfinite(net, loss, params, {}, [((inputs,), LABELS)]) == found


def test_a_gradient_that_is_not_finite_is_at_the_last_time_step() -> None:
    """Each of four classes has the probability 1/4, and the weights nearly overflow."""
    net = SequenceClassifier([lr.Dense(3, 8), lr.Dense(8, 4)], T=6)
    params = net.init(0)
    params["dense2.W"] = np.full((8, 4), 3e38, np.float32) * np.array([-1, 1, 1, 1], np.float32)
    batch = (np.zeros((1, 6, 3), np.float32),), np.array([0])
    found = "the gradient in the input is inf at time step 6 of 6 in dense2, Dense(8, 4), Eq. (2)"
    assert locate_nonfinite(net, loss, params, {}, [batch]) == found
