"""Where numbers are drawn from: grids of dyadic numbers, so that every draw is a float32.

Draws are whole numbers of steps.  Nothing rounds, and no logarithm of the platform's
mathematics library decides a bit.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

FINE = 2.0**-20


class Grid(NamedTuple):
    """The numbers ``low, low + step, ... high``, each equally likely."""

    low: float
    high: float
    step: float = FINE

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw an array of float64."""
        count = round((self.high - self.low) / self.step)
        drawn: Array = self.low + self.step * rng.integers(0, count + 1, shape)
        return drawn


ZERO = Grid(0.0, 0.0)

# By quantity; Y, VT, hT, cT come from above, m and v are running statistics.
RANDOM: Mapping[str, Grid] = {
    "X": Grid(-1.0, 1.5),
    "W": Grid(-1.0, 1.0),
    "b": Grid(-0.25, 0.5),
    "E": Grid(-1.0, 1.0),
    "U": Grid(-0.75, 0.75),
    "v_th": Grid(0.25, 0.75),
    "v_reset": Grid(-0.25, 0.25),
    "alpha": Grid(0.25, 0.75),
    "beta": Grid(-0.125, 0.25),
    "V0": Grid(-0.5, 0.5),
    "h0": Grid(-0.5, 0.5),
    "c0": Grid(-0.5, 0.5),
    "Y": Grid(-1.0, 1.0),
    "VT": Grid(-1.0, 1.0),
    "hT": Grid(-1.0, 1.0),
    "cT": Grid(-1.0, 1.0),
    "gamma": Grid(0.5, 1.5),
    "m": Grid(-0.5, 0.5),
    "v": Grid(0.25, 1.5),
}

DYADIC: Mapping[str, Grid] = {
    "X": Grid(-1.0, 1.5, 0.25),
    "W": Grid(-1.0, 1.0, 0.5),
    "b": Grid(-0.25, 0.5, 0.25),
    "E": Grid(-1.0, 1.0, 0.5),
    "v_th": Grid(0.25, 0.75, 0.25),
    "v_reset": Grid(-0.25, 0.25, 0.25),
    "alpha": Grid(0.5, 0.5, 0.25),
    "beta": Grid(0.0, 0.25, 0.25),
    "V0": Grid(-0.5, 0.5, 0.25),
    "Y": Grid(-1.0, 1.0, 0.5),
    "VT": Grid(-1.0, 1.0, 0.5),
}
