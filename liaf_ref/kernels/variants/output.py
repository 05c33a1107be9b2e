"""What a neuron sends, in place of Eq. (7), of ``A = Act(U - s V_th)`` and its spike F.

=========  =======  ==========================================================================
output     sends    source
=========  =======  ==========================================================================
analog     A        the paper, Eq. (8)
spiking    F        LIF; of several levels too
graded     A F      graded spikes: Orchard et al. 2021, Loihi 2; lava-dl ``graded_spike=True``
=========  =======  ==========================================================================
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from liaf_ref.kernels.array import Array

Function: TypeAlias = Callable[[Array, Array], Array]


class Output(NamedTuple):
    """A function of A and F with its derivatives in both."""

    value: Function
    dA: Function
    dF: Function


def _first(A: Array, F: Array) -> Array:
    return A


def _second(A: Array, F: Array) -> Array:
    return F


def _product(A: Array, F: Array) -> Array:
    return A * F


def _one(A: Array, F: Array) -> Array:
    return np.ones_like(A)


def _zero(A: Array, F: Array) -> Array:
    return np.zeros_like(A)


analog = Output(_first, _one, _zero)
spiking = Output(_second, _zero, _one)
graded = Output(_product, _second, _first)
