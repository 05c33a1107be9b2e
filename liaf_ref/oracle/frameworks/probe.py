"""A neuron to be measured: one callable, and what was set on it."""

from collections.abc import Callable
from typing import NamedTuple

from liaf_ref.kernels.array import Array


class Response(NamedTuple):
    """What a neuron did with a drive."""

    Y: Array
    V: Array
    dI: Array
    dv_th: Array | None


class NeuronProbe(NamedTuple):
    """A neuron under one setting."""

    framework: str
    neuron: str
    settings: str
    run: Callable[[Array, float], Response]
    v_th: float
    trainable_threshold: str
