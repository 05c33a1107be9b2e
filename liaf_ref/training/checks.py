"""Checks of the training loop: its arguments, and that losses, gradients and parameters are finite.

A :class:`NonFiniteError` carries what locates the origin of the value.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError, NonFiniteError
from liaf_ref._core.text import describe_value
from liaf_ref._core.validation import check_instance, check_mapping, check_params
from liaf_ref.kernels.array import Array
from liaf_ref.training.protocols import BufferProvider, Dataset, HasParamShapes, Loss, Trainable
from liaf_ref.training.state import ArrayDataset, Score, TrainingState


def check_network_and_loss(network: object, loss: object, where: str) -> None:
    """Check that network and loss have a forward and a backward pass."""
    expected = "an object with forward and backward"
    check_instance("network", network, Trainable, where, expected)  # type: ignore[type-abstract]
    expected += ", such as liaf_ref.kernels.loss_mse"
    check_instance("loss", loss, Loss, where, expected)  # type: ignore[type-abstract]


def check_params_and_stats(network: object, params: object, running_stats: object) -> None:
    """Check parameters and statistics; against the shapes of the network if it has them."""
    check_mapping("params", params, "evaluation", "arrays by name")
    if running_stats is not None:
        check_mapping("running_stats", running_stats, "evaluation", "arrays by name")
    if isinstance(network, HasParamShapes):
        check_params(params, network.param_shapes(), "evaluation")


def check_train_and_validation(data: object) -> tuple[Dataset, Dataset]:
    """Check the pair of training and validation data."""
    parts = data if isinstance(data, tuple) else ()
    if [isinstance(part, Dataset) for part in parts] != [True, True]:
        expected = "expected a tuple of two ArrayDatasets, training and validation"
        raise InputError.for_argument("data", "training", f"{expected}, got {describe_value(data)}")
    return parts[0], parts[1]


def check_buffer_provider(buffer_provider: object, state: TrainingState) -> None:
    """Check the buffer provider, and that the state has running statistics if there is one."""
    if buffer_provider is not None:
        kind: type[BufferProvider] = BufferProvider  # type: ignore[type-abstract]
        check_instance(
            "buffer_provider",
            buffer_provider,
            kind,
            "training",
            "an object with draw_masks and update_running_stats",
        )
    if (buffer_provider is None) != (state.running_stats is None):
        expected = "None without" if buffer_provider is None else "running statistics with"
        actual = "None" if state.running_stats is None else "running statistics"
        reason = f"expected {expected} a buffer_provider, got {actual}"
        raise InputError.for_argument("running_stats", "training", reason)


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
