"""Which curve a measured slope is."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.frameworks.subthreshold import RESOLUTION


class SurrogateFamily(NamedTuple):
    """A curve of height 1 with one parameter, and the parameter from one point (x, y)."""

    curve: Callable[[Array, float], Array]
    solve_parameter: Callable[[float, float], float]


SURROGATE_FAMILIES: Mapping[str, SurrogateFamily] = {
    "triangle": SurrogateFamily(
        lambda x, k: np.maximum(0.0, 1 - k * abs(x)),
        lambda x, y: (1 - y) / x,
    ),
    "fast sigmoid": SurrogateFamily(
        lambda x, k: (1 + k * abs(x)) ** -2.0,
        lambda x, y: (y**-0.5 - 1) / x,
    ),
    "arctan": SurrogateFamily(
        lambda x, k: 1 / (1 + (k * x) ** 2),
        lambda x, y: (1 / y - 1) ** 0.5 / x,
    ),
    "sigmoid": SurrogateFamily(
        lambda x, k: np.cosh(k * x) ** -2.0,
        lambda x, y: float(np.arccosh(y**-0.5)) / x,
    ),
    "gaussian": SurrogateFamily(
        lambda x, k: np.exp(-((k * x) ** 2)),
        lambda x, y: float(np.log(1 / y)) ** 0.5 / x,
    ),
    "exponential": SurrogateFamily(
        lambda x, k: np.exp(-k * abs(x)),
        lambda x, y: float(np.log(1 / y)) / x,
    ),
}


def identify_surrogate(x: Array, slope: Array) -> str:
    """Name the curve that goes through all points, if one of the known does."""
    height = slope[x == 0]
    if x.size and not slope.any():
        return "zero"
    if not (height > 0).any():
        return "unrecognized"
    y = slope / height
    if (np.minimum(abs(y), abs(y - 1)) < RESOLUTION).all():
        full = abs(y - 1) < RESOLUTION
        return "constant" if full.all() else "step" if full[x >= 0].all() else "rectangle"
    return _name_curve(x, y) or _describe_curve(x, y)


def _name_curve(x: Array, y: Array) -> str:
    inside = (x > 0) & (y > RESOLUTION) & (y < 1)
    if not inside.any():
        return ""
    at = int(np.argmin(np.where(inside, abs(y - 0.5), np.inf)))
    for name, family in SURROGATE_FAMILIES.items():
        k = family.solve_parameter(float(x[at]), float(y[at]))
        if (abs(family.curve(x, k) - y) < RESOLUTION).all():
            return name
    return ""


def _describe_curve(x: Array, y: Array) -> str:
    """Say of a curve without a name what can be said of it."""
    if (y < -RESOLUTION).any():
        return "curve with negative parts"
    both = y[np.isin(-x, x)]
    symmetric = (abs(both - both[::-1]) < RESOLUTION).all()
    return "unrecognized" if symmetric else "asymmetric curve"
