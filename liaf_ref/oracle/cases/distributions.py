"""Where numbers are drawn from: grids of dyadic numbers, so that every draw is a float32.

Draws are whole numbers of steps.  Nothing rounds, and no logarithm of the platform's
mathematics library decides a bit.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

FINE_STEP = 2.0**-20


class UniformGrid(NamedTuple):
    """The numbers ``low, low + step, ... high``, each equally likely."""

    low: float
    high: float
    step: float = FINE_STEP

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw an array of float64."""
        count = round((self.high - self.low) / self.step)
        drawn: Array = self.low + self.step * rng.integers(0, count + 1, shape)
        return drawn


ZERO = UniformGrid(0.0, 0.0)

# By quantity; Y, VT, hT, cT come from above, m and v are running statistics.
RANDOM_DISTRIBUTIONS: Mapping[str, UniformGrid] = {
    "X": UniformGrid(-1.0, 1.5),
    "W": UniformGrid(-1.0, 1.0),
    "b": UniformGrid(-0.25, 0.5),
    "E": UniformGrid(-1.0, 1.0),
    "U": UniformGrid(-0.75, 0.75),
    "v_th": UniformGrid(0.25, 0.75),
    "v_reset": UniformGrid(-0.25, 0.25),
    "alpha": UniformGrid(0.25, 0.75),
    "beta": UniformGrid(-0.125, 0.25),
    "V0": UniformGrid(-0.5, 0.5),
    "h0": UniformGrid(-0.5, 0.5),
    "c0": UniformGrid(-0.5, 0.5),
    "Y": UniformGrid(-1.0, 1.0),
    "VT": UniformGrid(-1.0, 1.0),
    "hT": UniformGrid(-1.0, 1.0),
    "cT": UniformGrid(-1.0, 1.0),
    "gamma": UniformGrid(0.5, 1.5),
    "m": UniformGrid(-0.5, 0.5),
    "v": UniformGrid(0.25, 1.5),
}

DYADIC_DISTRIBUTIONS: Mapping[str, UniformGrid] = {
    "X": UniformGrid(-1.0, 1.5, 0.25),
    "W": UniformGrid(-1.0, 1.0, 0.5),
    "b": UniformGrid(-0.25, 0.5, 0.25),
    "E": UniformGrid(-1.0, 1.0, 0.5),
    "v_th": UniformGrid(0.25, 0.75, 0.25),
    "v_reset": UniformGrid(-0.25, 0.25, 0.25),
    "alpha": UniformGrid(0.5, 0.5, 0.25),
    "beta": UniformGrid(0.0, 0.25, 0.25),
    "V0": UniformGrid(-0.5, 0.5, 0.25),
    "Y": UniformGrid(-1.0, 1.0, 0.5),
    "VT": UniformGrid(-1.0, 1.0, 0.5),
}
