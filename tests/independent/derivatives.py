"""Gradients of a scalar function, one entry at a time, without its backward pass."""

from collections.abc import Callable

import numpy as np

from independent.comparison import Array, Arrays, Value

COMPLEX_STEP = 1e-40
# Sums of a few hundred products in double: a thousand ulp is ample, an error of formula is not.
COMPLEX_TOLERANCE = 1e-12
STEP = 2.0**-13
REACH = 3 * STEP
WEIGHTS = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
# Rounding of values of order 10 over the step is 1e-11, truncation h^6 = 3e-24; the rest is
# room for tensors whose largest entry is small. A formula that is wrong is off by 1e-2 or more.
TOLERANCE = 5e-8


def by_complex_step(value: Value, arrays: Arrays) -> dict[str, Array]:
    """``f(x + ih).imag / h``, which is exact to rounding: no two close numbers are subtracted."""

    def slope(moved: Callable[[complex], Array]) -> float:
        return float(np.asarray(moved(1j * COMPLEX_STEP)).imag / COMPLEX_STEP)

    return _each_entry(slope, value, {name: a.astype(complex) for name, a in arrays.items()})


def by_differences(value: Value, arrays: Arrays) -> dict[str, Array]:
    """Sixth-order central differences."""

    def slope(moved: Callable[[float], Array]) -> float:
        return sum(w * float(moved(n * STEP) - moved(-n * STEP)) for n, w in WEIGHTS) / STEP

    return _each_entry(slope, value, {name: a.copy() for name, a in arrays.items()})


def _each_entry(
    slope: Callable[[Callable[..., Array]], float], value: Value, point: dict[str, Array]
) -> dict[str, Array]:
    found = {name: np.empty(array.shape) for name, array in point.items()}
    for name, array in point.items():
        for index in np.ndindex(array.shape):
            centre = array[index]

            def moved(
                h: complex,
                array: Array = array,
                index: tuple[int, ...] = index,
                centre: Array = centre,
            ) -> Array:
                array[index] = centre + h
                return value(point)

            found[name][index] = slope(moved)
            array[index] = centre
    return found
