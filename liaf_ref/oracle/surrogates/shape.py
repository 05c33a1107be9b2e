"""A slope by its formula and parameters: its points of test and what rounding may do to it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

Values = Mapping[str, float]


class Parameter(NamedTuple):
    """A parameter of a shape, and which values it may have."""

    default: float
    minimum: float = 0.0
    inclusive: bool = False  # whether the minimum itself is allowed
    integer: bool = False

    def allows(self, value: float) -> bool:
        """Whether a value is in the domain."""
        above = value >= self.minimum if self.inclusive else value > self.minimum
        return math.isfinite(value) and above and (not self.integer or float(value).is_integer())

    def describe_domain(self) -> str:
        """The domain in words."""
        kind = "an integer" if self.integer else "a number"
        return f"{kind} {'>=' if self.inclusive else '>'} {self.minimum:g}"

    def other_values(self, value: float) -> list[float]:
        """Two more values of the domain; powers of two times the value, as far as possible."""
        factors = (0.5, 2.0, 1.5)
        found = [value * f for f in factors] if value else [0.25, 0.5]
        if self.integer:
            found = [value + 1, value + 2]
        return [other for other in found if self.allows(other)][:2]


SCALE = Parameter(1.0)  # of every shape: a factor of the whole slope


@dataclass(frozen=True)
class Shape:
    """A shape: its slope, its parameters, and where it is from."""

    name: str
    curve: str  # shapes of one curve differ only in what their parameters mean
    formula: str
    source: str
    function: Callable[..., Array]
    parameters: Mapping[str, Parameter]
    width: str | None  # the parameter that stretches the curve along x, if there is one
    area: Callable[..., float]
    edges: Callable[..., tuple[float, ...]] = lambda **_: ()  # jumps and kinks, without 0
    support: Callable[..., float] = lambda **_: math.inf  # the slope is 0 for larger |x|
    jumps: bool = False  # whether the edges are jumps
    symmetric: bool = True
    cancellation: float = 0.0  # roundings of a number as large as the slope's height
    # The sum of |x df/dx| over the terms of the formula; without it, that of the whole slope.
    condition: Callable[..., Array] | None = None

    def complete(self, given: Values) -> dict[str, Any]:
        """All parameters: those given, and defaults for the others."""
        defaults = {name: p.default for name, p in self.parameters.items()} | {"scale": 1.0}
        return defaults | dict(given)

    def own(self, values: Values) -> dict[str, Any]:
        """The parameters without ``scale``."""
        return {name: values[name] for name in self.parameters}

    def slope(self, x: Array, values: Values) -> Array:
        """The slope in float64."""
        slope: Array = values["scale"] * self.function(np.asarray(x, float), **self.own(values))
        return slope

    def edge_points(self, values: Values) -> tuple[float, ...]:
        """Where the slope jumps or has a kink; 0 is tested anyhow."""
        return tuple(self.edges(**self.own(values)))


def format_values(values: Values) -> str:
    """``alpha = 2, scale = 0.5``; a scale of 1 is left out."""
    shown = {name: v for name, v in values.items() if name != "scale" or v != 1}
    return ", ".join(f"{name} = {value:.5g}" for name, value in shown.items())


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
