"""The layers whose inputs are sent as spikes, and the fan-out of each input."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.layers import REFERENCE, Conv2D, Dense, Layer, Sequential, Sumlayer

INTEGRATING_LAYERS = Conv2D | Dense | Sumlayer


def encode_outputs(sequential: Sequential) -> list[int]:
    """Layers directly after LIAF neurons: the output of Eq. (8) is sent."""
    kinds = [layer for _, layer in sequential.flat_layers]
    return [number + 1 for number, layer in enumerate(kinds[:-1]) if layer.neurons is not None]


def encode_inputs(sequential: Sequential) -> list[int]:
    """The first convolution, dense layer or Sumlayer after each layer of neurons."""
    kinds = [layer for _, layer in sequential.flat_layers]
    found = [
        next(
            (n for n in range(start, len(kinds)) if isinstance(kinds[n], INTEGRATING_LAYERS)), None
        )
        for start in encode_outputs(sequential)
    ]
    return sorted({number for number in found if number is not None})


ENCODING_SITES: dict[str, Callable[[Sequential], list[int]]] = {
    "axon": encode_outputs,
    "dendrite": encode_inputs,
}


@cache
def fan_out(layer: Layer) -> Array:
    """Number of sums that each input of a time step contributes to."""
    found = (
        _synapse_fan_out(layer) if isinstance(layer, Conv2D | Dense) else np.ones(layer.in_shape)
    )
    found.flags.writeable = False
    return found


def _synapse_fan_out(layer: Conv2D | Dense) -> Array:
    one = replace(layer, L=1, bias=False)
    ones = {name: np.ones(shape) for name, shape in one.param_shapes().items()}
    I, _, tape = one._forward(ones, np.zeros((1, 1, *layer.in_shape)), (), REFERENCE)
    windows, _, _ = one._backward(np.ones_like(I), (), tape)
    return np.asarray(layer.L * windows[0, 0])
