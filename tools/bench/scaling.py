"""How the cost of a training step grows with batch, steps, pixels and channels.

Starting from a network's own sizes, one of them changes at a time. Each point is a training
step, with the memory that its tape holds after the forward pass and the memory that
:mod:`liaf_ref.networks.memory` predicts.
"""

import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from typing import NamedTuple

import numpy as np

from bench.dvs_cases import Batch, random_batch, training_step
from liaf_ref._core.validation import check_choice, check_positive_int
from liaf_ref.networks import (
    CIFAR10_DVS,
    GESTURE,
    MNIST_DVS,
    ConvBlock,
    NetworkConfig,
    SequenceClassifier,
    dvs_network,
    gesture_network,
)
from liaf_ref.networks.memory import check_memory, estimate_memory

SETTINGS = {setting.name: setting for setting in (MNIST_DVS, CIFAR10_DVS, GESTURE)}
REPEATS = 3


class ScalingPoint(NamedTuple):
    """One size, with the cost of its training step.

    Parameters
    ----------
    axis : str
        The size that changes: B, T, HW or L.
    value : int
        Samples, steps, pixels of a frame, or filters of the first block.
    batch, steps : int
        Of this point.
    seconds : float
        Median of a step.
    tape_bytes : int
        Bytes that the tape held.
    predicted_bytes : int
        Bytes that were predicted.
    """

    axis: str
    value: int
    batch: int
    steps: int
    seconds: float
    tape_bytes: int
    predicted_bytes: int


class ScalingCase(NamedTuple):
    """A point before it is measured."""

    axis: str
    value: int
    network: SequenceClassifier
    batch: int
    steps: int


def scaling_cases(name: str, cell: str, base_batch: int) -> list[ScalingCase]:
    """List the cases of a network.

    Parameters
    ----------
    name : str
        mnist-dvs, cifar10-dvs or gesture.
    cell : str
        Cell type of its blocks.
    base_batch : int
        Batch size while the other sizes change.

    Returns
    -------
    list of ScalingCase
        Axis by axis, growing.

    Raises
    ------
    InputError
        If there is no such network, it has no such cell, or ``base_batch`` is below 1.
    """
    setting = SETTINGS[check_choice("network", name, SETTINGS, "scaling")]
    base_batch = check_positive_int("base_batch", base_batch, "scaling")
    T, (H, W, _) = setting.steps, setting.shape
    net = _network(setting, cell)
    found = [ScalingCase("B", b, net, b, T) for b in (base_batch, 2 * base_batch, 4 * base_batch)]
    found += [ScalingCase("T", t, net, base_batch, t) for t in (T // 4, T // 2, T, 2 * T)]
    for h, w in ((H // 2, W // 2), (H, W), (3 * H // 2, 3 * W // 2)):
        sized = _network(replace(setting, shape=(h, w, 2)), cell)
        found.append(ScalingCase("HW", h * w, sized, base_batch, T))
    for factor in (1, 2, 4):
        blocks = tuple(ConvBlock(factor * b.filters // 2, b.pool) for b in setting.blocks)
        wide = _network(replace(setting, blocks=blocks), cell)
        found.append(ScalingCase("L", blocks[0].filters, wide, base_batch, T))
    return found


def measure_scaling(cases: list[ScalingCase], seed: int) -> Iterator[ScalingPoint]:
    """Measure sizes one after the other, yielding each as it is done.

    Parameters
    ----------
    cases : list of ScalingCase
        From :func:`scaling_cases`.
    seed : int
        Random seed of the data.

    Yields
    ------
    ScalingPoint
        In the order given.

    Raises
    ------
    RunError
        If one of them does not fit into memory; nothing has run then.
    """
    for size in cases:
        check_memory(size.network, size.batch, size.steps)
    for size in cases:
        data = random_batch(size.network, size.batch, seed, size.steps)
        predicted = sum(estimate_memory(size.network, size.batch, size.steps).tape_bytes.values())
        seconds = _step_seconds(size.network, data, seed)
        tape = _tape_bytes(size.network, data, seed)
        yield ScalingPoint(size.axis, size.value, size.batch, size.steps, seconds, tape, predicted)


def _network(setting: NetworkConfig, cell: str) -> SequenceClassifier:
    if setting.name == GESTURE.name:
        return gesture_network(cell, network_config=setting)
    return dvs_network(setting, cell)


def _step_seconds(network: SequenceClassifier, data: Batch, seed: int) -> float:
    run, times = training_step(network, data, seed), []
    run()
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return median(times)


def _tape_bytes(network: SequenceClassifier, data: Batch, seed: int) -> int:
    """Bytes that stay allocated from a forward pass for as long as its tape is kept."""
    rng = np.random.default_rng(seed)
    params, masks = network.init(rng), network.draw_masks(rng, len(data.labels))
    forward, _ = network.passes()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        logits, tape = forward(params, data.frames, masks)
        after, _ = tracemalloc.get_traced_memory()
        del logits, tape
    finally:
        tracemalloc.stop()
    return after - before + data.frames.nbytes + sum(M.nbytes for M in masks.values())
