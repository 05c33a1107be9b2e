"""What comes to the loop, checked at the door."""

from typing import Protocol, runtime_checkable

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_instance, check_mapping, check_params
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.training.protocols import BufferProvider, Dataset, Loss, Network
from liaf_ref.training.state import TrainingState


@runtime_checkable
class HasParamShapes(Protocol):
    """What says the shapes of its parameters."""

    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes by name."""


def check_network_and_loss(network: object, loss: object) -> None:
    """Refuse what has no passes."""
    for name, value, kind in (("network", network, Network), ("loss", loss, Loss)):
        check_instance(name, value, kind, "training", "functions forward and backward")


def check_params_and_stats(network: object, params: object, running_stats: object) -> None:
    """Refuse what are no parameters; a network that has shapes says which are its own."""
    check_mapping("params", params, "training", "arrays by name")
    if running_stats is not None:
        check_mapping("running", running_stats, "training", "arrays by name")
    if isinstance(network, HasParamShapes):
        check_params(params, network.param_shapes(), "training")


def check_train_and_validation(data: object) -> tuple[Dataset, Dataset]:
    """Training and validation examples; refuse what is no such pair."""
    parts = data if isinstance(data, tuple) else ()
    if [isinstance(part, Dataset) for part in parts] != [True, True]:
        expected = "expected training and validation Examples in a tuple"
        raise InputError.for_argument("data", "training", f"{expected}, got {describe_value(data)}")
    return parts[0], parts[1]


def check_buffer_provider(buffer_provider: object, state: TrainingState) -> None:
    """Refuse what gives nothing, or a state of a network that is given something else."""
    if buffer_provider is not None:
        kind: type[BufferProvider] = BufferProvider  # type: ignore[type-abstract]
        check_instance("gives", buffer_provider, kind, "training", "functions masks and follow")
    if (buffer_provider is None) != (state.running_stats is None):
        expected = "none without" if buffer_provider is None else "those of"
        actual = "none" if state.running_stats is None else "some"
        reason = f"expected {expected} gives, as start is told, got {actual}"
        raise InputError.for_argument("running statistics", "training", reason)
