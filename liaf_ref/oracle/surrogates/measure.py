"""The points of a test, what rounding may do there, and a function under test in three forms."""

import inspect
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.imports import format_exception
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.surrogates.table import Shape, Values

TAILS = (50.0, 1e4)
EDGE_DISTANCE = 16  # units of rounding; an edge that is no float is not tested nearer than this
RANDOM_POINTS = 256
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


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
    inside = abs(x) < shape.support(values)
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


class Answer(NamedTuple):
    """What a function returned; ``problem`` says why there is nothing, ``warning`` what it said."""

    arrays: tuple[Array, ...] = ()
    problem: str = ""
    warning: str = ""


class Comparison(NamedTuple):
    """One returned array, and what it should be."""

    quantity: str
    actual: Array
    expected: Array
    tolerance: Array


class Question(NamedTuple):
    """Which points are asked for, with which parameters."""

    shape: Shape
    values: Values
    x: Array
    threshold: float | None
    arguments: Values  # the parameters that the function takes


class SlopeFunction:
    """``slope(x)``."""

    quantity, subject = "slope", "the slope"
    positional = returned = 1

    def __init__(
        self, function: Callable[..., Any], thresholds: tuple[float | None, ...] = (None,)
    ) -> None:
        self.function, self.thresholds = function, thresholds

    def accepted(self, names: Collection[str]) -> tuple[str, ...]:
        """The parameters of a shape that the function has as arguments, after the first ones."""
        try:
            arguments = list(inspect.signature(self.function).parameters.values())
        except (TypeError, ValueError):
            return ()
        named = {p.name for p in arguments[self.positional :] if p.kind in NAMED}
        return tuple(name for name in names if name in named)

    def points(self, q: Question) -> Array:
        """Those of the points that can be tested."""
        return q.x

    def given(self, q: Question) -> tuple[Any, ...]:
        """The first arguments of the function."""
        return (q.x.copy(),)

    def ask(self, q: Question) -> Answer:
        """Call the function, and check the form of what it returns."""
        args, count = self.given(q), self.returned
        with (
            warnings.catch_warnings(record=True) as caught,
            np.errstate(all="warn", under="ignore"),
        ):
            warnings.simplefilter("always")
            try:
                found = self.function(*args, **q.arguments)
                parts = (found,) if count == 1 else tuple(found)
                arrays = tuple(np.asarray(part, float) for part in parts)
            except Exception as error:  # noqa: BLE001 - user code may raise anything
                return Answer(problem=format_exception(error))
        messages = [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]
        if len(arrays) != count:
            return Answer(problem=f"expected {count} arrays, got {len(arrays)}")
        expected = args[0].shape
        for array in arrays:
            if array.shape != expected:
                problem = f"expected an array of shape {expected}, got {array.shape}"
                return Answer(problem=problem)
        return Answer(arrays, warning=messages[0] if messages else "")

    def compare(self, q: Question, arrays: tuple[Array, ...]) -> Iterator[Comparison]:
        """With the formula."""
        x = q.x.astype(float)
        expected, tolerance = (
            q.shape.slope(x, q.values),
            slope_tolerance(q.shape, q.values, x, q.x.dtype),
        )
        yield Comparison(self.quantity, arrays[-1], expected, tolerance)

    def slope(self, q: Question) -> Array:
        """The function's slope over U - v_th."""
        arrays = self.ask(q).arrays
        return arrays[-1] if arrays else np.zeros(0)


class SpikeFunction(SlopeFunction):
    """``spike(U, threshold) -> (spikes, gradient)``."""

    quantity = "gradient"
    positional = returned = 2
    fires: Callable[[Array], Array]

    def points(self, q: Question) -> Array:
        """The points that U - v_th can be without rounding."""
        v_th = q.x.dtype.type(q.threshold)
        U = q.x + v_th
        reached = U - v_th
        exact = U.astype(float) - float(v_th) == reached.astype(float)
        return np.unique(reached[exact])

    def given(self, q: Question) -> tuple[Any, ...]:
        """U, and the threshold."""
        threshold = q.x.dtype.type(q.threshold)
        return q.x + threshold, float(threshold)

    def compare(self, q: Question, arrays: tuple[Array, ...]) -> Iterator[Comparison]:
        """The spikes are exact."""
        expected = self.fires(q.x).astype(float)
        yield Comparison("spike", arrays[0], expected, np.zeros(q.x.shape))
        yield from super().compare(q, arrays)


class SmoothStepFunction(SlopeFunction):
    """``step(x)``, whose derivative is the slope."""

    subject = "the derivative of the smooth step"

    def points(self, q: Question) -> Array:
        """The points that are near enough to integrate the slope of every shape."""
        return q.x[abs(q.x) <= FARTHEST * half_width(q.shape, q.values)]

    def given(self, q: Question) -> tuple[Any, ...]:
        """The points, and 0 behind them."""
        return (np.append(q.x, q.x.dtype.type(0)),)

    def compare(self, q: Question, arrays: tuple[Array, ...]) -> Iterator[Comparison]:
        """With the integral of the slope; a step of area 1 rises from 0 to 1."""
        step, at_0, x = arrays[0][:-1], arrays[0][-1], q.x.astype(float)
        rise = integrate(q.shape, q.values, x)
        largest = np.maximum(abs(rise), abs(at_0))
        tolerance = smooth_step_tolerance(q.shape, q.values, x, largest, q.x.dtype)
        if q.shape.area(**q.shape.own(q.values)) * q.values["scale"] == 1:
            yield Comparison("smooth step", step, 0.5 + rise, tolerance)
        else:
            yield Comparison("rise of the smooth step from x = 0", step - at_0, rise, tolerance)

    def slope(self, q: Question) -> Array:
        """The numerical derivative."""
        x, step = q.x.astype(float), super().slope
        above, below = (step(q._replace(x=x + side))[:-1] for side in (DIFFERENCE, -DIFFERENCE))
        return np.asarray((above - below) / (2 * DIFFERENCE))


DIFFERENCE = 2.0**-10  # half the distance of the points of a numerical derivative
FARTHEST = 64.0  # half widths
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)


def integrate(shape: Shape, values: Values, x: Array) -> Array:
    """The integral of the slope from 0 to each point, by Gauss and Legendre's rule."""
    far = float(abs(x).max(initial=1.0))
    knots = np.concatenate([np.geomspace(1e-6, far, 200), np.linspace(0, far, 129)])
    knots = np.concatenate([-knots, knots, shape.edge_points(values), x])
    knots = np.unique(knots)
    half = np.diff(knots)[:, None] / 2
    parts = (shape.slope(knots[:-1, None] + half * (1 + NODES), values) * half) @ WEIGHTS
    total = np.concatenate([[0.0], np.cumsum(parts)])
    total -= total[np.searchsorted(knots, 0.0)]
    return np.asarray(total[np.searchsorted(knots, x)])
