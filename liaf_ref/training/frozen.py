"""Parameters that stay as they were drawn: they are not stepped, and have no gradient."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_instance, check_items, validate_fields
from liaf_ref._core.validation.scalars import short_text
from liaf_ref.kernels.array import Array
from liaf_ref.training.array_dict import ArrayDict
from liaf_ref.training.optimizers import Optimizer, check_optimizer
from liaf_ref.training.protocols import Trainable

WHERE = "the fixed parameters"


@dataclass(frozen=True)
class FrozenParameters(Optimizer):
    """A rule for all parameters but some: neither gradient nor weight decay moves those.

    Parameters
    ----------
    optimizer : Optimizer
        What steps the others.
    names : frozenset of str
        The parameters that stay; the state has nothing of them, and their gradients may be
        left out.

    Attributes
    ----------
    lr : float
        The rule's.

    Raises
    ------
    InputError
        If ``optimizer`` is no optimizer, or ``names`` are no names.
    """

    lr: float = field(init=False)
    optimizer: Optimizer
    names: frozenset[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "lr", check_optimizer(self.optimizer).lr)
        validate_fields(self, ("names",), _check_names)

    def state_template(self, params: Mapping[str, Array]) -> ArrayDict:
        """What the rule keeps of the others; refuse a name that no parameter has."""
        for name in sorted(self.names - params.keys()):
            reason = f"expected names of parameters, got {short_text(name)}, which none has"
            raise InputError.for_argument("names", WHERE, reason)
        return self.optimizer.state_template(self.trainable(params))

    def trainable(self, arrays: Mapping[str, Array]) -> ArrayDict:
        """What is not of the fixed parameters."""
        return {name: array for name, array in arrays.items() if name not in self.names}

    def step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[ArrayDict, ArrayDict]:
        """Take one step of the trainable parameters; see :meth:`Optimizer.step`."""
        moved, after = self.optimizer.step(self.trainable(params), self.trainable(grads), state)
        return {**params, **moved}, after

    def _step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[ArrayDict, ArrayDict]:
        """Take one step of the trainable parameters without checks."""
        moved, after = self.optimizer._step(self.trainable(params), self.trainable(grads), state)
        return {**params, **moved}, after

    def with_scaled_lr(self, factor: float) -> Self:
        """Give the same rule with a share of its learning rate."""
        return replace(self, optimizer=self.optimizer.with_scaled_lr(factor))


class GradientMask(NamedTuple):
    """A network without the gradients of some parameters."""

    network: Trainable
    names: frozenset[str]

    def forward(self, *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """As the network."""
        return self.network.forward(*args, **kwargs)

    def backward(self, dlogits: Array, tape: Any) -> ArrayDict:
        """As the network; a norm over all gradients is then of what is trained."""
        grads = self.network.backward(dlogits, tape)
        return {name: grad for name, grad in grads.items() if name not in self.names}


def mask_gradients(network: Trainable, names: frozenset[str]) -> Trainable:
    """Leave out gradients."""
    kind: type[Trainable] = Trainable  # type: ignore[type-abstract]
    network = check_instance("network", network, kind, WHERE, "an object with forward and backward")
    names = _check_names("names", names)
    return GradientMask(network, names) if names else network


def _check_names(name: str, value: object) -> frozenset[str]:
    return frozenset(check_items(name, value, str, WHERE, "a set of names"))
