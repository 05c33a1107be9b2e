"""Sixth-order central differences, one entry at a time."""

import numpy as np

from independent.comparison import Array, Arrays, IncrementalValue, Value, value_closure

STEP = 2.0**-13
REACH = 3 * STEP
WEIGHTS = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
# Rounding of values of order 10 over the step is 1e-11, truncation h^6 = 3e-24; the rest is
# room for tensors whose largest entry is small. A formula that is wrong is off by 1e-2 or more.
TOLERANCE = 5e-8


def gradients(
    value: Value,
    arrays: Arrays,
    step: float = STEP,
    incremental_value: IncrementalValue | None = None,
) -> dict[str, Array]:
    """Gradient of the scalar ``value`` in every entry of every array of ``at``."""
    point = {name: array.copy() for name, array in arrays.items()}
    found = {}
    for name, array in point.items():
        found[name], moved = (
            np.empty(array.shape),
            value_closure(value, incremental_value, name, point),
        )
        for index in np.ndindex(array.shape):
            centre = array[index]
            slope = 0.0
            for steps, weight in WEIGHTS:
                array[index] = centre + steps * step
                above = moved()
                array[index] = centre - steps * step
                slope += weight * float(above - moved())
            array[index] = centre
            found[name][index] = slope / step
    return found
