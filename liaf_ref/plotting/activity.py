"""Record input, membrane potential, spikes and output of all neurons of a network."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.validation import as_array, check_float_dtype, check_mapping
from liaf_ref.kernels import neuron
from liaf_ref.kernels.array import Array
from liaf_ref.layers import REFERENCE, Neurons, Sequential
from liaf_ref.layers.sequential import check_sequential_input

WHERE = "record_activity"


class NeuronActivity(NamedTuple):
    """One layer's neurons on a batch.

    Attributes
    ----------
    I, Y : ndarray, shape (B, T, ..., L)
        Synaptic input and output.
    tape : liaf_ref.kernels.neuron.Tape
        U, F and R, of the same shape, and the parameters p.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> net = lr.Sequential([("cell", lr.DenseLIAF(2, 3, mu=0.3))])
    >>> activity = lr.plotting.record_activity(net, net.init(0), np.ones((1, 4, 2)))
    >>> activity["cell"].select(0, 2).I.shape  # sample 0, neuron 2
    (1, 4, 1)
    """

    I: Array
    Y: Array
    tape: neuron.Tape

    def select(self, sample: int, *index: int) -> "NeuronActivity":
        """Select one neuron and one sample, as arrays ``(1, T, 1)`` for :func:`plot_traces`."""
        U, F, R, p = self.tape
        shape = U.shape[2:]
        own = neuron.Params(*(np.broadcast_to(z, shape)[index].reshape(1) for z in p))
        at: Any = (sample, slice(None), *index)
        I, Y, U, F, R = (z[at].reshape(1, -1, 1) for z in (self.I, self.Y, U, F, R))
        return NeuronActivity(I, Y, neuron.Tape(U, F, R, own))


def record_activity(
    sequential: Sequential, params: Mapping[str, Array], X: Array
) -> dict[str, NeuronActivity]:
    """Run a network in float64 and keep what its neurons do.

    Parameters
    ----------
    sequential : Sequential
        The network.
    params : mapping of str to ndarray
        Its parameters, real numbers.
    X : ndarray, shape (B, T, ...)
        Input.

    Returns
    -------
    dict of str to NeuronActivity
        The activity of each layer of neurons, by the layer's name.

    Raises
    ------
    InputError
        If ``params`` or ``X`` do not fit the network.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> net = lr.Sequential([("cell", lr.DenseLIAF(2, 3, mu=0.3))])
    >>> activity = lr.plotting.record_activity(net, net.init(0), np.ones((1, 4, 2)))
    >>> [(name, neurons.Y.shape) for name, neurons in activity.items()]
    [('cell', (1, 4, 3))]
    """
    found = check_mapping("params", params, WHERE, "arrays by name")
    arrays = {name: _as_float64(name, array) for name, array in found.items()}
    arrays, X = check_sequential_input(sequential, arrays, _as_float64("X", X), WHERE)
    return {
        name: NeuronActivity(given, Y, saved)
        for name, layer, given, Y, _, saved in sequential.iter_stages(arrays, X, REFERENCE)
        if isinstance(layer, Neurons)
    }


def _as_float64(name: str, value: object) -> Array:
    array = as_array(name, value, WHERE)
    check_float_dtype(name, array.dtype, WHERE)
    return array.astype(np.float64)
