"""Frozen parameters: training does not change them and computes no gradients for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import short_text
from liaf_ref._core.validation import check_instance, check_items, validate_fields
from liaf_ref.kernels.array import Array
from liaf_ref.training.array_dict import ArrayDict
from liaf_ref.training.optimizers import Optimizer, check_optimizer
from liaf_ref.training.protocols import Trainable

WHERE = "the frozen parameters"


@dataclass(frozen=True)
class FrozenParameters(Optimizer):
    """Optimizer that does not change the named parameters, not even by weight decay.

    Parameters
    ----------
    optimizer : Optimizer
        Optimizer of the other parameters.
    names : frozenset of str
        Names of the frozen parameters; state and gradients need not contain them.

    Raises
    ------
    InputError
        If an argument has another type; on the first step, if no parameter has one of the names.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.training import FrozenParameters
    >>> optimizer = FrozenParameters(lr.SGD(0.1), frozenset({"b"}))
    >>> params = {"W": np.ones(1), "b": np.ones(1)}
    >>> params, _ = optimizer.step(params, {"W": np.ones(1)}, optimizer.initial_state(params))
    >>> float(params["W"][0]), float(params["b"][0])
    (0.9, 1.0)
    """

    lr: float = field(init=False)  # that of ``optimizer``
    optimizer: Optimizer
    names: frozenset[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "lr", check_optimizer(self.optimizer).lr)
        validate_fields(self, ("names",), _check_names)

    def _state_template(self, params: Mapping[str, Array]) -> ArrayDict:
        """The optimizer's state of the others; refuse a name that no parameter has."""
        for name in sorted(self.names - params.keys()):
            reason = (
                f"expected names of parameters, got {short_text(name)}; known: "
                f"{', '.join(sorted(params))}"
            )
            raise InputError.for_argument("names", WHERE, reason)
        return self.optimizer._state_template(self.trainable(params))

    def trainable(self, arrays: Mapping[str, Array]) -> ArrayDict:
        """The arrays of parameters that are not frozen."""
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
        """The same optimizer with a scaled learning rate."""
        return replace(self, optimizer=self.optimizer.with_scaled_lr(factor))


class GradientMask(NamedTuple):
    """A network without the gradients of the named parameters."""

    network: Trainable
    names: frozenset[str]

    def forward(self, *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """As the network."""
        return self.network.forward(*args, **kwargs)

    def backward(self, dlogits: Array, tape: Any) -> ArrayDict:
        """As the network; clipping then sees the gradients of what is trained."""
        grads = self.network.backward(dlogits, tape)
        return {name: grad for name, grad in grads.items() if name not in self.names}


def mask_gradients(network: Trainable, names: frozenset[str]) -> Trainable:
    """A network without the gradients of the named parameters; the network if there are none."""
    kind: type[Trainable] = Trainable  # type: ignore[type-abstract]
    network = check_instance("network", network, kind, WHERE, "an object with forward and backward")
    names = _check_names("names", names)
    return GradientMask(network, names) if names else network


def _check_names(name: str, value: object) -> frozenset[str]:
    return frozenset(check_items(name, value, str, WHERE, "a set of names"))
