"""Checks for non-finite values in training; the error carries what locates their origin."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from liaf_ref._core.errors import NonFiniteError
from liaf_ref.kernels.array import Array
from liaf_ref.training.state import ArrayDataset, Score, TrainingState


def check_loss(value: Array, state: TrainingState, batch: ArrayDataset, buffers: Any) -> None:
    """Refuse the loss of a training step."""
    if not np.isfinite(value):
        what = f"the loss is {value}; a smaller learning rate may help"
        raise NonFiniteError(f"{_step_label(state)}: {what}", state.params, [batch], buffers)


def check_gradients(
    grads: Mapping[str, Array], state: TrainingState, batch: ArrayDataset, buffers: Any
) -> None:
    """Refuse the gradients of a training step; arguments as for :func:`check_loss`."""
    for name, gradient in grads.items():
        if not np.isfinite(gradient).all():
            what = f"the gradient of {name} is not finite"
            raise NonFiniteError(f"{_step_label(state)}: {what}", state.params, [batch], buffers)


def check_epoch(state: TrainingState, score: Score, validation: Iterable[ArrayDataset]) -> None:
    """Refuse parameters and validation loss after the last batch of an epoch."""
    place = f"epoch {state.epoch + 1}, after batch {state.batch}"
    for name, value in state.params.items():
        if not np.isfinite(value).all():
            what = f"the parameter {name} is not finite"
            raise NonFiniteError(f"{place}: {what}", state.params, (), state.running_stats)
    if not np.isfinite(score.loss):
        what = f"the validation loss is {score.loss}"
        raise NonFiniteError(f"{place}: {what}", state.params, validation, state.running_stats)


def _step_label(state: TrainingState) -> str:
    return f"epoch {state.epoch + 1}, batch {state.batch + 1}"
