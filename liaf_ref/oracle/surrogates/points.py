"""Where a slope is tested."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.surrogates.shape import Shape, Values

TAILS = (50.0, 1e4)
EDGE_DISTANCE = 16  # units of rounding; an edge that is no float is not tested nearer than this
RANDOM_POINTS = 256


def points_to_test(
    shape: Shape, values: Values, dtype: Any, rng: np.random.Generator
) -> Mapping[str, Array]:
    """Points by the name of what they test."""
    info, length = np.finfo(dtype), half_width(shape, values)
    tiny = float(info.smallest_normal)
    grid = np.concatenate([np.linspace(-6, 6, 97) * length, np.linspace(-2, 2, 65)])
    random = np.concatenate(
        [
            rng.normal(size=RANDOM_POINTS) * 3 * length,
            rng.choice([-1.0, 1.0], RANDOM_POINTS) * 10 ** rng.uniform(-6, 3, RANDOM_POINTS),
        ]
    )
    tails = np.array([s * t for t in (*TAILS, 50 * length) for s in (-1, 1)])
    near = [tiny, *(float(info.eps) * 2.0**k for k in (-2, -1, 0, 1))]  # the floats next to a v_th
    found = {
        "at 0": np.array([0.0, -0.0, *near, *(-p for p in near)]),
        "edges": _edge_neighbours(shape, values, dtype),
        "grid": grid[grid != 0],
        "random": random,
        "tails": tails,
    }
    return {
        name: _away_from_inexact_jumps(shape, values, points.astype(dtype), dtype)
        for name, points in found.items()
        if points.size
    }


def half_width(shape: Shape, values: Values) -> float:
    """Where the slope falls to half of its height for the first time; 1 if it never does."""
    x = np.geomspace(1e-5, 1e5, 2001)
    slope = abs(shape.slope(x, values))
    below = np.flatnonzero(slope < slope[0] / 2)
    return float(x[below[0]]) if below.size else 1.0


def _edge_neighbours(shape: Shape, values: Values, dtype: Any) -> Array:
    """An edge and the floats next to it; two points around an edge that is no float."""
    found: list[float] = []
    for edge in shape.edge_points(values):
        at = np.dtype(dtype).type(edge)
        if float(at) == edge:
            found += [at, np.nextafter(at, at * 2), np.nextafter(at, 0 * at)]
        else:
            away = EDGE_DISTANCE * float(np.finfo(dtype).eps)
            found += [edge * (1 - away), edge * (1 + away)]
    return np.array(found, dtype)


def _away_from_inexact_jumps(shape: Shape, values: Values, x: Array, dtype: Any) -> Array:
    """Without points that rounding of the edge may put on the other side."""
    if not shape.jumps:
        return x
    near = np.zeros(x.shape, bool)
    for edge in shape.edge_points(values):
        if float(np.dtype(dtype).type(edge)) != edge:
            near |= abs(x - edge) < EDGE_DISTANCE / 2 * np.finfo(dtype).eps * abs(edge)
    return x[~near]
