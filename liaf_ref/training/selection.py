"""Which weights of a finished run are tested: one epoch's, or the mean of several."""

from typing import Any

import numpy as np

from liaf_ref.data.batches import batches
from liaf_ref.kernels.array import Array
from liaf_ref.training.loop import restore_rng
from liaf_ref.training.protocols import ArrayDict, Dataset
from liaf_ref.training.state import EpochWeights, TrainingState


def select_weights(
    select_epoch: str, state: TrainingState, network: Any, train: Dataset, batch_size: int
) -> EpochWeights:
    """Select the weights to test: ``"best"``, ``"final"`` or ``"average"``."""
    if select_epoch == "best":
        return state.best
    if select_epoch == "final":
        return EpochWeights(state.epoch, state.params, state.running_stats)
    params = average_params(state.last_params)
    running = state.running_stats
    if running:  # those of the last epoch are not those of the averaged weights
        running = estimate_running_stats(network, params, train, batch_size, state.rng_state)
    return EpochWeights(state.epoch, params, running)


def average_params(epochs: tuple[ArrayDict, ...]) -> ArrayDict:
    """Average the weights at the ends of several epochs."""
    # The mean of the last iterates of stochastic gradient descent has a smaller variance than the
    # last iterate (Polyak and Juditsky 1992, SIAM J. Control Optim. 30, 838-855). For networks this
    # is stochastic weight averaging (Izmailov et al. 2018, arXiv:1803.05407), there with a constant
    # or cyclic learning rate.
    return {name: _mean([params[name] for params in epochs]) for name in epochs[0]}


def _mean(arrays: list[Array]) -> Array:
    wide = np.result_type(arrays[0].dtype, np.float64)
    mean: Array = np.mean(arrays, axis=0, dtype=wide).astype(arrays[0].dtype)
    return mean


@np.errstate(over="ignore", invalid="ignore")  # the score that follows shows it
def estimate_running_stats(
    network: Any, params: ArrayDict, data: Dataset, batch_size: int, rng_state: dict[str, Any]
) -> ArrayDict:
    """Compute running statistics for given parameters, in one pass over the training samples."""
    # Each batch is normalised by its own statistics, as in training and as in Izmailov et al.,
    # Section 3.2, but without dropout. The batches are mixed: data sets are sorted by class.
    passes, parts = network.passes(), []
    for index in batches(len(data), batch_size, restore_rng(rng_state)):
        _, tape = passes.forward(params, *data.take(index).inputs)
        parts.append(network.statistics(tape))
    stats: ArrayDict = network.pool_statistics(parts)
    return stats
