"""Diagnosis of non-finite values: the layer, the equation and the time step of the first one."""

from collections.abc import Iterator
from types import ModuleType

from liaf_ref._core.errors import NonFiniteError, TrainingError
from liaf_ref.networks.base import Network
from liaf_ref.training.state import Event


def with_nonfinite_diagnosis(
    events: Iterator[Event], network: Network, loss: ModuleType
) -> Iterator[Event]:
    """Yield the events of training; on NaN or Inf, add to the error where it first occurred."""
    try:
        yield from events
    except NonFiniteError as error:
        raise TrainingError(f"{error}; {_locate(error, network, loss)}") from error


def _locate(error: NonFiniteError, network: Network, loss: ModuleType) -> str:
    # Imported here, so that it is loaded only after an error.
    from liaf_ref.networks.nonfinite import locate_nonfinite  # noqa: PLC0415

    batches = ((part.inputs, part.labels) for part in error.samples)
    try:
        found = locate_nonfinite(network, loss, error.params, error.buffers, batches)
    except MemoryError:
        return "the first non-finite value could not be located: out of memory"
    return (
        f"first non-finite value: {found}"
        if found
        else "all values are finite when the step is recomputed"
    )
