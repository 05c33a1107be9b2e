"""Estimate time and memory of a run from one measured training step."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.experiments.training_config import TrainingConfig
from liaf_ref.kernels.array import Array
from liaf_ref.networks.base import Network
from liaf_ref.networks.memory import estimate_memory

PROCESS_BYTES = 10**8  # Python with NumPy and this package
PROCESS_SECONDS = 1.0  # to import them, and to draw the figure at the end
LONG_STEP = 0.2  # seconds; a longer step takes as long for each sample of a batch
MAX_BATCH = 16  # samples of the measured step


class JobEstimate(NamedTuple):
    """What is known about a run before it starts."""

    kind: str  # runs of one kind take time in proportion to their cost
    cost: float  # comparable within a kind; between kinds only used to start long runs first
    data_sha256: str | None  # None if that requires reading all data


class RunEstimate(NamedTuple):
    """What a run needs, before it starts."""

    seconds: float  # of one processor core
    memory_bytes: int


def estimate_run(
    network: Network,
    config: TrainingConfig,
    inputs: Sequence[Array],
    sizes: tuple[int, int, int],
    preparing: float = 0.0,
    data_bytes: int = 0,
) -> RunEstimate:
    """Estimate a run from some samples, the sizes of its parts and the seconds to prepare these."""
    learn, validate, test = sizes
    batch = min(config.batch_size, learn)
    forward, training = measure_sample(network, inputs, batch)
    epoch = learn * training + validate * forward
    seconds = config.epochs * epoch + (learn + validate + test) * forward + preparing
    step = estimate_memory(network, batch, inputs[0].shape[1]).peak_bytes
    return RunEstimate(seconds, PROCESS_BYTES + data_bytes + step)


def measure_sample(network: Network, inputs: Sequence[Array], batch: int) -> tuple[float, float]:
    """Seconds of a forward pass and of a training step for one sample."""
    params, batch = network.init(0), min(batch, MAX_BATCH)
    one = _measure(network, params, inputs, 1)
    if one[1] > LONG_STEP:
        return one
    return min((_measure(network, params, inputs, batch) for _ in range(2)), key=sum)


def _measure(
    network: Network, params: Any, inputs: Sequence[Array], batch: int
) -> tuple[float, float]:
    rows = [x[np.arange(batch) % len(x)] for x in inputs]
    if hasattr(network, "draw_masks"):
        rows.append(network.draw_masks(np.random.default_rng(0), batch))
    passes = network.passes()
    start = time.process_time()
    logits, tape = passes.forward(params, *rows)
    middle = time.process_time()
    passes.backward(np.ones_like(logits), tape)
    return (middle - start) / batch, (time.process_time() - start) / batch
