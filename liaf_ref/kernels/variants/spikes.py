"""The step and the slopes that other LIAF code has in place of Eqs. (4) and (13)."""

from collections.abc import Callable
from dataclasses import dataclass

from liaf_ref.kernels.array import Array


def strict(x: Array) -> Array:
    """1 where ``x > 0``: a neuron at its threshold does not fire."""
    fired: Array = (x.real > 0).astype(x.dtype)  # (4')
    return fired


@dataclass(frozen=True)
class Scaled:
    """A slope times a number; ``1 / (2 mu)`` gives the window unit area."""

    slope: Callable[[Array], Array]
    factor: float

    def __call__(self, x: Array) -> Array:
        return self.factor * self.slope(x)
