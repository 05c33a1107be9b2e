"""The training loop, as a generator of events: whoever reads it shows progress their way.

The loop holds nothing: all there is to know about a run is in the
:class:`TrainingState` that each event carries, so any event can be saved, and
training continued from it takes the very steps it would have taken.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from liaf_ref.data.batches import batches
from liaf_ref.door import check_instance, check_positive
from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.training.clipping import clip_norm
from liaf_ref.training.failure import check_epoch, check_gradients, check_loss
from liaf_ref.training.guests import check_arrays, check_gives, check_passes, pair
from liaf_ref.training.named import Named
from liaf_ref.training.optimisers import Optimiser, check_optimiser
from liaf_ref.training.protocols import Gives, Loss, Network, Samples
from liaf_ref.training.schedules import Constant, Schedule
from liaf_ref.training.state import (
    Best,
    EpochDone,
    Event,
    Examples,
    Score,
    Settings,
    StepDone,
    TrainingState,
    start,
)
from liaf_ref.training.stopping import stopped

__all__ = [
    "Best",
    "EpochDone",
    "Event",
    "Examples",
    "Gives",
    "Loss",
    "Network",
    "Samples",
    "Score",
    "Settings",
    "StepDone",
    "TrainingState",
    "evaluate",
    "start",
    "train",
]


CONSTANT = Constant()


def train(
    network: Network,
    loss: Loss,
    optimiser: Optimiser,
    data: tuple[Samples, Samples],
    settings: Settings,
    state: TrainingState,
    gives: Gives | None = None,
    schedule: Schedule = CONSTANT,
) -> Iterator[Event]:
    """Train from ``state`` to the last epoch, or to that at which ``settings`` say to stop.

    Parameters
    ----------
    network, loss, optimiser
        What is trained, on what, and how.
    data : tuple of Samples
        Training and validation examples; the latter choose, they do not teach.
    settings : Settings
        Epochs and batches.
    state : TrainingState
        From :func:`start`, an earlier event or a checkpoint.
    gives : Gives, optional
        Masks and running statistics, for a network that takes some.
    schedule : Schedule
        What becomes of the learning rate after each epoch.

    Yields
    ------
    StepDone or EpochDone
        In the order in which they happen.

    Raises
    ------
    InputError
        If an argument is not so, before the first step; or at the first batch with a
        class that the network does not know.
    NonFiniteError
        When a loss, a gradient or, at the end of an epoch, a parameter is not
        finite; names step and parameter.
    """
    check_passes(network, loss)
    optimiser = check_optimiser(optimiser)
    check_instance("settings", settings, Settings, "training", "Settings")
    check_instance("state", state, TrainingState, "training", "the state of start or an event")
    kind: type[Schedule] = Schedule  # type: ignore[type-abstract]
    check_instance("schedule", schedule, kind, "training", "a schedule")
    check_gives(gives, state)
    examples, validation = pair(data)
    while state.epoch < settings.epochs and not stopped(state.losses, settings.stop_after):
        rule = optimiser.scaled(schedule.share(state.losses))
        rng = _generator(state.rng)
        order = list(batches(len(examples), settings.batch_size, rng))
        for index in order[state.batch :]:
            batch = examples.take(index)
            state, value = _step(network, loss, rule, batch, settings.clip, state, gives)
            seen = min(state.batch * settings.batch_size, len(examples))
            yield StepDone(state, value, len(order), seen)
        score = Score(state.loss_sum / len(examples), state.correct / len(examples))
        held_out = evaluate(
            network, loss, state.params, validation, settings.at_once, state.running
        )
        check_epoch(state, held_out, _portions(validation, settings.at_once))
        state = _next_epoch(state, rng, held_out)
        yield EpochDone(state, score, held_out, stopped(state.losses, settings.stop_after))


# Overflow is not worth a warning where it is an error: every step and epoch looks for it.
@np.errstate(over="ignore", invalid="ignore")
def evaluate(
    network: Network,
    loss: Loss,
    params: Named,
    examples: Samples,
    batch_size: int = 250,
    running: Named | None = None,
) -> Score:
    """Score parameters on examples, in batches of bounded size.

    Parameters
    ----------
    network, loss
        As for :func:`train`.
    params : dict of str to ndarray
        Parameters by name.
    examples : Samples
        What to score them on.
    batch_size : int
        Examples at a time; decides memory and rounding, nothing else.
    running : dict of str to ndarray, optional
        Running statistics, for a network that takes some.

    Returns
    -------
    Score
        Over all examples.

    Raises
    ------
    InputError
        If an argument is not so, or an example has a class that the network does
        not know.
    """
    check_passes(network, loss)
    kind: type[Samples] = Samples  # type: ignore[type-abstract]
    check_instance("examples", examples, kind, "training", "Examples")
    batch_size = check_positive("batch_size", batch_size, "training")
    check_arrays(network, params, running)
    total, correct = 0.0, 0
    for part in _portions(examples, batch_size):
        logits, _ = _answers(network, params, part, running)
        value, _ = loss.forward(logits, part.labels)
        total += float(value) * len(part)
        correct += int((logits.argmax(axis=-1) == part.labels).sum())
    return Score(total / len(examples), correct / len(examples))


def _portions(examples: Samples, size: int) -> Iterator[Examples]:
    """The examples in their order, so many at a time."""
    for first in range(0, len(examples), size):
        yield examples.take(np.arange(first, min(first + size, len(examples))))


def _answers(
    network: Network, params: Named, examples: Examples, given: Named | None
) -> tuple[Array, Any]:
    inputs = examples.inputs if given is None else (*examples.inputs, given)
    logits, tape = network.forward(params, *inputs)
    classes, last = logits.shape[-1], examples.labels.max()
    if last >= classes:
        reason = f"expected entries in 0 .. {classes - 1}, as many as logits, got {last}"
        raise InputError.of("labels", "training", reason)
    return logits, tape


def _generator(state: dict[str, Any]) -> np.random.Generator:
    rng = np.random.default_rng()
    rng.bit_generator.state = state
    return rng


def _mask_generator(state: TrainingState) -> np.random.Generator:
    """Draws a step's masks: which step it is decides, not how many there were before it."""
    return np.random.default_rng([state.rng["state"]["state"], state.epoch, state.batch])


@np.errstate(over="ignore", invalid="ignore")
def _step(
    network: Network,
    loss: Loss,
    optimiser: Optimiser,
    batch: Examples,
    clip: float | None,
    state: TrainingState,
    gives: Gives | None,
) -> tuple[TrainingState, float]:
    given = gives.masks(_mask_generator(state), len(batch)) if gives else None
    logits, tape = _answers(network, state.params, batch, given)
    value, loss_tape = loss.forward(logits, batch.labels)
    check_loss(value, state, batch, given)
    grads = network.backward(loss.backward(np.ones_like(value), loss_tape), tape)
    check_gradients(grads, state, batch, given)
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
        running=gives.follow(state.running or {}, tape) if gives else None,
    )
    return state, float(value)


def _next_epoch(state: TrainingState, rng: np.random.Generator, score: Score) -> TrainingState:
    epoch, best = state.epoch + 1, state.best
    if best is None or (score.accuracy, -score.loss) > (best.score.accuracy, -best.score.loss):
        best = Best(epoch, score, state.params, state.running)
    order = dict(rng.bit_generator.state)
    return TrainingState(
        state.params,
        state.optimiser,
        order,
        epoch,
        best=best,
        running=state.running,
        losses=(*state.losses, score.loss),
    )
