"""The contract of fast kernels for :mod:`liaf_ref.kernels.variants.neuron`, which has no fast form.

Tokens are looked up and short gradients are padded; the reference computes the rest.
"""

from typing import Any

from liaf_ref.fast.readout import pad_time
from liaf_ref.fast.tokens import IndexedInput, materialize
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Params, Tape
from liaf_ref.kernels.variants import neuron as definition

__all__ = ["Tape", "backward", "forward", "output"]

output = definition.output


def forward(I: Array | IndexedInput, *rest: Any) -> tuple[Array, Array, Tape]:
    """As :func:`liaf_ref.kernels.variants.neuron.forward`."""
    return definition.forward(materialize(I), *rest)


def backward(dY: Array, dV: Array, tape: Tape, *rest: Any) -> tuple[Array, Array, Params]:
    """As :func:`liaf_ref.kernels.variants.neuron.backward`."""
    return definition.backward(pad_time(dY, tape.U.shape[1]), dV, tape, *rest)
