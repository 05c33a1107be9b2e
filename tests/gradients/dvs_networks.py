"""Small networks of Fig. 6 and Table VIII, points at which they have a gradient, their losses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any, NamedTuple

import numpy as np
from independent import sampling
from independent.comparison import Array, Arrays
from independent.finite_difference import REACH, STEP

from gradients.gradient_problem import GradientProblem
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import REFERENCE, Activation, BatchNorm, Conv2D, Dense, Neuron, Neurons
from liaf_ref.layers.sequential import merge
from liaf_ref.networks import (
    ConvBlock,
    NetworkConfig,
    SequenceClassifier,
    dvs_network,
    gesture_network,
)
from liaf_ref.networks.vision import DVS_NEURON, GESTURE_NEURON

HALF, QUARTER = (2, 2), (4, 4)
# So many neurons are near no kink only if the stencil is small.
SMALL_STEP = STEP / 4
# A potential moves by the sum of several in the layers below, and norms magnify.
MARGIN = 40 * REACH / 4
# A variance next to nothing magnifies rounding like all else.
MIN_VARIANCE = 0.004
MIN_COUNT = 2
# Rounding over the step is 1e-16 / 3e-5 = 3e-12 of a loss of order 1; the tolerance for a tensor
# of this size is five times that.
MIN_GRADIENT = 3e-4
MAX_TRIES = 20_000  # most of them end at the first layer
SPIKING = ("liaf", "lif")


class NetworkForm(NamedTuple):
    """A network's name and maker for a spike, and its batch."""

    name: str
    cell: str
    mu: float
    batch: int
    make: Callable[[Pair], SequenceClassifier]


def _network_config(
    name: str, shape: tuple[int, ...], cell: str, pools: Any, dense: Any
) -> NetworkConfig:
    """Of ConvLSTM, which has four times the parameters, fewer filters.

    The gesture network has more neurons than the others, and so fewer steps.
    """
    filters = (1, 2) if cell == "convlstm" else (2, 3)
    blocks = tuple(ConvBlock(L, pool) for L, pool in zip(filters, pools, strict=True))
    return NetworkConfig(name, shape, 2 if name == "gesture" else 3, blocks, dense, 3)


def _neuron(cell: str, spike: Pair, default: Neuron) -> Neuron:
    return replace(default, spike=spike) if cell in SPIKING else default


def _fig6(name: str, cell: str, pools: Any, dense: tuple[int, ...], mu: float) -> NetworkForm:
    setting = _network_config(name, (4, 4, 2), cell, pools, dense)

    def make(spike: Pair) -> SequenceClassifier:
        return dvs_network(setting, cell, neuron=_neuron(cell, spike, DVS_NEURON), dropout=0.25)

    return NetworkForm(f"{name}-{cell}", cell, mu, 2, make)


def _table_viii(cell: str, steps: str, mu: float) -> NetworkForm:
    """Dense, the statistics of each step are of the batch alone, which is larger therefore."""
    pools = (None, HALF)
    setting = _network_config("gesture", (4, 2, 2), cell, pools, (3,))

    def make(spike: Pair) -> SequenceClassifier:
        neuron = _neuron(cell, spike, GESTURE_NEURON)
        return gesture_network(cell, network_config=setting, neuron=neuron, time_statistics=steps)

    name = f"gesture-{cell}-{steps}"
    return NetworkForm(name, cell, mu, 6, make)


def _network_forms() -> Iterator[NetworkForm]:
    for cell in ("liaf", "lif", "conv2d", "conv3d", "convlstm"):
        yield _fig6("mnist-like", cell, (HALF, HALF), (4, 3), 0.5)
        yield _fig6("cifar10-like", cell, (None, QUARTER), (4,), 0.3)
    for cell in ("liaf", "lif", "convlstm"):
        yield _table_viii(cell, "joint", 0.5)
        yield _table_viii(cell, "per_step", 0.3)


FORMS = {form.name: form for form in _network_forms()}


class NetworkPoint(NamedTuple):
    """Parameters, and what they are applied to."""

    params: dict[str, Array]
    frames: Array
    masks: dict[str, Array]
    classes: Array


def unused_biases(net: SequenceClassifier) -> list[str]:
    """Biases that a batch normalisation right behind takes away again."""
    return [
        f"{name}.b"
        for (name, below), (_, above) in pairwise(net.sequential.layers)
        if isinstance(above, BatchNorm) and isinstance(below, Conv2D | Dense)
    ]


