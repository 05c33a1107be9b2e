"""Parameters that stay as they were drawn: they are not stepped, and have no gradient."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from liaf_ref.door import check_instance, check_items, keep
from liaf_ref.door.values import brief
from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.training.named import Named
from liaf_ref.training.optimisers import Optimiser, check_optimiser
from liaf_ref.training.protocols import Network

SOURCE = "the fixed parameters"


@dataclass(frozen=True)
class Fixed(Optimiser):
    """A rule for all parameters but some: neither gradient nor weight decay moves those.

    Parameters
    ----------
    rule : Optimiser
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
        If ``rule`` is no optimiser, or ``names`` are no names.
    """

    lr: float = field(init=False)
    rule: Optimiser
    names: frozenset[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "lr", check_optimiser(self.rule).lr)
        keep(self, ("names",), _check_names)

    def kept(self, params: Mapping[str, Array]) -> Named:
        """What the rule keeps of the others; refuse a name that no parameter has."""
        for name in sorted(self.names - params.keys()):
            reason = f"expected names of parameters, got {brief(name)}, which none has"
            raise InputError.of("names", SOURCE, reason)
        return self.rule.kept(self.others(params))

    def others(self, arrays: Mapping[str, Array]) -> Named:
        """What is not of the fixed parameters."""
        return {name: array for name, array in arrays.items() if name not in self.names}

    def step(
        self, params: Mapping[str, Array], grads: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[Named, Named]:
        """Take one step; see :meth:`Optimiser.step`."""
        moved, after = self.rule.step(self.others(params), self.others(grads), state)
        return {name: moved.get(name, value) for name, value in params.items()}, after

    def scaled(self, share: float) -> Self:
        """Give the same rule with a share of its learning rate."""
        return replace(self, rule=self.rule.scaled(share))


class Without(NamedTuple):
    """A network's passes, less the gradients of some parameters."""

    passes: Network
    names: frozenset[str]

    def forward(self, *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """As the network."""
        return self.passes.forward(*args, **kwargs)

    def backward(self, dlogits: Array, tape: Any) -> Named:
        """As the network; a norm over all gradients is then of what is trained."""
        grads = self.passes.backward(dlogits, tape)
        return {name: grad for name, grad in grads.items() if name not in self.names}


def without(passes: Network, names: frozenset[str]) -> Network:
    """Leave out gradients.

    Parameters
    ----------
    passes : Network
        What is trained.
    names : frozenset of str
        Parameters that are fixed.

    Returns
    -------
    Network
        ``passes`` itself, if there are none.

    Raises
    ------
    InputError
        If ``passes`` has none, or ``names`` are no names.
    """
    kind: type[Network] = Network  # type: ignore[type-abstract]
    passes = check_instance("passes", passes, kind, SOURCE, "functions forward and backward")
    names = _check_names("names", names)
    return Without(passes, names) if names else passes


def _check_names(name: str, value: object) -> frozenset[str]:
    return frozenset(check_items(name, value, str, SOURCE, "a set of names"))
