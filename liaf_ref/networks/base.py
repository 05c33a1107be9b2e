"""What every network is: parameters by name, logits out, and what the package asks of it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol, Self

import numpy as np

from liaf_ref._core.signatures import check_constructor_call
from liaf_ref._core.validation import check_instance
from liaf_ref.analysis.op_count import LayerOpCount
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Params
from liaf_ref.layers.kernel_set import kernel_set_for
from liaf_ref.layers.signature import call_repr
from liaf_ref.networks.network_functions import NetworkFunctions


class NonFiniteTracer(Protocol):
    """One batch on its way through a network, to find the first value that is not finite."""

    def trace_forward(self) -> str | None:
        """Where the first one is on the way forward."""

    def logits(self) -> Array:
        """What the network answers."""

    def trace_backward(self, dlogits: Array) -> str | None:
        """Where the first one is on the way back from finite logits."""


class Network(ABC):
    """Base class of networks: inputs to one logit for each class, with gradients in the parameters.

    ``forward`` and ``backward`` check their arguments; ``_forward`` and ``_backward``, which
    subclasses write, do not. The methods under "Hooks" are what operation counts, memory
    estimates and error messages ask of a network.

    See Also
    --------
    BabiNetwork : The bAbI network of Fig. 5.
    dvs_network : The network of Fig. 6.
    gesture_network : The network of Table VIII.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> net = lr.BabiNetwork(22, "lif")
    >>> isinstance(net, lr.Network), net.count_params()
    (True, 17622)
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        check_constructor_call(cls, args, kwargs)
        return super().__new__(cls)

    def __repr__(self) -> str:
        return call_repr(self)

    @property
    @abstractmethod
    def name(self) -> str:
        """What commands call the network."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What errors call the network."""

    @property
    @abstractmethod
    def steps(self) -> int:
        """Time steps of a sample in the paper."""

    @abstractmethod
    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name."""

    @abstractmethod
    def init(self, rng: np.random.Generator | int, dtype: Any = np.float32) -> Params:
        """Draw initial parameters."""

    def count_params(self) -> int:
        """Count the parameters: the "weights" of Tables IV to IX."""
        return sum(int(np.prod(shape)) for shape in self.param_shapes().values())

    @abstractmethod
    def forward(self, params: Mapping[str, Array], *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """Logits ``(B, classes)``, and the tape for :meth:`backward`."""

    def __call__(self, params: Mapping[str, Array], *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """Call :meth:`forward`."""
        return self.forward(params, *args, **kwargs)

    @abstractmethod
    def backward(self, dlogits: Array, tape: Any) -> Params:
        """Gradients in the parameters."""

    @abstractmethod
    def _forward(self, params: Mapping[str, Array], *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """Run without checks."""

    @abstractmethod
    def _backward(self, dlogits: Array, tape: Any) -> Params:
        """Differentiate without checks."""

    def unchecked_functions(self, dtype: Any = np.float32) -> NetworkFunctions:
        """The passes without checks, with the kernels for parameters of ``dtype``."""
        return NetworkFunctions(
            partial(self._forward, kernel_set=kernel_set_for(dtype)), self._backward
        )

    # Hooks: what the rest of the package asks of a network.

    @abstractmethod
    def op_counts(self, steps: int) -> list[LayerOpCount]:
        """The operations of every layer, for one sample of that many steps."""

    @abstractmethod
    def example_inputs(self, steps: int) -> tuple[Any, ...]:
        """What goes into a training step with one sample, beside the parameters."""

    @abstractmethod
    def tape_parts(self, tape: Any) -> list[tuple[str, Any]]:
        """A tape, taken apart by the network's parts."""

    @abstractmethod
    def label_of_param_layer(self, param: str) -> str:
        """What errors call the layer that has a parameter."""

    @abstractmethod
    def make_nonfinite_tracer(
        self, params: Mapping[str, Array], buffers: Mapping[str, Array] | None, *inputs: Array
    ) -> NonFiniteTracer:
        """One batch, to find the first value that is not finite."""


def check_network(value: object, where: str) -> Network:
    """Refuse anything but a network."""
    return check_instance("network", value, Network, where, "a Network")  # type: ignore[type-abstract]
