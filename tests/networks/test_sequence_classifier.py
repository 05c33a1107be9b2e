"""Layers of a user as a network: the last time step is the logits."""

import pickle

import numpy as np

import liaf_ref as lr
from liaf_ref.networks import SequenceClassifier, summary

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
