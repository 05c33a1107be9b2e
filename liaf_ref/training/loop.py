"""The training loop, as a generator of events: whoever reads it shows progress their way.

The loop holds nothing: all there is to know about a run is in the
:class:`TrainingState` that each event carries, so any event can be saved, and
training continued from it takes the very steps it would have taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from liaf_ref.data.batches import batches
from liaf_ref.door import check_number, check_positive
from liaf_ref.errors import InputError, TrainingError
from liaf_ref.kernels.array import Array
from liaf_ref.training.optimisers import Named, Optimiser, clip_norm


class Network(Protocol):
    """What the loop needs of a network."""

    def forward(self, *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """Logits and tape, of the parameters and one array per kind of input."""

    def backward(self, dlogits: Array, tape: Any) -> Named:
        """Gradients by parameter name."""


class Loss(Protocol):
    """What the loop needs of a loss: a kernel's two functions."""

    def forward(self, Z: Array, y: Array) -> tuple[Array, Any]:
        """Loss and tape."""

    def backward(self, dloss: Array, tape: Any) -> Array:
        """Gradient in the logits."""


@dataclass(frozen=True)
class Examples:
    """Inputs and true classes, first axis the example."""

    inputs: tuple[Array, ...]
    labels: Array

    def __post_init__(self) -> None:
        sizes = [len(x) for x in (*self.inputs, self.labels)]
        if min(sizes) != max(sizes) or not sizes[-1]:
            raise InputError(
                "examples of training: expected as many inputs as labels and at least one, "
                f"got {', '.join(map(str, sizes[:-1]))} inputs and {sizes[-1]} labels"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: Array) -> "Examples":
        """Pick examples by number."""
        return Examples(tuple(x[index] for x in self.inputs), self.labels[index])


@dataclass(frozen=True)
class Settings:
    """How long and in what portions to train.

    Parameters
    ----------
    epochs : int
        Passes over the training examples.
    batch_size : int
        Examples per step; the last batch of an epoch may be smaller.
    clip : float, optional
        Largest joint norm of the gradients; off by default, as in the paper.
    """

    epochs: int
    batch_size: int = 32
    clip: float | None = None

    def __post_init__(self) -> None:
        check_positive("epochs", self.epochs, "training")
        check_positive("batch_size", self.batch_size, "training")
        if self.clip is not None:
            check_number("clip", self.clip, "training", lambda x: x > 0, "a finite number > 0")


class Score(NamedTuple):
    """Mean loss in nats and share of right answers."""

    loss: float
    accuracy: float


class Best(NamedTuple):
    """The parameters that did best on the validation examples so far."""

    epoch: int
    score: Score
    params: Named


class TrainingState(NamedTuple):
    """Everything that decides how training goes on.

    ``rng`` is the state of the batch order's generator at the start of the
    current epoch; ``epoch`` counts finished epochs and ``batch`` finished
    batches of the current one, over which ``loss_sum`` and ``correct`` run.
    """

    params: Named
    optimiser: Named
    rng: dict[str, Any]
    epoch: int = 0
    batch: int = 0
    loss_sum: float = 0.0
    correct: int = 0
    best: Best | None = None


class StepDone(NamedTuple):
    """One optimiser step was taken; ``batches`` is their number per epoch."""

    state: TrainingState
    loss: float
    batches: int


class EpochDone(NamedTuple):
    """An epoch has ended; ``train`` is the running score, taken before each step."""

    state: TrainingState
    train: Score
    validation: Score


Event = StepDone | EpochDone


def start(params: Named, optimiser: Optimiser, rng: np.random.Generator) -> TrainingState:
    """State before the first step."""
    return TrainingState(params, optimiser.start(params), dict(rng.bit_generator.state))


