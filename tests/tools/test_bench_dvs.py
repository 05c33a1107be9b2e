"""The baselines on event frames compute the same loss and the same gradients."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from bench import dvs_cases, jax_dvs_baselines, torch_dvs_baselines

from liaf_ref.kernels.array import Array
from liaf_ref.layers import Params
from liaf_ref.networks import (
    ConvBlock,
    NetworkConfig,
    SequenceClassifier,
    dvs_network,
    gesture_network,
)

SMALL = NetworkConfig("small", (8, 6, 2), 3, (ConvBlock(3, (2, 2)), ConvBlock(4, None)), (5,), 4)
NETWORKS: dict[str, Callable[[], SequenceClassifier]] = {
    "liaf": partial(dvs_network, SMALL, dropout=0.0),
    "lif": partial(dvs_network, SMALL, "lif", dropout=0.0),
    "conv2d": partial(dvs_network, SMALL, "conv2d", dropout=0.0),
    "gesture-liaf": partial(gesture_network, network_config=SMALL),
    "gesture-lif": partial(gesture_network, "lif", network_config=SMALL),
}


def _params(net: SequenceClassifier) -> Params:
    rng = np.random.default_rng(1)
    return {name: p + 0.1 * rng.normal(size=p.shape) for name, p in net.init(rng, float).items()}


def _batch(net: SequenceClassifier) -> dvs_cases.Batch:
    frames, labels = dvs_cases.random_batch(net, 3, 0)
    return dvs_cases.Batch(frames.astype(float), labels)


def _ours(net: SequenceClassifier, params: Params, data: dvs_cases.Batch) -> tuple[Array, Params]:
    logits, tape = net.forward(params, data.frames)
    loss, loss_tape = net.loss.forward(logits, data.labels)
    return loss, net.backward(net.loss.backward(np.ones(()), loss_tape), tape)


def _as_in_torch(name: str, grad: Array) -> Array:
    if name.endswith(".W"):
        return grad.transpose(3, 2, 0, 1) if grad.ndim == 4 else grad.T
    return grad


@pytest.mark.parametrize("style", torch_dvs_baselines.STYLES)
@pytest.mark.parametrize("name", NETWORKS)
def test_loss_and_gradients_are_the_same(name: str, style: str) -> None:
    pytest.importorskip("torch")
    net = NETWORKS[name]()
    params, data = _params(net), _batch(net)
    loss, grads = _ours(net, params, data)
    run = torch_dvs_baselines.network_baselines(net, params, *data, dvs_cases.MU)[style]
    other, other_grads = run()  # type: ignore[misc]
    assert abs(float(other) - float(loss)) < 1e-12 * float(loss)  # type: ignore[has-type]
    for (key, grad), theirs in zip(grads.items(), other_grads, strict=True):  # type: ignore[has-type]
        expected = _as_in_torch(key, grad).reshape(-1)
        if grad.ndim == 3 and style == "PyTorch, channels first":  # (H, W, L), and theirs (L, H, W)
            expected = np.moveaxis(grad, -1, 0).reshape(-1)
        # Sums of some hundred terms in another order; a bias before a norm is all rounding.
        np.testing.assert_allclose(theirs.numpy().reshape(-1), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["liaf", "gesture-lif"])
def test_loss_and_gradients_are_the_same_in_jax(name: str) -> None:
    jax = pytest.importorskip("jax")
    net = NETWORKS[name]()
    params, data = _params(net), _batch(net)
    loss, grads = _ours(net, params, data)
    with jax.enable_x64(True):
        run = jax_dvs_baselines.network_baselines(net, params, *data, dvs_cases.MU)["JAX, scan"]
        other, other_grads = run()  # type: ignore[misc]
    assert abs(float(other) - float(loss)) < 1e-12 * float(loss)  # type: ignore[has-type]
    for key, grad in grads.items():
        theirs = np.asarray(other_grads[key]).reshape(grad.shape)  # type: ignore[has-type]
        np.testing.assert_allclose(theirs, grad, rtol=1e-9, atol=1e-12)


def test_a_step_is_one_of_training() -> None:
    net = dvs_network(SMALL)
    grads = dvs_cases.training_step(net, dvs_cases.random_batch(net, 2, 0), 0)()
    assert isinstance(grads, dict)
    assert list(grads) == list(net.param_shapes())
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}


def test_the_least_work_of_a_step() -> None:
    net = dvs_network(SMALL)
    one, two = dvs_cases.min_work(net, 1), dvs_cases.min_work(net, 2)
    assert two == tuple(2 * x for x in one)
    # Products inside the borders; from the second on the gradient in the input too.
    first, second, dense = 3 * 22 * 16 * 2 * 3, 3 * 10 * 7 * 3 * 4, 4 * 3 * 4 * 5 + 5 * 4
    assert one.gemm_flops == 2 * (2 * first + 3 * (second + dense))
