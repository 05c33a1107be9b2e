"""What comes to the loop, checked at the door."""

from typing import Protocol, runtime_checkable

from liaf_ref.door import check_instance, check_mapping, check_parameters
from liaf_ref.door.values import describe
from liaf_ref.errors import InputError
from liaf_ref.training.protocols import Gives, Loss, Network, Samples
from liaf_ref.training.state import TrainingState


@runtime_checkable
class HasShapes(Protocol):
    """What says the shapes of its parameters."""

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes by name."""


def check_passes(network: object, loss: object) -> None:
    """Refuse what has no passes."""
    for name, value, kind in (("network", network, Network), ("loss", loss, Loss)):
        check_instance(name, value, kind, "training", "functions forward and backward")


def check_arrays(network: object, params: object, running: object) -> None:
    """Refuse what are no parameters; a network that has shapes says which are its own."""
    check_mapping("params", params, "training", "arrays by name")
    if running is not None:
        check_mapping("running", running, "training", "arrays by name")
    if isinstance(network, HasShapes):
        check_parameters(params, network.shapes(), "training")


def pair(data: object) -> tuple[Samples, Samples]:
    """Training and validation examples; refuse what is no such pair."""
    parts = data if isinstance(data, tuple) else ()
    if [isinstance(part, Samples) for part in parts] != [True, True]:
        wanted = "expected training and validation Examples in a tuple"
        raise InputError.of("data", "training", f"{wanted}, got {describe(data)}")
    return parts[0], parts[1]


def check_gives(gives: object, state: TrainingState) -> None:
    """Refuse what gives nothing, or a state of a network that is given something else."""
    if gives is not None:
        kind: type[Gives] = Gives  # type: ignore[type-abstract]
        check_instance("gives", gives, kind, "training", "functions masks and follow")
    if (gives is None) != (state.running is None):
        wanted = "none without" if gives is None else "those of"
        came = "none" if state.running is None else "some"
        reason = f"expected {wanted} gives, as start is told, got {came}"
        raise InputError.of("running statistics", "training", reason)
