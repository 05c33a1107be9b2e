"""The training loop, as a generator of events; the caller shows progress.

The loop keeps no state: each event carries the complete :class:`TrainingState`. Training that
continues from a saved event takes the same steps as without the interruption.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from liaf_ref._core import validation as checks
from liaf_ref._core.errors import InputError, NonFiniteError
from liaf_ref._core.text import count
from liaf_ref.data.batches import batches
from liaf_ref.kernels.array import Array
from liaf_ref.training import protocols
from liaf_ref.training import state as states
from liaf_ref.training.optimizers import ConstantLR, Optimizer, Schedule
from liaf_ref.training.protocols import ArrayDataset, ArrayDict, Dataset, Loss, Trainable

CONSTANT_LR = ConstantLR()


def iter_training(
    network: Trainable,
    loss: Loss,
    optimizer: Optimizer,
    data: tuple[Dataset, Dataset],
    settings: states.TrainingSettings,
    state: states.TrainingState,
    buffer_provider: protocols.BufferProvider | None = None,
    schedule: Schedule = CONSTANT_LR,
) -> Iterator[states.Event]:
    """Train from ``state`` to the last epoch, or until ``settings`` stop it."""
    samples, validation = data
    watched = tuple(dict.fromkeys(map(_layer_of, optimizer.trainable(state.params))))
    is_checked = False
    while state.epoch < settings.epochs and not early_stopping_reason(
        state.validation_losses, settings.stop_after
    ):
        rule = optimizer.with_scaled_lr(schedule.lr_factor(state.validation_losses))
        rng = restore_rng(state.rng_state)
        order = list(batches(len(samples), settings.batch_size, rng))
        # Where training resumes within an epoch, nobody knows about its first batches.
        silent = dict.fromkeys(watched if state.batch == 0 else ())
        for index in order[state.batch :]:
            batch = samples.take(index)
            state, value, grads = _train_step(
                network, loss, rule, batch, settings.clip, state, buffer_provider, is_checked
            )
            is_checked = True  # the names and shapes of all steps are those of the first
            for name in grads:
                if (layer := _layer_of(name)) in silent and grads[name].any():
                    del silent[layer]
            seen = min(state.batch * settings.batch_size, len(samples))
            yield states.StepDone(state, value, len(order), seen)
        score = _score(state.loss_sum, state.num_correct, samples)
        stats, size = state.running_stats if buffer_provider else None, settings.eval_batch_size
        held_out = compute_score(network, loss, state.params, validation, size, stats)
        parts = iter_batches(validation, size)
        place = f"epoch {state.epoch + 1}, after batch {state.batch}"
        _check_finite("the parameter", state.params, place, state, (), stats)
        loss_value = {"": np.asarray(held_out.loss)}
        _check_finite("the validation loss", loss_value, place, state, parts, stats)
        state = _finish_epoch(state, rng, held_out, settings.average_epochs)
        reason = early_stopping_reason(state.validation_losses, settings.stop_after)
        without_gradient = tuple(silent) if score.loss else ()
        if without_gradient:
            watched = ()  # to report it once
        yield states.EpochDone(state, score, held_out, reason, without_gradient)


def early_stopping_reason(losses: Sequence[float], stop_after: int | None) -> str | None:
    """Return the reason to stop training, if there is one."""
    if stop_after is None or not losses:
        return None
    lowest = min(losses)
    epoch = losses.index(lowest) + 1
    if len(losses) - epoch < stop_after:
        return None
    best = f"{lowest:.6g} of epoch {epoch}"
    return f"the validation loss has not been below its {best} for {count(stop_after, 'epoch')}"


def _layer_of(param: str) -> str:
    return param.rpartition(".")[0]


# Overflow is not worth a warning where it is an error: every step and epoch looks for it.
@np.errstate(over="ignore", invalid="ignore")
def compute_score(
    network: Trainable,
    loss: Loss,
    params: ArrayDict,
    data: Dataset,
    batch_size: int = 250,
    running_stats: ArrayDict | None = None,
) -> states.Score:
    """Score parameters on data, in batches of bounded size."""
    total, correct = 0.0, 0
    for part in iter_batches(data, batch_size):
        logits, _ = forward_batch(network, params, part, running_stats)
        value, _ = loss.forward(logits, part.labels)
        total += float(value) * len(part)
        correct += _count_correct(logits, part.labels)
    return _score(total, correct, data)


def _score(loss_sum: float, num_correct: int, data: Dataset) -> states.Score:
    """The means over data; targets have no accuracy."""
    accuracy = num_correct / len(data) if protocols.are_classes(data.labels) else math.nan
    return states.Score(loss_sum / len(data), accuracy)


def iter_batches(data: Dataset, batch_size: int) -> Iterator[ArrayDataset]:
    """Yield the samples in their order, in batches."""
    for first in range(0, len(data), batch_size):
        yield data.take(np.arange(first, min(first + batch_size, len(data))))


def forward_batch(
    network: Trainable, params: ArrayDict, samples: ArrayDataset, buffers: ArrayDict | None
) -> tuple[Array, Any]:
    """Logits and tape of a batch, whose labels have to fit."""
    inputs = samples.inputs if buffers is None else (*samples.inputs, buffers)
    logits, tape = network.forward(params, *inputs)
    if not protocols.are_classes(samples.labels):
        checks.check_shape("labels", samples.labels, logits.shape, "the data")
    elif (last := samples.labels.max()) >= (classes := logits.shape[-1]):
        reason = f"expected classes in 0 .. {classes - 1}, one for each logit, got {last}"
        raise InputError.for_argument("labels", "the data", reason)
    return logits, tape


def _count_correct(logits: Array, labels: Array) -> int:
    """How often the largest logit is that of the true class."""
    if not protocols.are_classes(labels):
        return 0
    return int((logits.argmax(axis=-1) == labels).sum())


def restore_rng(state: dict[str, Any]) -> np.random.Generator:
    """The generator of the batch order, in a state."""
    rng = np.random.default_rng()
    rng.bit_generator.state = state
    return rng


def _mask_rng(state: states.TrainingState) -> np.random.Generator:
    """A generator for the masks of a step, seeded by the step alone."""
    return np.random.default_rng([state.rng_state["state"]["state"], state.epoch, state.batch])


@np.errstate(over="ignore", invalid="ignore")
def _train_step(
    network: Trainable,
    loss: Loss,
    optimizer: Optimizer,
    batch: ArrayDataset,
    max_norm: float | None,
    state: states.TrainingState,
    buffer_provider: protocols.BufferProvider | None,
    is_checked: bool,
) -> tuple[states.TrainingState, float, ArrayDict]:
    buffers = buffer_provider.draw_masks(_mask_rng(state), len(batch)) if buffer_provider else None
    logits, tape = forward_batch(network, state.params, batch, buffers)
    value, loss_tape = loss.forward(logits, batch.labels)
    place = f"epoch {state.epoch + 1}, batch {state.batch + 1}"
    _check_finite("the loss", {"": value}, place, state, [batch], buffers)
    dlogits = loss.backward(np.ones_like(value), loss_tape)
    grads = optimizer.trainable(network.backward(dlogits, tape))
    _check_finite("the gradient of", grads, place, state, [batch], buffers)
    if max_norm is not None:
        grads = protocols.clip_grad_norm(grads, max_norm)
    advance = optimizer._step if is_checked else optimizer.step
    params, after = advance(state.params, grads, state.optimizer_state)
    state = state._replace(
        params=params,
        optimizer_state=after,
        batch=state.batch + 1,
        loss_sum=state.loss_sum + float(value) * len(batch),
        num_correct=state.num_correct + _count_correct(logits, batch.labels),
        running_stats=buffer_provider.update_running_stats(state.running_stats, tape)
        if buffer_provider
        else {},
    )
    return state, float(value), grads


def _finish_epoch(
    state: states.TrainingState,
    rng: np.random.Generator,
    score: states.Score,
    average_epochs: int | None,
) -> states.TrainingState:
    epoch, best, best_score = state.epoch + 1, state.best, state.best_score
    if _rank(score) > _rank(best_score):
        best, best_score = states.EpochWeights(epoch, state.params, state.running_stats), score
    order = dict(rng.bit_generator.state)
    # All of them rather than their sum: when training ends is not known before, as it may stop
    # early or be extended.
    last = (*state.last_params, state.params)[-average_epochs:] if average_epochs else ()
    return states.TrainingState(
        state.params,
        state.optimizer_state,
        order,
        epoch,
        best=best,
        best_score=best_score,
        running_stats=state.running_stats,
        validation_losses=(*state.validation_losses, score.loss),
        last_params=last,
    )


def _rank(score: states.Score) -> tuple[float, float]:
    """By accuracy, then by loss; by the loss alone where there is no accuracy."""
    return 0.0 if math.isnan(score.accuracy) else score.accuracy, -score.loss


def _check_finite(
    what: str,
    arrays: Mapping[str, Array],
    place: str,
    state: states.TrainingState,
    batches: Iterable[ArrayDataset],
    buffers: Any,
) -> None:
    """Raise the error that holds what is needed to find where a non-finite number began."""
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            found = f"{name} is not finite" if name else f"is {array}"
            hint = "; a smaller learning rate may help" if what == "the loss" else ""
            raise NonFiniteError(f"{place}: {what} {found}{hint}", state.params, batches, buffers)


# Which weights of a finished run are tested: one epoch's, or the mean of several.


def select_weights(
    select_epoch: str, state: states.TrainingState, network: Any, train: Dataset, batch_size: int
) -> states.EpochWeights:
    """Select the weights to test: ``"best"``, ``"final"`` or ``"average"``."""
    if select_epoch == "best":
        return state.best
    if select_epoch == "final":
        return states.EpochWeights(state.epoch, state.params, state.running_stats)
    params = average_params(state.last_params)
    running = state.running_stats
    if running:  # those of the last epoch are not those of the averaged weights
        running = estimate_running_stats(network, params, train, batch_size, state.rng_state)
    return states.EpochWeights(state.epoch, params, running)


def average_params(epochs: tuple[ArrayDict, ...]) -> ArrayDict:
    """Average the weights at the ends of several epochs."""
    # The mean of the last iterates of stochastic gradient descent has a smaller variance than the
    # last iterate (Polyak and Juditsky 1992, SIAM J. Control Optim. 30, 838-855). For networks this
    # is stochastic weight averaging (Izmailov et al. 2018, arXiv:1803.05407), there with a constant
    # or cyclic learning rate.
    means = {}
    for name, first in epochs[0].items():
        wide = np.result_type(first.dtype, np.float64)
        mean: Array = np.mean([params[name] for params in epochs], axis=0, dtype=wide)
        means[name] = mean.astype(first.dtype)
    return means


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
