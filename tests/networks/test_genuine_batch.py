"""Networks in the paper's sizes train on a batch of genuine recordings."""

import numpy as np
import pytest
from data.real_data import real_data_path

from liaf_ref.data import read_events
from liaf_ref.data.events import CIFAR10_DVS, MNIST_DVS
from liaf_ref.kernels.array import Array
from liaf_ref.networks import SequenceClassifier
from liaf_ref.networks.registry import create_network
from liaf_ref.training.optimizers import Adam

ZERO = ("MNIST-DVS", "scale8", "mnist_0_scale08_0001_qt1.aedat")


def digits() -> tuple[Array, Array]:
    """Two parts of a zero."""
    events = read_events(real_data_path(*ZERO))
    return np.stack([MNIST_DVS.to_frames(events, start) for start in (0, 90_000)]), np.array([0, 0])


def pictures() -> tuple[Array, Array]:
    """The same, the whole camera: CIFAR10-DVS is of the same make."""
    events = read_events(real_data_path(*ZERO))
    return np.stack([CIFAR10_DVS.to_frames(events, start) for start in (0, 90_000)]), np.array(
        [0, 0]
    )


def losses(net: SequenceClassifier, frames: Array, labels: Array, steps: int) -> list[float]:
    """Before each step of training on one batch, under one mask."""
    rng = np.random.default_rng(0)
    params, given, adam = net.init(rng), net.draw_masks(rng, len(labels)), Adam(lr=1e-3)
    moments, found = adam.initial_state(params), []
    for _ in range(steps):
        logits, tape = net.forward(params, frames, given)
        loss, loss_tape = net.loss.forward(logits, labels)
        grads = net.backward(net.loss.backward(np.ones_like(loss), loss_tape), tape)
        assert all(np.isfinite(grad).all() for grad in grads.values())
        params, moments = adam.step(params, grads, moments)
        found.append(float(loss))
    return found


@pytest.mark.parametrize(
    ("name", "batch"), [("mnist-dvs-lif", digits), ("cifar10-dvs-liaf", pictures)]
)
def test_the_loss_of_a_genuine_batch_falls(name: str, batch: object) -> None:
    assert callable(batch)
    frames, labels = batch()
    net = create_network(name)
    assert isinstance(net, SequenceClassifier)
    assert frames.shape == (2, net.steps, *net.sequential.in_shape)
    before, after = losses(net, frames, labels, 2)
    assert after < before
