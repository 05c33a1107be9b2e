"""What is asked of a function under test, and the quantities that are compared."""

import inspect
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.imports import format_exception
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.surrogates.shape import (
    Shape,
    Values,
    half_width,
    slope_tolerance,
    smooth_step_tolerance,
)


class Answer(NamedTuple):
    """What a function returned; ``problem`` says why there is nothing, ``warning`` what it said."""

    arrays: tuple[Array, ...] = ()
    problem: str = ""
    warning: str = ""


def accepted_parameters(
    function: Callable[..., Any], names: Collection[str], positional: int
) -> tuple[str, ...]:
    """The parameters of a shape that the function has as arguments, after the first ones."""
    try:
        arguments = list(inspect.signature(function).parameters.values())[positional:]
    except (TypeError, ValueError):
        return ()
    named = {p.name for p in arguments if p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}}
    return tuple(name for name in names if name in named)


def ask(function: Callable[..., Any], size: int, count: int, *args: Any, **values: Any) -> Answer:
    """Call the function, and check the form of what it returns."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        try:
            found = function(*args, **values)
            parts = (found,) if count == 1 else tuple(found)
            arrays = tuple(np.asarray(part, float) for part in parts)
        except Exception as error:  # noqa: BLE001 - user code may raise anything
            return Answer(problem=format_exception(error))
    messages = [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]
    if len(arrays) != count:
        return Answer(problem=f"expected {count} arrays, got {len(arrays)}")
    for array in arrays:
        if array.shape != (size,):
            return Answer(problem=f"expected an array of shape ({size},), got {array.shape}")
    return Answer(arrays, warning=messages[0] if messages else "")


def selected(values: Values, names: Collection[str]) -> dict[str, float]:
    """The values that are passed to the function."""
    return {name: values[name] for name in names}


FARTHEST = 64.0  # half widths
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)


class Comparison(NamedTuple):
    """One returned array, and what it should be."""

    quantity: str
    actual: Array
    expected: Array
    tolerance: Array


@dataclass(frozen=True)
class Question:
    """Which points are asked for, with which parameters."""

    shape: Shape
    values: Values
    x: Array
    threshold: float | None
    arguments: dict[str, float]


@dataclass(frozen=True)
class SlopeFunction:
    """``slope(x)``."""

    function: Callable[..., Any]
    thresholds: tuple[float | None, ...] = (None,)
    positional = 1

    def ask(self, q: Question) -> Answer:
        """The slope."""
        return ask(self.function, q.x.size, 1, q.x.copy(), **q.arguments)

    def points(self, q: Question) -> Array:
        """The points themselves."""
        return q.x

    def compare(self, q: Question, arrays: tuple[Array, ...]) -> Iterator[Comparison]:
        """With the formula."""
        yield _compare_slope(q, arrays[0])


@dataclass(frozen=True)
class SpikeFunction:
    """``spike(U, threshold) -> (spikes, gradient)``."""

    function: Callable[..., Any]
    thresholds: tuple[float | None, ...]
    fires: Callable[[Array], Array]
    positional = 2

    def ask(self, q: Question) -> Answer:
        """The spikes, and their gradient in U."""
        threshold = q.x.dtype.type(q.threshold)
        return ask(self.function, q.x.size, 2, q.x + threshold, float(threshold), **q.arguments)

    def points(self, q: Question) -> Array:
        """The points that U - v_th can be without rounding."""
        v_th = q.x.dtype.type(q.threshold)
        U = q.x + v_th
        reached = U - v_th
        exact = U.astype(float) - float(v_th) == reached.astype(float)
        return np.unique(reached[exact])

    def compare(self, q: Question, arrays: tuple[Array, ...]) -> Iterator[Comparison]:
        """The spikes are exact."""
        spikes, gradient = arrays
        exact = np.zeros(q.x.shape)
        yield Comparison("spike", spikes, self.fires(q.x).astype(float), exact)
        yield _compare_slope(q, gradient)._replace(quantity="gradient")


@dataclass(frozen=True)
class SmoothStepFunction:
    """``step(x)``, whose derivative is the slope."""

    function: Callable[..., Any]
    thresholds: tuple[float | None, ...] = (None,)
    positional = 1

    def points(self, q: Question) -> Array:
        """The points that are near enough to integrate the slope of every shape."""
        return q.x[abs(q.x) <= FARTHEST * half_width(q.shape, q.values)]

    def ask(self, q: Question) -> Answer:
        """The step at the points, and at 0 behind them."""
        x = np.append(q.x, q.x.dtype.type(0))
        return ask(self.function, x.size, 1, x, **q.arguments)

    def compare(self, q: Question, arrays: tuple[Array, ...]) -> Iterator[Comparison]:
        """With the integral of the slope; a step of area 1 rises from 0 to 1."""
        step, at_0 = arrays[0][:-1], arrays[0][-1]
        rise = integrate(q.shape, q.values, q.x.astype(float))
        largest, x = np.maximum(abs(rise), abs(at_0)), q.x.astype(float)
        tolerance = smooth_step_tolerance(q.shape, q.values, x, largest, q.x.dtype)
        if q.shape.area(**q.shape.own(q.values)) * q.values["scale"] == 1:
            yield Comparison("smooth step", step, 0.5 + rise, tolerance)
        else:
            yield Comparison("rise of the smooth step from x = 0", step - at_0, rise, tolerance)


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


def _compare_slope(q: Question, slope: Array) -> Comparison:
    x = q.x.astype(float)
    expected = q.shape.slope(x, q.values)
    return Comparison("slope", slope, expected, slope_tolerance(q.shape, q.values, x, q.x.dtype))
