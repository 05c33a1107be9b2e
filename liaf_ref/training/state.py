"""Data, settings, state and events of training."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    as_array,
    check_index_array,
    check_instance,
    check_number,
    check_positive_int,
    check_rng,
    validate_fields,
    validate_optional_fields,
)
from liaf_ref.kernels.array import Array
from liaf_ref.training.array_dict import ArrayDict
from liaf_ref.training.optimizers import Optimizer, check_optimizer


@dataclass(frozen=True, eq=False)
class ArrayDataset:
    """Inputs and true classes; the first axis is the sample.

    Parameters
    ----------
    inputs : tuple of ndarray
        One array for each kind of input, each of shape (N, ...).
    labels : ndarray of int, shape (N,)
        True classes, numbered from 0.

    Raises
    ------
    InputError
        If the arrays differ in length or are empty, or ``labels`` does not hold classes.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.training import ArrayDataset
    >>> data = ArrayDataset((np.zeros((3, 4)),), np.array([0, 1, 1]))
    >>> len(data), data.take(np.array([2])).labels.tolist()
    (3, [1])
    """

    inputs: tuple[Array, ...]
    labels: Array

    def __post_init__(self) -> None:
        expected = "a tuple of arrays"
        inputs = check_instance("inputs", self.inputs, tuple, "the data", expected)
        arrays = [as_array(f"inputs[{k}]", x, "the data") for k, x in enumerate(inputs)]
        object.__setattr__(self, "inputs", tuple(arrays))
        labels = check_index_array("labels", self.labels, ("N",), None, "the data")
        object.__setattr__(self, "labels", labels)
        for x in arrays:
            if not x.ndim:
                reason = "expected arrays with a first axis for the samples, got one without axes"
                raise InputError.for_argument("inputs", "the data", reason)
        sizes = [len(x) for x in (*self.inputs, self.labels)]
        if min(sizes) != max(sizes) or not sizes[-1]:
            raise InputError(
                "samples of the data: expected as many inputs as labels and at least one, "
                f"got lengths {', '.join(map(str, sizes[:-1]))} and {sizes[-1]}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: Array) -> "ArrayDataset":
        """Pick samples by index."""
        indices = check_index_array("indices", indices, ("n",), len(self), "the data")
        return ArrayDataset(tuple(x[indices] for x in self.inputs), self.labels[indices])


@dataclass(frozen=True)
class TrainingSettings:
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

    epochs: int
    batch_size: int = 32
    clip: float | None = None
    eval_batch_size: int = 250
    stop_after: int | None = None
    average_epochs: int | None = None

    def __post_init__(self) -> None:
        validate_fields(
            self, ("epochs", "batch_size", "eval_batch_size"), check_positive_int, "training"
        )
        counts = "stop_after", "average_epochs"
        validate_optional_fields(self, counts, check_positive_int, "training")
        above = "a finite number > 0"
        validate_optional_fields(self, ("clip",), check_number, "training", lambda x: x > 0, above)


class Score(NamedTuple):
    """What :func:`liaf_ref.evaluate` returns.

    Attributes
    ----------
    loss : float
        Mean over the samples, in nats.
    accuracy : float
        Fraction of correct answers, in [0, 1].

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


class BestEpoch(NamedTuple):
    """The parameters with the best validation score so far."""

    epoch: int
    score: Score
    params: ArrayDict
    running_stats: ArrayDict | None = None


class TrainingState(NamedTuple):
    """Everything that decides how training continues."""

    params: ArrayDict
    optimizer_state: ArrayDict
    rng_state: dict[str, Any]  # of the batch order's generator at the start of the epoch
    epoch: int = 0  # finished epochs
    batch: int = 0  # finished batches of the current epoch
    loss_sum: float = 0.0  # over these batches
    num_correct: int = 0  # in these batches
    best: BestEpoch | None = None
    running_stats: ArrayDict | None = None  # of a network with buffers
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
    without_gradient: tuple[str, ...] = ()  # layers that no batch gave a gradient

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
    rng: np.random.Generator | int,
    running_stats: ArrayDict | None = None,
) -> TrainingState:
    """State before the first step."""
    optimizer = check_optimizer(optimizer)
    order = dict(check_rng("rng", rng, "training").bit_generator.state)
    if order["bit_generator"] != "PCG64":
        reason = f"expected a generator of numpy.random.default_rng, got {order['bit_generator']}"
        raise InputError.for_argument("rng", "training", reason)
    return TrainingState(
        params, optimizer.initial_state(params), order, running_stats=running_stats
    )
