"""Where a number that is not finite began: parameters, way forward, loss or way back."""

from collections.abc import Iterable, Mapping
from types import ModuleType

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import as_array, check_instance, check_mapping
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.kernels.array import Array
from liaf_ref.networks.base import Network, NonFiniteTracer, check_network
from liaf_ref.networks.nonfinite.entries import nonfinite_value

Batch = tuple[tuple[Array, ...], Array]  # inputs and true classes
WHERE, EXPECTED_BATCHES = "origin", "pairs of a tuple of inputs and an array of labels"


@np.errstate(all="ignore")
def locate_nonfinite(
    network: Network,
    loss: ModuleType,
    params: Mapping[str, Array],
    buffers: Mapping[str, Array] | None,
    batches: Iterable[Batch],
) -> str | None:
    """Locate the first non-finite value in forward and backward passes."""
    check_network(network, WHERE)
    for name, value in check_mapping("params", params, WHERE, "arrays by name").items():
        as_array(name, value, WHERE)
    check_instance("batches", batches, Iterable, WHERE, EXPECTED_BATCHES)  # type: ignore[type-abstract]
    found = _nonfinite_param(network, params)
    for batch in () if found else batches:
        inputs, labels = _check_batch(batch)
        found = found or _trace_passes(
            network.make_nonfinite_tracer(params, buffers, *inputs), loss, labels
        )
    return found


def _check_batch(batch: object) -> Batch:
    if not isinstance(batch, tuple) or len(batch) != 2 or not isinstance(batch[0], tuple):
        raise InputError.for_argument(
            "batches", WHERE, f"expected {EXPECTED_BATCHES}, got {describe_value(batch)}"
        )
    return batch


def _nonfinite_param(network: Network, params: Mapping[str, Array]) -> str | None:
    """Describe a non-finite parameter: an update was too large."""
    for name, value in params.items():
        bad = nonfinite_value(value)
        if bad:
            return f"{name} is {bad} after an update of {network.label_of_param_layer(name)}"
    return None


def _trace_passes(tracer: NonFiniteTracer, loss: ModuleType, labels: Array) -> str | None:
    found = tracer.trace_forward()
    if found:
        return found
    value, tape = loss.forward(tracer.logits(), labels)
    bad = nonfinite_value(np.asarray(value))
    if bad:
        return f"the loss is {bad}, of finite logits"
    dlogits = loss.backward(np.ones_like(value), tape)
    bad = nonfinite_value(dlogits)
    if bad:
        return f"the gradient in the logits is {bad}, of a finite loss"
    return tracer.trace_backward(dlogits)
