"""Slopes that stand for Dirac's delta beside the rectangle of Eq. (13).

Each has height 1 at the threshold and area ``2 mu``, as the rectangle has, so that they differ
in shape alone.  ``x`` is ``U - v_th``.

========  ===============================  =============================
shape     slope                            where it is not 0
========  ===============================  =============================
window    1 where ``|x| < mu``, Eq. (13)   ``|x| < mu``
triangle  ``1 - |x| / (2 mu)``             ``|x| < 2 mu``
gaussian  ``exp(-pi x^2 / (4 mu^2))``      everywhere
sigmoid   ``sech^2(x / mu)``               everywhere; of a logistic step
arctan    ``1 / (1 + (pi x / 2 mu)^2)``    everywhere
========  ===============================  =============================
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from liaf_ref.kernels.activation import sigmoid
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window, step


@dataclass(frozen=True)
class Triangle:
    """Falls in a straight line to 0 at ``2 mu``."""

    mu: float

    def __call__(self, x: Array) -> Array:
        slope: Array = np.maximum(1 - abs(x.real) / (2 * self.mu), 0).astype(x.dtype)
        return slope


@dataclass(frozen=True)
class Gaussian:
    """A normal density, scaled to height 1."""

    mu: float

    def __call__(self, x: Array) -> Array:
        slope: Array = np.exp(-np.pi / 4 * (x.real / self.mu) ** 2).astype(x.dtype)
        return slope


@dataclass(frozen=True)
class Sigmoid:
    """The derivative of a logistic step, scaled to height 1."""

    mu: float

    def __call__(self, x: Array) -> Array:
        slope: Array = (4 * sigmoid.slope(2 * x.real / self.mu)).astype(x.dtype)
        return slope


@dataclass(frozen=True)
class Arctan:
    """The derivative of an arctangent, scaled to height 1."""

    mu: float

    def __call__(self, x: Array) -> Array:
        slope: Array = (1 / (1 + (np.pi * x.real / (2 * self.mu)) ** 2)).astype(x.dtype)
        return slope


SHAPES: dict[str, Callable[[float], Callable[[Array], Array]]] = {
    "window": Window,
    "triangle": Triangle,
    "gaussian": Gaussian,
    "sigmoid": Sigmoid,
    "arctan": Arctan,
}


def surrogate(shape: str, mu: float) -> Pair:
    """The spike of Eq. (4) with a slope of one of :data:`SHAPES`; ``window`` is the paper's."""
    return Pair(step, SHAPES[shape](mu))
