"""What every network is: parameters by name, logits out, and what the package asks of it."""

from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

import numpy as np

from liaf_ref._core.signatures import checked_call
from liaf_ref._core.validation import check_instance
from liaf_ref.analysis.op_count import LayerOpCount
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Params
from liaf_ref.layers.kernel_set import kernel_set_for
from liaf_ref.layers.parametrized import INIT_USAGE, Parametrized
from liaf_ref.networks.network_functions import NetworkFunctions

BACKWARD_USAGE = (
    "expected network.backward(dlogits, tape), where logits, tape = network(params, ...)"
)


class NonFiniteTracer(Protocol):
    """One batch on its way through a network, to find the first value that is not finite."""

    def trace_forward(self) -> str | None:
        """Where the first one is on the way forward."""

    def logits(self) -> Array:
        """What the network answers."""

    def trace_backward(self, dlogits: Array) -> str | None:
        """Where the first one is on the way back from finite logits."""


class Network(Parametrized):
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

    @property
    @abstractmethod
    def name(self) -> str:
        """What commands call the network."""

    @property
    @abstractmethod
    def steps(self) -> int:
        """Time steps of a sample in the paper."""

    @checked_call(INIT_USAGE.format("network"))
    def init(self, rng: np.random.Generator | int, dtype: Any = np.float32) -> Params:
        """Draw initial parameters.

        Parameters
        ----------
        rng : numpy.random.Generator or int
            Source of the draws, or the seed of one.
        dtype : dtype
            float32 by default, for training; float64 for checking gradients. Anything that
            :class:`numpy.dtype` takes, such as ``"float64"``.

        Returns
        -------
        dict of str to ndarray
            Parameters by name.

        Raises
        ------
        InputError
            If ``rng`` is neither a generator nor a seed, or ``dtype`` is another one.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> params = lr.BabiNetwork(22, "lif").init(0)
        >>> params["story.W"].shape, params["story.W"].dtype
        ((50, 100), dtype('float32'))
        """
        return super().init(rng, dtype)

    @abstractmethod
    def forward(self, params: Mapping[str, Array], *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """Logits ``(B, classes)``, and the tape for :meth:`backward`."""

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """Call :meth:`forward`."""
        return self.forward(*args, **kwargs)

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
