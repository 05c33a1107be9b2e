"""Derivatives without subtraction: ``f(x + ih).imag / h``, one entry at a time.

Exact to rounding for a real-analytic f, because no two close numbers are
subtracted and the truncation error, of order h squared, is below 1e-80.
"""

import numpy as np

from independent.comparison import Array, Arrays, IncrementalValue, Value, value_closure

STEP = 1e-40
# Sums of a few hundred products in double: a thousand ulp is ample, an error of formula is not.
TOLERANCE = 1e-12


def gradients(
    value: Value, arrays: Arrays, incremental_value: IncrementalValue | None = None
) -> dict[str, Array]:
    """Gradient of the scalar ``value`` in every entry of every array of ``at``."""
    point = {name: array.astype(complex) for name, array in arrays.items()}
    found = {}
    for name, array in point.items():
        found[name], moved = (
            np.empty(array.shape),
            value_closure(value, incremental_value, name, point),
        )
        for index in np.ndindex(array.shape):
            centre = array[index]
            array[index] = centre + 1j * STEP
            found[name][index] = np.asarray(moved()).imag / STEP
            array[index] = centre
    return found
