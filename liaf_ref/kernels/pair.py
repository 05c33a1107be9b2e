"""A function and the slope that stands for its derivative, passed as one value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from liaf_ref.kernels.array import Array


class Pair(NamedTuple):
    """An elementwise function with the slope its backward pass uses.

    The slope need not be the true derivative: that of the spike is not.
    """

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


@dataclass(frozen=True)
class Linearised:
    """A pair's tangent at the real part of its argument.

    ``value(x0) + slope(x0) (x - x0)`` with ``x0 = Re x``: for a real argument
    the function itself, for a complex step ``x0 + ih`` its frozen linearisation.
    """

    pair: Pair

    def __call__(self, x: Array) -> Array:
        x0 = x.real.astype(x.dtype)
        tangent: Array = self.pair.value(x0) + self.pair.slope(x0) * (x - x0)
        return tangent


def frozen(pair: Pair) -> Pair:
    """Freeze a pair's slope where the network operates, so that a complex step sees it.

    Parameters
    ----------
    pair : Pair
        Any pair; its slope may be a surrogate.

    Returns
    -------
    Pair
        The linearised function with the slope unchanged.  On real arguments it
        is the given pair; on ``x + ih`` it is analytic whatever the pair was.
    """
    return Pair(Linearised(pair), pair.slope)