def train(
    network: Network,
    loss: Loss,
    optimiser: Optimiser,
    data: tuple[Examples, Examples],
    settings: Settings,
    state: TrainingState,
) -> Iterator[Event]:
    """Train from ``state`` to the last epoch.

    Parameters
    ----------
    network, loss, optimiser
        What is trained, on what, and how.
    data : tuple of Examples
        Training and validation examples; the latter choose, they do not teach.
    settings : Settings
        Epochs and batches.
    state : TrainingState
        From :func:`start`, an earlier event or a checkpoint.

    Yields
    ------
    StepDone or EpochDone
        In the order in which they happen.

    Raises
    ------
    TrainingError
        When a loss, a gradient or, at the end of an epoch, a parameter is not
        finite; names step and parameter.
    """
    examples, validation = data
    while state.epoch < settings.epochs:
        rng = _generator(state.rng)
        order = list(batches(len(examples), settings.batch_size, rng))
        for index in order[state.batch :]:
            state, value = _step(
                network, loss, optimiser, examples.take(index), settings.clip, state
            )
            yield StepDone(state, value, len(order))
        score = Score(state.loss_sum / len(examples), state.correct / len(examples))
        held_out = evaluate(network, loss, state.params, validation)
        _check_epoch(state, held_out)
        state = _next_epoch(state, rng, held_out)
        yield EpochDone(state, score, held_out)


# Overflow is not worth a warning where it is an error: every step and epoch looks for it.
@np.errstate(over="ignore", invalid="ignore")
def evaluate(
    network: Network, loss: Loss, params: Named, examples: Examples, batch_size: int = 250
) -> Score:
    """Score parameters on examples, in batches of bounded size."""
    total, correct = 0.0, 0
    for first in range(0, len(examples), batch_size):
        part = examples.take(np.arange(first, min(first + batch_size, len(examples))))
        logits, _ = network.forward(params, *part.inputs)
        value, _ = loss.forward(logits, part.labels)
        total += float(value) * len(part)
        correct += int((logits.argmax(axis=-1) == part.labels).sum())
    return Score(total / len(examples), correct / len(examples))


def _generator(state: dict[str, Any]) -> np.random.Generator:
    rng = np.random.default_rng()
    rng.bit_generator.state = state
    return rng


@np.errstate(over="ignore", invalid="ignore")
def _step(
    network: Network,
    loss: Loss,
    optimiser: Optimiser,
    batch: Examples,
    clip: float | None,
    state: TrainingState,
) -> tuple[TrainingState, float]:
    logits, tape = network.forward(state.params, *batch.inputs)
    value, loss_tape = loss.forward(logits, batch.labels)
    place = f"epoch {state.epoch + 1}, batch {state.batch + 1}"
    if not np.isfinite(value):
        raise TrainingError(f"{place}: the loss is {value}; a smaller learning rate may help")
    grads = network.backward(loss.backward(np.ones_like(value), loss_tape), tape)
    for name, gradient in grads.items():
        if not np.isfinite(gradient).all():
            raise TrainingError(f"{place}: the gradient of {name} is not finite")
    if clip is not None:
        grads = clip_norm(grads, clip)
    params, after = optimiser.step(state.params, grads, state.optimiser)
    right = int((logits.argmax(axis=-1) == batch.labels).sum())
    state = state._replace(
        params=params,
        optimiser=after,
        batch=state.batch + 1,
        loss_sum=state.loss_sum + float(value) * len(batch),
        correct=state.correct + right,
    )
    return state, float(value)


def _check_epoch(state: TrainingState, score: Score) -> None:
    place = f"epoch {state.epoch + 1}, after batch {state.batch}"
    for name, value in state.params.items():
        if not np.isfinite(value).all():
            raise TrainingError(f"{place}: the parameter {name} is not finite")
    if not np.isfinite(score.loss):
        raise TrainingError(f"{place}: the validation loss is {score.loss}")


def _next_epoch(state: TrainingState, rng: np.random.Generator, score: Score) -> TrainingState:
    epoch, best = state.epoch + 1, state.best
    if best is None or (score.accuracy, -score.loss) > (best.score.accuracy, -best.score.loss):
        best = Best(epoch, score, state.params)
    return TrainingState(
        state.params, state.optimiser, dict(rng.bit_generator.state), epoch, best=best
    )