def _candidate(net: SequenceClassifier, batch: int, rng: np.random.Generator) -> NetworkPoint:
    ranges = {"v_th": (0.1, 0.6), "v_reset": (-0.4, 0.2), "alpha": (0.4, 0.9), "gamma": (0.5, 1.5)}
    at = {}
    for name, shape in net.param_shapes().items():
        ends = ranges.get(name.rpartition(".")[2])
        at[name] = rng.uniform(*ends, shape) if ends else rng.normal(0.0, 0.6, shape)
    frames = rng.normal(size=(batch, net.steps, *net.sequential.in_shape))
    return NetworkPoint(
        at, frames, net.draw_masks(rng, batch, np.float64), rng.integers(0, 3, batch)
    )


def _is_off_kinks(net: SequenceClassifier, point: NetworkPoint, mu: float) -> bool:
    """Whether all neurons and ReLUs are off their kinks, with some on every side of them."""
    counts: Sequence[Any]
    for step in net.sequential.iter_stages(point.params | point.masks, point.frames, REFERENCE):
        if isinstance(step.layer, Neurons):
            U, v_th = step.saved.U, step.saved.p.v_th
            x, seen = U - v_th, U - step.layer.neuron.kernel_arguments[2] * v_th
            kinks, counts = (
                [abs(x), abs(abs(x) - mu), abs(seen)],
                sampling.count_situations(x, seen, mu),
            )
        elif isinstance(step.layer, Activation):
            kinks, counts = [abs(step.X)], ((step.X > 0).sum(), (step.X < 0).sum())
        elif isinstance(step.layer, BatchNorm) and step.saved.statistics.v.min() < MIN_VARIANCE:
            return False
        else:
            continue
        if min(kink.min() for kink in kinks) < MARGIN or min(counts) < MIN_COUNT:
            return False
    return True


def _depends_on_all_parameters(
    net: SequenceClassifier, point: NetworkPoint, detached: bool
) -> bool:
    """Whether the loss depends on every parameter, but those behind a detached spike."""
    fixed = unused_biases(net)
    largest = [abs(g).max() for name, g in gradients(net, point).items() if name not in fixed]
    return all(g > MIN_GRADIENT or (detached and g == 0) for g in largest)


def draw_point(net: SequenceClassifier, form: NetworkForm, detached: bool = False) -> NetworkPoint:
    """The first point that is fit for differences, and not blind."""
    rng = np.random.default_rng(97)
    for _ in range(MAX_TRIES):
        point = _candidate(net, form.batch, rng)
        if _is_off_kinks(net, point, form.mu) and _depends_on_all_parameters(net, point, detached):
            return point
    raise AssertionError(f"no {net.name} is clear of its kinks and meets the quota")


def problem(net: SequenceClassifier, point: NetworkPoint) -> GradientProblem:
    """The network's loss in every parameter but the idle ones, which stay where they are."""
    fixed = {name: point.params[name] for name in unused_biases(net)}
    moving = {name: array for name, array in point.params.items() if name not in fixed}

    def value(at: Arrays) -> Array:
        logits, _ = net.run({**at, **fixed}, point.frames, point.masks, kernels=REFERENCE)
        loss: Array = net.loss.forward(logits, point.classes)[0]
        return loss

    def along(name: str, at: Arrays) -> Callable[[], Array]:
        logits = incremental_logits(net, name, {**at, **fixed, **point.masks}, point.frames)

        def moved() -> Array:
            loss: Array = net.loss.forward(logits(), point.classes)[0]
            return loss

        return moved

    def by_hand(at: Arrays) -> Arrays:
        grads = gradients(net, point._replace(params={**at, **fixed}))
        return {name: grads[name] for name in at}

    return GradientProblem(moving, value, by_hand, along)


def gradients(net: SequenceClassifier, point: NetworkPoint) -> dict[str, Array]:
    """By the network's backward pass, in every parameter."""
    logits, tape = net.run(point.params, point.frames, point.masks, kernels=REFERENCE)
    _, loss_tape = net.loss.forward(logits, point.classes)
    return net.back(net.loss.backward(np.ones(()), loss_tape), tape)


def incremental_logits(
    network: SequenceClassifier, name: str, arrays: Mapping[str, Array], frames: Array
) -> Callable[[], Array]:
    """A network's logits while one parameter is changed in place."""
    chain, X = network.sequential, frames
    first = next(
        index
        for index, (prefix, layer) in enumerate(chain.stages)
        if name in merge([(prefix, layer.shapes)])
    )
    for stage in islice(chain.iter_stages(arrays, X, REFERENCE), first):
        X = stage.Y

    def logits() -> Array:
        *_, last = chain.iter_stages(arrays, X, REFERENCE, first)
        return last.Y[:, 0]

    return logits
