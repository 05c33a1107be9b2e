"""Base class of networks: parameters by name, logits as output."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np

from liaf_ref._core.validation import check_float_array, check_instance
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Params
from liaf_ref.layers.kernel_set import kernel_set_for
from liaf_ref.layers.layer import Parametrized


class Passes(NamedTuple):
    """Forward and backward pass of a network without checks."""

    forward: Callable[..., tuple[Array, Any]]
    backward: Callable[[Array, Any], Params]


class Network(Parametrized, ABC):
    """Base class of networks, which compute one logit for each class.

    ``forward`` and ``backward`` check their arguments. A network of your own writes ``run``, which
    returns logits and a :class:`liaf_ref.layers.Tape` of them, and ``back``; these do not.
    Operation counts, ONNX and the search for non-finite values are tables with an entry for each
    kind of network: :func:`liaf_ref.analysis.op_count.network_counts`.

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

    measured_steps: ClassVar[tuple[int, int]] = 2, 4  # of samples that show how memory grows

    @property
    @abstractmethod
    def name(self) -> str:
        """Name of the network on the command line."""

    @property
    @abstractmethod
    def steps(self) -> int:
        """Time steps of a sample in the paper."""

    def init(self, rng: np.random.Generator | int, dtype: Any = np.float32) -> Params:
        """Draw initial parameters.

        Parameters
        ----------
        rng : numpy.random.Generator or int
            Random generator, or the seed of one.
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
            If ``rng`` is neither a generator nor a seed, or ``dtype`` is not one of these.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> params = lr.BabiNetwork(22, "lif").init(0)
        >>> params["story.W"].shape, params["story.W"].dtype
        ((50, 100), dtype('float32'))
        """
        return super().init(rng, dtype)

    @abstractmethod
    def forward(self, *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """Classify a batch; ``network(params, ...)`` is the same.

        Parameters
        ----------
        *args, **kwargs
            Parameters by name, all of one dtype, then inputs and options of the network.

        Returns
        -------
        logits : ndarray, shape (B, classes)
            Before the softmax.
        tape : object
            For :meth:`backward`. It refers to parameters and inputs and does not copy them: do
            not change them in place before :meth:`backward`.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> net = lr.BabiNetwork(22, "lif")
        >>> story, query = np.ones((1, 6), int), np.ones((1, 4), int)
        >>> logits, tape = net.forward(net.init(0), story, query)
        >>> logits.shape
        (1, 22)
        """

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """Call :meth:`forward`."""
        return self.forward(*args, **kwargs)

    def backward(self, dlogits: Array, tape: Any) -> Params:
        """Differentiate :meth:`forward` with respect to the parameters.

        Parameters
        ----------
        dlogits : ndarray, shape (B, classes)
            Gradient of the loss with respect to the logits.
        tape : object
            From :meth:`forward`.

        Returns
        -------
        dict of str to ndarray
            Gradients with respect to the parameters, under their names.

        Raises
        ------
        InputError
            On a wrong shape or dtype, a non-finite entry, or another tape.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> net = lr.BabiNetwork(22, "lif")
        >>> params = net.init(0)
        >>> logits, tape = net(params, np.ones((1, 6), int), np.ones((1, 4), int))
        >>> grads = net.backward(logits, tape)
        >>> sorted(grads) == sorted(params)
        True
        """
        tape, where = self.check_tape(tape), f"{self.label} (backward)"
        return self.back(check_float_array("dlogits", dlogits, tape.shape, where, tape.dtype), tape)

    @abstractmethod
    def run(self, *args: Any, **kwargs: Any) -> tuple[Array, Any]:
        """Run without checks; ``kernels`` is a keyword."""

    @abstractmethod
    def back(self, dlogits: Array, tape: Any) -> Params:
        """Differentiate :meth:`run` with respect to the parameters."""

    def passes(self, dtype: Any = np.float32) -> Passes:
        """Return the passes without checks, for a loop that checks its data once.

        Parameters
        ----------
        dtype : dtype
            Data type of the parameters; it selects the kernels.

        Returns
        -------
        Passes
            ``forward(params, *inputs)`` and ``backward(dlogits, tape)``.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> net = lr.BabiNetwork(22, "lif")
        >>> params, inputs = net.init(0), (np.ones((1, 6), int), np.ones((1, 4), int))
        >>> logits, _ = net.passes().forward(params, *inputs)
        >>> np.array_equal(logits, net(params, *inputs)[0])
        True
        """
        return Passes(partial(self.run, kernels=kernel_set_for(dtype)), self.back)

    @abstractmethod
    def example_inputs(self, steps: int) -> tuple[Any, ...]:
        """Make the inputs of a training step with one sample, all zero.

        Parameters
        ----------
        steps : int
            Time steps of the sample.

        Returns
        -------
        tuple
            What :meth:`forward` takes beside the parameters.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> [ids.shape for ids in lr.BabiNetwork(22, "lif").example_inputs(66)]
        [(1, 66), (1, 4)]
        """

    @abstractmethod
    def tape_parts(self, tape: Any) -> list[tuple[str, Any]]:
        """Split a tape into the parts of the network, for memory estimates.

        Parameters
        ----------
        tape : object
            From :meth:`forward`.

        Returns
        -------
        list of (str, object)
            The tape of each part of the network, under the part's name.

        Examples
        --------
        >>> import numpy as np
        >>> import liaf_ref as lr
        >>> net = lr.BabiNetwork(22, "lif")
        >>> _, tape = net(net.init(0), np.ones((1, 6), int), np.ones((1, 4), int))
        >>> [name for name, part in net.tape_parts(tape)]
        ['story', 'query', 'head']
        """

    @abstractmethod
    def label_of_param_layer(self, param: str) -> str:
        """Name the layer that a parameter belongs to, for error messages.

        Parameters
        ----------
        param : str
            Name of the parameter.

        Returns
        -------
        str
            The layer's label.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> lr.BabiNetwork(22, "lif").label_of_param_layer("head.W")
        'Dense(200, 22), Eq. (2)'
        """


def check_network(value: object, where: str) -> Network:
    """Refuse anything but a network."""
    return check_instance("network", value, Network, where, "a Network")  # type: ignore[type-abstract]
