"""Whole networks of Fig. 5, Fig. 6 and Table VIII with their losses: every parameter's gradient."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from independent.comparison import Array, Arrays

from gradients.gradient_problem import GradientProblem, check_by_complex_step
from liaf_ref.kernels import loss, spike
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import REFERENCE, BatchNorm, Conv2D, Dense, Neuron
from liaf_ref.networks import (
    BabiNetwork,
    ConvBlock,
    NetworkConfig,
    SequenceClassifier,
    dvs_network,
    gesture_network,
)
from liaf_ref.networks.cells import CELL_FACTORIES, SPIKING_CELLS
from liaf_ref.networks.vision import DVS_NEURON, GESTURE_NEURON

HALF, QUARTER = (2, 2), (4, 4)
MIN_GRADIENT = 3e-4  # of a loss of order 1: each parameter has some influence
MAX_TRIES = 1000
RANGES = {"v_th": (0.1, 0.6), "v_reset": (-0.4, 0.2), "alpha": (0.4, 0.9), "gamma": (0.5, 1.5)}
STORY = np.array([[0, 2, 3, 2, 5], [1, 2, 2, 4, 3], [0, 0, 5, 1, 2]])  # 6 never comes
QUERY = np.array([[1, 5, 1], [0, 3, 2], [4, 4, 1]])
ANSWERS = np.array([3, 6, 3])


class Form(NamedTuple):
    """The network of a cell on frames, for a spike; its sizes and its batch."""

    cell: str
    mu: float
    config: NetworkConfig
    batch: int
    steps: str = ""  # statistics of the gesture network

    def make(self, fires: Pair) -> SequenceClassifier:
        """The network."""

        def neuron(default: Neuron) -> Neuron:
            return replace(default, spike=fires) if self.cell in SPIKING_CELLS else default

        if not self.steps:
            own = neuron(DVS_NEURON)
            return dvs_network(self.config, self.cell, neuron=own, dropout=0.25)
        own, steps = neuron(GESTURE_NEURON), self.steps
        given: Any = {"network_config": self.config, "neuron": own, "time_statistics": steps}
        return gesture_network(self.cell, **given)


def forms() -> Iterator[tuple[str, Form]]:
    """Each cell in one form of Fig. 6, LIAF and LIF in both, and in that of Table VIII.

    Of ConvLSTM, which has four times the parameters, fewer filters.
    """
    for cell in ("liaf", "lif", "conv2d", "conv3d", "convlstm"):
        filters = (1, 2) if cell == "convlstm" else (2, 3)

        def config(name: str, shape: Any, pools: Any, dense: Any, filters: Any = filters) -> Any:
            blocks = tuple(ConvBlock(L, pool) for L, pool in zip(filters, pools, strict=True))
            return NetworkConfig(name, shape, 2 if name == "gesture" else 3, blocks, dense, 3)

        if cell != "conv3d":
            mnist = config("mnist", (4, 4, 2), (HALF, HALF), (4, 3))
            yield f"mnist-like-{cell}", Form(cell, 0.5, mnist, 2)
        if cell in {"liaf", "lif", "conv3d"}:
            cifar10 = config("cifar10", (4, 4, 2), (None, QUARTER), (4,))
            yield f"cifar10-like-{cell}", Form(cell, 0.3, cifar10, 2)
        if cell not in {"conv2d", "conv3d"}:
            gesture = config("gesture", (4, 2, 2), (None, HALF), (3,))
            yield f"gesture-{cell}-joint", Form(cell, 0.5, gesture, 4, "joint")
            yield f"gesture-{cell}-per_step", Form(cell, 0.3, gesture, 4, "per_step")


FORMS = dict(forms())


class Point(NamedTuple):
    """A network, its parameters, and what they are applied to."""

    net: Any
    params: Arrays
    inputs: tuple[Any, ...]
    labels: Array
    loss: Any = loss

    def value(self, params: Arrays) -> Array:
        """The loss."""
        logits, _ = self.net.run(params, *self.inputs, kernels=REFERENCE)
        value: Array = self.loss.forward(logits, self.labels)[0]
        return value

    def gradients(self, params: Arrays) -> Arrays:
        """By the backward pass, in every parameter."""
        logits, tape = self.net.run(params, *self.inputs, kernels=REFERENCE)
        _, loss_tape = self.loss.forward(logits, self.labels)
        found: Arrays = self.net.back(self.loss.backward(np.ones(()), loss_tape), tape)
        return found


def idle(net: Any) -> list[str]:
    """Biases that a batch normalization right behind takes away again."""
    stages = net.sequential.layers if hasattr(net, "sequential") else ()
    return [
        f"{name}.b"
        for (name, below), (_, above) in pairwise(stages)
        if isinstance(above, BatchNorm) and isinstance(below, Conv2D | Dense)
    ]


def draw(net: Any, rng: np.random.Generator) -> Arrays:
    """Parameters with which neurons fire."""
    at = {}
    for name, shape in net.param_shapes().items():
        ends = RANGES.get(name.rpartition(".")[2])
        at[name] = rng.uniform(*ends, shape) if ends else rng.normal(0.0, 0.6, shape)
    return at


def point(form: Form, fires: Pair) -> Point:
    """The first point at which the loss depends on every parameter but the idle ones."""
    net, rng = form.make(fires), np.random.default_rng(97)
    for _ in range(MAX_TRIES):
        params = draw(net, rng)
        frames = rng.normal(size=(form.batch, net.steps, *net.sequential.in_shape))
        inputs = frames, net.draw_masks(rng, form.batch, np.float64)
        found = Point(net, params, inputs, rng.integers(0, 3, form.batch), net.loss)
        grads = found.gradients(params)
        if all(abs(g).max() > MIN_GRADIENT for name, g in grads.items() if name not in idle(net)):
            return found
    raise AssertionError(f"no {net.name} depends on all of its parameters")


def check(found: Point) -> None:
    """Compare all gradients but the idle ones, whose parameters stay where they are."""
    fixed = {name: found.params[name] for name in idle(found.net)}
    moving = {name: array for name, array in found.params.items() if name not in fixed}

    def by_hand(at: Arrays) -> Arrays:
        grads = found.gradients({**at, **fixed})
        return {name: grads[name] for name in at}

    check_by_complex_step(GradientProblem(moving, lambda at: found.value({**at, **fixed}), by_hand))


@pytest.mark.parametrize("name", FORMS)
def test_complex_step_through_the_frozen_spike(name: str) -> None:
    form = FORMS[name]
    check(point(form, spike.frozen(spike.paper(form.mu))))


@pytest.mark.parametrize("cell", CELL_FACTORIES)
def test_complex_step_of_the_network_of_fig_5(cell: str) -> None:
    fires = spike.frozen(spike.paper(0.3))
    mode = "NTR" if cell == "liaf" else "TR"
    neuron = Neuron(mode=mode, spike=fires) if cell in SPIKING_CELLS else None
    net = BabiNetwork(7, cell, embedding_dim=3, units=4, neuron=neuron)
    check(Point(net, draw(net, np.random.default_rng(91)), (STORY, QUERY), ANSWERS))


@pytest.mark.parametrize("name", ["gesture-liaf-joint", "gesture-lif-per_step"])
def test_a_bias_before_batch_normalization_is_idle(name: str) -> None:
    """Its gradient is a sum of terms that cancel: those of the weights, times the inputs."""
    form = FORMS[name]
    found = point(form, spike.paper(form.mu))
    grads = found.gradients(found.params)
    assert idle(found.net) == ["conv1.b", "conv2.b", "dense3.b", "dense4.b"]
    for bias in idle(found.net):
        assert abs(grads[bias]).max() < 1e-13 * abs(grads[bias.replace(".b", ".W")]).max()
        moved = found.value({**found.params, bias: found.params[bias] + 1.0})
        assert abs(moved - found.value(found.params)) < 1e-13
