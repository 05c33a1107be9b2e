"""The spike of Eq. (4) and the slopes that stand for its derivative, Eq. (13).

=========  =======================  ==================  ===========================
variant    function                 slope               what its gradient is
=========  =======================  ==================  ===========================
paper      S, Eq. (4)               window, Eq. (13)    the paper's, Eq. (12)
detached   S                        0                   exact almost everywhere
relaxed    integral of the window   window              exact: finite differences
                                                        of this network see it
frozen     S + window (x - x0)      window              the paper's, by complex step
=========  =======================  ==================  ===========================
"""

from dataclasses import dataclass

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair, frozen

__all__ = ["Ramp", "RoundedRamp", "Window", "detached", "frozen", "paper", "relaxed", "step"]


def step(x: Array) -> Array:
    """S of Eq. (4): 1 where ``x >= 0``, equality included, else 0."""
    fired: Array = (x.real >= 0).astype(x.dtype)  # (4)
    return fired


@dataclass(frozen=True)
class Window:
    """The rectangle that stands for Dirac's delta, Eq. (13): 1 where ``|x| < mu``, else 0."""

    mu: float

    def __call__(self, x: Array) -> Array:
        inside: Array = (abs(x.real) < self.mu).astype(x.dtype)  # (13)
        return inside


@dataclass(frozen=True)
class Ramp:
    """The integral of :class:`Window`: 0, then ``x + mu``, then ``2 mu``."""

    mu: float

    def __call__(self, x: Array) -> Array:
        inside = Window(self.mu)(x)
        return inside * (x + self.mu) + (1 - inside) * step(x) * (2 * self.mu)


@dataclass(frozen=True)
class RoundedRamp:
    """:class:`Ramp` of ``mu = 1/2`` in steps of ``1 / levels``, rounded; of one, S of Eq. (4)."""

    levels: int

    def __call__(self, x: Array) -> Array:
        k = self.levels
        whole = np.floor(k * x.real + (k + 1) % 2 / 2) + (k + 1) // 2  # of odd k, exact at 0
        rounded: Array = (np.clip(whole, 0, k) / k).astype(x.dtype)
        return rounded


def paper(mu: float) -> Pair:
    """The paper's spike: fires by Eq. (4), differentiates by Eq. (13)."""
    return Pair(step, Window(mu))


def detached() -> Pair:
    """A spike without slope: as a neuron's reset, the reset is not differentiated."""
    return Pair(step, Window(0.0))


def relaxed(mu: float) -> Pair:
    """The spike whose true derivative is Eq. (13); between 0 and 1 only for ``mu = 0.5``."""
    return Pair(Ramp(mu), Window(mu))
