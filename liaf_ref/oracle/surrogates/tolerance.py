"""How far a right program's slope may be from the exact one.

A program rounds the argument of the formula a few times, and the result a few times. The first
error is as large as the change of the slope when ``x`` changes by as many roundings; the second is
relative to the slope. A formula that subtracts, such as ``1 - |x| / width``, also has an error
relative to the height; see ``Shape.cancellation``.
"""

from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.surrogates.shape import Shape, Values

FUNCTION_ULPS = 4  # of exp, log, tanh: oneMKL's low accuracy, the widest promised
# Rounded are alpha, pi / 2, their product, the product with x, U - v_th, and a square.
ARGUMENT_ROUNDINGS = 6
RESULT_ROUNDINGS = 2 * (2 * FUNCTION_ULPS) + 4  # two functions, or one squared; four products
SMOOTH_STEP_ROUNDINGS = RESULT_ROUNDINGS + 4  # added and shifted


def slope_tolerance(shape: Shape, values: Values, x: Array, dtype: Any) -> Array:
    """The largest error of a right program with this dtype, for each point."""
    info = np.finfo(dtype)
    u = float(info.eps) / 2
    slope = shape.slope(x, values)
    spread = _argument_error(shape, values, x, ARGUMENT_ROUNDINGS * u)
    height = abs(shape.slope(np.linspace(-1, 1, 9) * 1e-3, values)).max()
    inside = abs(x) < shape.support(**shape.own(values))
    tolerance: Array = (
        spread
        + RESULT_ROUNDINGS * u * abs(slope)
        + shape.cancellation * u * height * inside
        + float(info.smallest_normal) * (1 + values["scale"])
    )
    return tolerance


def smooth_step_tolerance(shape: Shape, values: Values, x: Array, step: Array, dtype: Any) -> Array:
    """The largest error of a right program's smooth step, for each point."""
    u = float(np.finfo(dtype).eps) / 2
    slope = abs(shape.slope(x, values))
    if shape.condition is not None:  # a sum of terms whose slopes may cancel
        slope = abs(shape.slope(np.zeros(1), values))
    return np.asarray(
        ARGUMENT_ROUNDINGS * u * abs(x) * slope + SMOOTH_STEP_ROUNDINGS * u * (1 + abs(step))
    )


def _argument_error(shape: Shape, values: Values, x: Array, relative: float) -> Array:
    """How far the slope changes when ``x`` changes by a relative error."""
    if shape.condition is not None:
        found: Array = values["scale"] * relative * shape.condition(x, **shape.own(values))
        return found
    slope = shape.slope(x, values)
    near = [_stay_between_edges(shape, values, x, x * (1 + s * relative)) for s in (-1, 1)]
    return np.asarray(np.max([abs(shape.slope(p, values) - slope) for p in near], axis=0))


def _stay_between_edges(shape: Shape, values: Values, x: Array, moved: Array) -> Array:
    """The moved points; the original ones where a move would cross an edge."""
    edges = np.sort(shape.edge_points(values))
    sides = [np.searchsorted(edges, p, side) for p in (x, moved) for side in ("left", "right")]
    return np.where((sides[0] == sides[2]) & (sides[1] == sides[3]), moved, x)
