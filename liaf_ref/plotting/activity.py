"""What every neuron of a network does in time: its input, membrane, spikes and output."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.validation import as_array, check_float_dtype, check_mapping
from liaf_ref.kernels import neuron
from liaf_ref.kernels.array import Array
from liaf_ref.layers import REFERENCE, Sequential
from liaf_ref.layers.sequential import check_sequential_input

SOURCE = "watch"


class NeuronActivity(NamedTuple):
    """One layer's neurons on a batch.

    Attributes
    ----------
    I, Y : ndarray, shape ``(B, T, *S, L)``
        Synaptic input and output.
    tape : Tape
        ``U``, ``F``, ``R`` of the same shape, and the parameters ``p``.
    """

    I: Array
    Y: Array
    tape: neuron.Tape

    def select(self, sample: int, *index: int) -> "NeuronActivity":
        """A single neuron before a single sample, as :func:`liaf_ref.plotting.traces` draws it.

        Parameters
        ----------
        sample : int
            Of the batch.
        *place : int
            The neuron: ``L``, or ``H, W, L``.

        Returns
        -------
        Watched
            Arrays of shape (1, T, 1).
        """
        U, F, R, p = self.tape
        shape = U.shape[2:]
        own = neuron.Params(*(np.broadcast_to(z, shape)[index].reshape(1) for z in p))
        at: Any = (sample, slice(None), *index)
        I, Y, U, F, R = (z[at].reshape(1, -1, 1) for z in (self.I, self.Y, U, F, R))
        return NeuronActivity(I, Y, neuron.Tape(U, F, R, own))


def record_activity(
    chain: Sequential, params: Mapping[str, Array], X: Array
) -> dict[str, NeuronActivity]:
    """Run a network and keep what its neurons did.

    Parameters
    ----------
    chain : Chain
        The network's layers.
    params : mapping of str to ndarray
        Parameters, and running statistics where there are any.
    X : ndarray, shape ``(B, T, *in_shape)``
        Data.

    Returns
    -------
    dict of str to Watched
        Each layer of neurons under its name, from the input on, in float64.

    Raises
    ------
    InputError
        If ``chain`` is none, on wrong parameters, a wrong shape or dtype, or a
        non-finite entry.
    """
    found = check_mapping("params", params, SOURCE, "arrays by name")
    arrays = {name: _as_float64(name, array) for name, array in found.items()}
    arrays, X = check_sequential_input(chain, arrays, _as_float64("X", X), SOURCE)
    steps = chain._iter_forward(arrays, X, chain._initial_state(len(X), X.dtype), REFERENCE)
    return {
        name: NeuronActivity(step.X, step.Y, step.tape.kernel_tape)
        for (name, layer), step in zip(chain.flat_layers, steps, strict=True)
        if layer.neurons is not None
    }


def _as_float64(name: str, value: object) -> Array:
    array = as_array(name, value, SOURCE)
    check_float_dtype(name, array.dtype, SOURCE)
    return array.astype(np.float64)
