"""Settings, state and events of training."""

import math
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.declared import Declared
from liaf_ref.layers import types as t
from liaf_ref.training.optimizers import Optimizer, check_optimizer
from liaf_ref.training.protocols import ArrayDict

NO_ARRAYS: ArrayDict = {}


class TrainingSettings(Declared):
    """How long to train, and in what batches.

    Parameters
    ----------
    epochs : int
        Passes over the training samples.
    batch_size : int
        Samples per step; the last batch of an epoch may be smaller.
    clip : float, optional
        Largest joint norm of the gradients; the paper does not clip.
    eval_batch_size : int
        Samples per batch of an evaluation; affects memory and rounding only.
    stop_after : int, optional
        Early stopping: stop after this many consecutive epochs without a lower validation loss.
    average_epochs : int, optional
        Keep the parameters at the ends of this many last epochs, to average them.

    Raises
    ------
    InputError
        If a value is out of range.

    Examples
    --------
    >>> from liaf_ref.training import TrainingSettings
    >>> TrainingSettings(epochs=3, batch_size=8).eval_batch_size
    250
    """

    epochs: t.Count
    batch_size: t.Count = 32
    clip: t.Positive | None = None
    eval_batch_size: t.Count = 250
    stop_after: t.Count | None = None
    average_epochs: t.Count | None = None

    @classmethod
    def where(cls) -> str:
        """How errors name the owner of a field."""
        return "training"


class Score(NamedTuple):
    """What :func:`liaf_ref.evaluate` returns.

    Attributes
    ----------
    loss : float
        Mean over the samples; cross-entropy is in nats.
    accuracy : float
        Fraction of correct answers, in [0, 1]; NaN where the labels are targets.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> net = lr.Dense(2, 2)
    >>> params = {"W": np.eye(2), "b": np.zeros(2)}
    >>> score = lr.evaluate(net, params, (np.eye(2)[:, None], np.array([0, 0])))
    >>> score.accuracy, round(score.loss, 3)
    (0.5, 0.813)
    """

    loss: float
    accuracy: float


class EpochWeights(NamedTuple):
    """Parameters and running statistics, and the last epoch that they are of."""

    epoch: int
    params: ArrayDict
    running_stats: ArrayDict


class TrainingState(NamedTuple):
    """Everything that decides how training continues."""

    params: ArrayDict
    optimizer_state: ArrayDict
    rng_state: dict[str, Any]  # of the batch order's generator at the start of the epoch
    epoch: int = 0  # finished epochs
    batch: int = 0  # finished batches of the current epoch
    loss_sum: float = 0.0  # over these batches
    num_correct: int = 0  # in these batches
    best: EpochWeights = EpochWeights(0, NO_ARRAYS, NO_ARRAYS)  # of the best validation score
    best_score: Score = Score(math.inf, 0.0)  # before the first epoch, worse than any
    running_stats: ArrayDict = NO_ARRAYS  # empty without such statistics
    validation_losses: tuple[float, ...] = ()  # of the finished epochs, for a schedule
    last_params: tuple[ArrayDict, ...] = ()  # at the ends of the last epochs, to average


class StepDone(NamedTuple):
    """One optimizer step was taken."""

    state: TrainingState
    loss: float
    num_batches: int  # of an epoch
    num_samples: int  # over which the sums of the state run


class EpochDone(NamedTuple):
    """An epoch has ended."""

    state: TrainingState
    train: Score  # the running score: each batch before its step
    validation: Score
    stop_reason: str | None = None  # why training stopped early
    without_gradient: tuple[str, ...] = ()  # layers that no batch gave one; of the first such epoch

    def warning(self) -> str | None:
        """What is wrong with the epoch, in a sentence."""
        if not self.without_gradient:
            return None
        layers = ", ".join(self.without_gradient)
        return f"epoch {self.state.epoch}: no gradient reached {layers}; silent units pass none on"


Event = StepDone | EpochDone


def initial_training_state(
    params: ArrayDict,
    optimizer: Optimizer,
    rng: np.random.Generator,
    running_stats: ArrayDict = NO_ARRAYS,
) -> TrainingState:
    """State before the first step."""
    optimizer = check_optimizer(optimizer)
    order, moments = dict(rng.bit_generator.state), optimizer.initial_state(params)
    return TrainingState(params, moments, order, running_stats=running_stats)
