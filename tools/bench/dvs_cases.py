"""The networks on images as cases: a training step on drawn frames, dropout and loss included."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from bench import jax_dvs_baselines, torch_compile_baselines, torch_dvs_baselines
from bench.case import BuiltCase, Case
from bench.hardware_bound import MinimumWork
from bench.torch_baselines import Baselines
from liaf_ref.analysis import op_count
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Conv2D, Dense, Neurons, TimeMean
from liaf_ref.networks import CIFAR10_DVS, MNIST_DVS, dvs_network, gesture_network
from liaf_ref.networks.classifier import SequenceClassifier as Classifier
from liaf_ref.training.data_parallel import DataParallel
from liaf_ref.training.protocols import Trainable

MU = 0.5
WORKERS = 2
EVENT_RATE = 0.1  # events of a pixel and polarity in a frame, on average


class Batch(NamedTuple):
    """Frames and classes."""

    frames: Array
    labels: Array


def random_batch(net: Classifier, size: int, seed: int, steps: int | None = None) -> Batch:
    """Draw frames as sparse as events make them, and classes; the paper's steps unless said."""
    rng = np.random.default_rng(seed)
    shape = size, net.steps if steps is None else steps, *net.sequential.in_shape
    frames = rng.poisson(EVENT_RATE, shape).astype(np.float32)
    return Batch(frames, rng.integers(0, net.sequential.out_shape[0], size))


def training_step(
    net: Classifier, data: Batch, seed: int, passes: Trainable | None = None
) -> Callable[[], object]:
    """A training step short of the optimizer: masks, forward, loss, all gradients."""
    params = net.init(np.random.default_rng(seed))
    passes = net.passes() if passes is None else passes
    rng, one = np.random.default_rng(seed), np.ones((), np.float32)

    def run() -> object:
        logits, tape = passes.forward(params, data.frames, net.draw_masks(rng, len(data.labels)))
        _, loss_tape = net.loss.forward(logits, data.labels)
        return passes.backward(net.loss.backward(one, loss_tape), tape)

    return run


def network_case(make: Callable[[], Classifier], size: int, seed: int) -> BuiltCase:
    """A training step against the same network in eager PyTorch."""
    net = make()
    data = random_batch(net, size, seed)
    params = net.init(np.random.default_rng(seed))
    makers = torch_dvs_baselines, torch_compile_baselines, jax_dvs_baselines
    baselines = [partial(maker.network_baselines, net, params, *data, MU) for maker in makers]
    return BuiltCase(training_step(net, data, seed), baselines, min_work(net, size))


def data_parallel_case(make: Callable[[], Classifier], size: int, seed: int) -> BuiltCase:
    """A training step by two processes against one, and against PyTorch with two threads."""
    net = make()
    data = random_batch(net, size, seed)
    params = net.init(np.random.default_rng(seed))
    parallel = DataParallel(net, WORKERS)
    parallel.__enter__()  # for as long as the measuring process lives

    def baselines() -> Baselines:
        theirs = torch_dvs_baselines.network_baselines(net, params, *data, MU, WORKERS)
        return {f"{name}, {WORKERS} threads": run for name, run in theirs.items()} | {
            "ours, one process": training_step(net, data, seed)
        }

    return BuiltCase(training_step(net, data, seed, parallel), [baselines], min_work(net, size))


def min_work(net: Classifier, size: int) -> MinimumWork:
    """Least work of a step: products three times over, each layer's arrays once each way."""
    products = elementwise = moved = 0
    T = net.steps
    for number, (_, layer) in enumerate(net.sequential.stages):
        count = op_count.count_exact(layer, T, spikes=False).repeated(size)
        out = size * T * int(np.prod(layer.out_shape))
        if isinstance(layer, Conv2D | Dense):
            products += 2 * count.muls * (2 if number == 0 else 3)  # no gradient in the frames
        elif isinstance(layer, Neurons):
            elementwise += 18 * out
        else:
            elementwise += 3 * (count.muls + count.adds)
        moved += 4 * 4 * out
        T = 1 if isinstance(layer, TimeMean) else T
    return MinimumWork(products, elementwise, moved)


NETWORKS: dict[str, tuple[str, Callable[..., Classifier], int]] = {
    "mnist-dvs": ("Fig. 6 with Table V's MNIST-DVS half, LIAF", partial(dvs_network, MNIST_DVS), 8),
    "cifar10-dvs": (
        "Fig. 6 with Table V's CIFAR10-DVS half, LIAF",
        partial(dvs_network, CIFAR10_DVS),
        1,
    ),
    "gesture": ("Table VIII, LIAF", gesture_network, 2),
}
CASES = {
    name: Case(f"{about}, batch {size}", partial(network_case, make, size))
    for name, (about, make, size) in NETWORKS.items()
} | {
    f"{name}-{WORKERS}": Case(
        f"the same by {WORKERS} processes, batch {max(size, WORKERS)}",
        partial(data_parallel_case, make, max(size, WORKERS)),
    )
    for name, (about, make, size) in NETWORKS.items()
}
