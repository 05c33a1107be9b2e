"""Data, settings, state and events of training."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    as_array,
    check_generator,
    check_index_array,
    check_instance,
    check_number,
    check_positive_int,
    validate_fields,
    validate_optional_fields,
)
from liaf_ref.kernels.array import Array
from liaf_ref.training.array_dict import ArrayDict
from liaf_ref.training.optimizers import Optimizer, check_optimizer


@dataclass(frozen=True, eq=False)
class ArrayDataset:
    """Inputs and true classes, first axis the example.

    Parameters
    ----------
    inputs : tuple of array
        One array per kind of input.
    labels : array of int, shape (N,)
        True classes, numbered from 0.

    Raises
    ------
    InputError
        If one of them is no such array, or their numbers of examples differ.
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
                reason = "expected arrays with an axis of examples, got one without axes"
                raise InputError.for_argument("inputs", "the data", reason)
        sizes = [len(x) for x in (*self.inputs, self.labels)]
        if min(sizes) != max(sizes) or not sizes[-1]:
            raise InputError(
                "examples of the data: expected as many inputs as labels and at least one, "
                f"got lengths {', '.join(map(str, sizes[:-1]))} and {sizes[-1]}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: Array) -> "ArrayDataset":
        """Pick examples by number.

        Parameters
        ----------
        indices : ndarray of int, shape (n,)
            Their numbers.

        Returns
        -------
        examples : ArrayDataset
            In that order.

        Raises
        ------
        InputError
            If there are no such examples.
        """
        indices = check_index_array("indices", indices, ("n",), len(self), "the data")
        return ArrayDataset(tuple(x[indices] for x in self.inputs), self.labels[indices])


@dataclass(frozen=True)
class TrainingSettings:
    """How long to train, and in what batches.

    Parameters
    ----------
    epochs : int
        Passes over the training examples.
    batch_size : int
        Examples per step; the last batch of an epoch may be smaller.
    clip : float, optional
        Largest joint norm of the gradients; off by default, as in the paper.
    eval_batch_size : int
        Examples at a time in evaluation; decides memory and rounding, nothing else.
    stop_after : int, optional
        Epochs in a row without a validation loss below the lowest before, after which
        training stops; off by default.

    Raises
    ------
    InputError
        If one of them is not so.
    """

    epochs: int
    batch_size: int = 32
    clip: float | None = None
    eval_batch_size: int = 250
    stop_after: int | None = None

    def __post_init__(self) -> None:
        validate_fields(
            self, ("epochs", "batch_size", "eval_batch_size"), check_positive_int, "training"
        )
        validate_optional_fields(self, ("stop_after",), check_positive_int, "training")
        above = "a finite number > 0"
        validate_optional_fields(self, ("clip",), check_number, "training", lambda x: x > 0, above)


class Score(NamedTuple):
    """Mean loss in nats and share of right answers."""

    loss: float
    accuracy: float


class BestEpoch(NamedTuple):
    """The parameters that did best on the validation examples so far."""

    epoch: int
    score: Score
    params: ArrayDict
    running_stats: ArrayDict | None = None


class TrainingState(NamedTuple):
    """Everything that decides how training goes on.

    ``rng_state`` is the state of the batch order's generator at the start of the
    current epoch; ``epoch`` counts finished epochs and ``batch`` finished
    batches of the current one, over which ``loss_sum`` and ``num_correct`` run.
    ``running_stats`` are those of a network that has buffers, see
    :class:`liaf_ref.training.protocols.BufferProvider`; ``validation_losses`` those of the
    finished epochs, which a schedule goes by.
    """

    params: ArrayDict
    optimizer_state: ArrayDict
    rng_state: dict[str, Any]
    epoch: int = 0
    batch: int = 0
    loss_sum: float = 0.0
    num_correct: int = 0
    best: BestEpoch | None = None
    running_stats: ArrayDict | None = None
    validation_losses: tuple[float, ...] = ()


class StepDone(NamedTuple):
    """One optimizer step was taken.

    ``num_batches`` is their number per epoch; the sums of the state run over ``num_examples``.
    """

    state: TrainingState
    loss: float
    num_batches: int
    num_examples: int


class EpochDone(NamedTuple):
    """An epoch has ended.

    ``train`` is the running score, taken before each step; ``stop_reason`` is why training
    stopped early, if it did.
    """

    state: TrainingState
    train: Score
    validation: Score
    stop_reason: str | None = None


Event = StepDone | EpochDone


def initial_training_state(
    params: ArrayDict,
    optimizer: Optimizer,
    rng: np.random.Generator,
    running_stats: ArrayDict | None = None,
) -> TrainingState:
    """State before the first step."""
    optimizer = check_optimizer(optimizer)
    order = dict(check_generator("rng", rng, "training").bit_generator.state)
    if order["bit_generator"] != "PCG64":
        reason = f"expected a generator of numpy.random.default_rng, got {order['bit_generator']}"
        raise InputError.for_argument("rng", "training", reason)
    return TrainingState(
        params, optimizer.initial_state(params), order, running_stats=running_stats
    )
