"""How a function is measured: the points, what rounding may do there, and the three forms.

A function under test is a slope, a spike with its gradient, or the smooth step of a slope.
"""

import inspect
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from liaf_ref._core.imports import format_exception
from liaf_ref._core.text import count
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.error_bounds import ARITHMETICS
from liaf_ref.oracle.error_bounds.bounded import Arithmetic
from liaf_ref.oracle.surrogates.table import Shape, Values, format_values

TAILS = (50.0, 1e4)
EDGE_DISTANCE = 16  # units of rounding; an edge that is no float is not tested nearer than this
RANDOM = 256  # points of each of two distributions


def half_width(shape: Shape) -> float:
    """Where the slope falls to half of its height for the first time; 1 if it never does."""
    x = np.geomspace(1e-5, 1e5, 2001)
    slope = abs(shape.slope(x))
    return float(next(iter(x[slope < slope[0] / 2]), 1.0))


FUNCTION_ULPS = 4  # of exp, log, tanh unless more is declared: oneMKL's low accuracy
# Rounded are alpha, pi / 2, their product, the product with x, U - v_th, and a square.
ARGUMENT_ROUNDINGS = 6


def result_roundings(arithmetic: Arithmetic) -> float:
    """Of two functions, or one squared, and four products."""
    return 2 * 2 * max(FUNCTION_ULPS, *arithmetic.ulp.values()) + 4


def slope_tolerance(shape: Shape, x: Array, arithmetic: Arithmetic, e: Any = 0.0) -> Array:
    """The largest error of a right program at each point, which may itself be off by ``e``."""
    u, slope = arithmetic.u, shape.slope(x)
    away = e + ARGUMENT_ROUNDINGS * u * abs(x)
    if shape.steepest is None:
        # Between its edges a slope is monotonous but at 0, and no rounding crosses a jump.
        moved = [x - away, x + away, np.where(abs(x) <= away, 0.0, x)]
        for jump in shape.jumps:
            moved = [np.where(np.sign(p - jump) == np.sign(x - jump), p, x) for p in moved]
        spread = np.max([abs(shape.slope(p) - slope) for p in moved], axis=0)
    else:
        spread = shape.values["scale"] * shape.steepest(**shape.own) * away
    height = abs(shape.slope(np.linspace(-1, 1, 9) * 1e-3)).max()
    return np.asarray(
        spread
        + result_roundings(arithmetic) * u * (abs(slope) + spread)
        + shape.cancellation * u * height * (abs(x) - away < shape.support)
        + arithmetic.smallest * (1 + abs(shape.values["scale"]))
    )


NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)


def integrate(shape: Shape, x: Array) -> Array:
    """The integral of the slope from 0 to each point, by Gauss and Legendre's rule."""
    far = float(abs(x).max(initial=1.0))
    knots = np.concatenate([np.geomspace(1e-6, far, 200), np.linspace(0, far, 129)])
    knots = np.unique(np.concatenate([-knots, knots, shape.edges, x]))
    half = np.diff(knots)[:, None] / 2
    parts = (shape.slope(knots[:-1, None] + half * (1 + NODES)) * half) @ WEIGHTS
    left, right = np.split(parts, [np.searchsorted(knots, 0.0)])
    # Away from 0, as a sum from one end to the other rounds more near 0.
    total = np.concatenate([-np.cumsum(left[::-1])[::-1], [0.0], np.cumsum(right)])
    return np.asarray(total[np.searchsorted(knots, x)])


DIFFERENCE = 2.0**-10  # half the distance of the points of a numerical derivative
FARTHEST = 64.0  # half widths
TINY = 1e-300  # stands for a tolerance of 0
# A quantity, the array that a function returned, what it should be, and the largest difference.
Comparison = tuple[str, Array, Array, Array]
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True)
class SurrogateFinding:
    """One thing that is wrong, with the point of the largest error relative to its tolerance."""

    points: str
    parameters: Values
    threshold: float | None = None
    quantity: str = "slope"
    x: float | None = None  # U - v_th; without numbers, the message has the reason
    expected: float | None = None
    actual: float | None = None
    tolerance: float | None = None
    wrong: int = 0
    total: int = 0
    message: str = ""

    def __str__(self) -> str:
        threshold = [] if self.threshold is None else [f"threshold {self.threshold:g}"]
        where = ", ".join(filter(None, [format_values(self.parameters), *threshold]))
        what = self.message or (
            f"x = {self.x:.9g}: {self.quantity}: expected {self.expected:.9g}, got "
            f"{self.actual:.9g} (tolerance {self.tolerance:.2g}); {self.wrong} of "
            f"{count(self.total, 'point')}"
        )
        return "; ".join(filter(None, [f"{self.points:<8}  {what}", where]))


@dataclass(frozen=True)
class SlopeCheck:
    """The check of ``slope(x)``: what it is given, and what it must return."""

    function: Callable[..., Any]
    shape: Shape
    dtype: np.dtype[Any]
    thresholds: tuple[float | None, ...] = (None,)
    caller: ClassVar[str] = "check_surrogate"
    argument: ClassVar[str] = "slope"  # the function's name, and what it is
    expected: ClassVar[str] = "a function of x"
    quantity: ClassVar[str] = "slope"
    subject: ClassVar[str] = "the slope"
    arrays: ClassVar[int] = 1  # that the function takes, and returns

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The parameters of the shape that the function has as arguments, after the arrays."""
        try:
            arguments = list(inspect.signature(self.function).parameters.values())
        except (TypeError, ValueError):
            return ()
        named = {p.name for p in arguments[self.arrays :] if p.kind in NAMED}
        return tuple(name for name in self.shape.parameters if name in named)

    def at_thresholds(self) -> Iterator[Self]:
        """The check of each threshold."""
        yield from (replace(self, thresholds=(threshold,)) for threshold in self.thresholds)

    def others(self, name: str) -> Iterator[Self]:
        """The check of two other values of a parameter."""
        for value in self.shape.parameters[name].other_values(self.shape.values[name]):
            yield replace(self, shape=self.shape.at({name: value}))

    def run(self, rng: np.random.Generator) -> tuple[int, list[SurrogateFinding]]:
        """The number of points compared, and what is wrong."""
        total, findings = 0, list[SurrogateFinding]()
        others = (each for name in self.arguments for each in self.others(name))
        for check in (*self.at_thresholds(), *others):
            for group, given in check.groups(rng):
                x = check.points(given)
                total += x.size
                findings += check.compare(group, x) if x.size else ()
        return total, findings

    def groups(self, rng: np.random.Generator) -> Iterator[tuple[str, Array]]:
        """Points by what they test; no rounding of a jump puts them beyond it."""
        shape, dtype, length = self.shape, self.dtype, half_width(self.shape)
        edges, eps = list[float](), float(np.finfo(dtype).eps)
        near = [float(np.finfo(dtype).smallest_normal), *(eps * 2.0**k for k in (-2, -1, 0, 1))]
        grid = np.concatenate([np.linspace(-6, 6, 97) * length, np.linspace(-2, 2, 65)])
        usual, signs = rng.normal(size=RANDOM) * 3 * length, rng.choice([-1.0, 1.0], RANDOM)
        # Each edge and the floats next to it; two points around one that is no float.
        for edge in shape.edges:
            at, away = dtype.type(edge), EDGE_DISTANCE * eps
            exact = [at, np.nextafter(at, at * 2), np.nextafter(at, 0 * at)]
            edges += exact if float(at) == edge else [edge * (1 - away), edge * (1 + away)]
        found = {
            "at 0": [0.0, -0.0, *near, *(-p for p in near)],  # the floats next to a v_th
            "edges": edges,
            "grid": grid[grid != 0],
            "random": np.concatenate([usual, signs * 10 ** rng.uniform(-6, 3, RANDOM)]),
            "tails": [s * t for t in (*TAILS, 50 * length) for s in (-1, 1)],
        }
        for name, points in found.items():
            x = np.array(points, dtype)
            for jump in shape.jumps:
                if float(dtype.type(jump)) != jump:
                    x = x[abs(x - jump) >= EDGE_DISTANCE / 2 * eps * abs(jump)]
            yield name, x

    def compare(self, group: str, x: Array) -> Iterator[SurrogateFinding]:
        """Compare one group of points; of each array that is wrong, the worst point."""
        about = group, self.shape.values, self.thresholds[0]
        arrays, message = self.ask(x)
        if message:
            yield SurrogateFinding(*about, message=message)
        for quantity, actual, expected, tolerance in self.expect(x, *arrays) if arrays else ():
            error = abs(actual - expected)
            ratio = np.where(np.isnan(error), np.inf, error / np.maximum(tolerance, TINY))
            if wrong := int((ratio > 1).sum()):
                k = int(ratio.argmax())
                at, wanted, got, most = (float(e[k]) for e in (x, expected, actual, tolerance))
                yield SurrogateFinding(*about, quantity, at, wanted, got, most, wrong, x.size)

    def ask(self, x: Array) -> tuple[tuple[Array, ...], str]:
        """What the function returns; what it warned of, or why there is nothing."""
        args, named = self.given(x), {name: self.shape.values[name] for name in self.arguments}
        warned = np.errstate(all="warn", under="ignore")
        with warnings.catch_warnings(record=True, action="always") as caught, warned:
            try:
                found = self.function(*args, **named)
                parts = (found,) if self.arrays == 1 else tuple(found)
                arrays = tuple(np.asarray(part, float) for part in parts)
            except Exception as error:  # noqa: BLE001 - user code may raise anything
                return (), format_exception(error)
        if len(arrays) != self.arrays:
            return (), f"expected {self.arrays} arrays, got {len(arrays)}"
        if wrong := [array.shape for array in arrays if array.shape != args[0].shape]:
            return (), f"expected an array of shape {args[0].shape}, got {wrong[0]}"
        messages = (str(w.message) for w in caught if issubclass(w.category, RuntimeWarning))
        return arrays, next(messages, "")

    def points(self, x: Array) -> Array:
        """Those of the points that can be tested."""
        return x

    def given(self, x: Array) -> tuple[Any, ...]:
        """The first arguments of the function."""
        return (x.copy(),)

    def expect(self, x: Array, *arrays: Array) -> Iterator[Comparison]:
        """The last array is the slope."""
        at = x.astype(float)
        tolerance = slope_tolerance(self.shape, at, ARITHMETICS[self.dtype.name])
        yield self.quantity, arrays[-1], self.shape.slope(at), tolerance

    def slope(self, x: Array) -> Array:
        """The function's slope over U - v_th; empty if it has none."""
        arrays, _ = self.ask(x)
        return arrays[-1] if arrays else np.zeros(0)


@dataclass(frozen=True)
class SpikeCheck(SlopeCheck):
    """The check of ``spike(U, threshold) -> (spikes, gradient)``."""

    fires: Callable[..., Any] = np.greater_equal
    caller, argument, expected = "check_spike", "spike", "a function of U and the threshold"
    quantity, arrays = "gradient", 2

    def points(self, x: Array) -> Array:
        """The points that U - v_th can be without rounding."""
        U, v_th = self.given(x)
        reached = U - x.dtype.type(v_th)
        return np.unique(reached[U.astype(float) - v_th == reached.astype(float)])

    def given(self, x: Array) -> tuple[Any, ...]:
        """U, and the threshold."""
        threshold = x.dtype.type(self.thresholds[0])
        return x + threshold, float(threshold)

    def expect(self, x: Array, *arrays: Array) -> Iterator[Comparison]:
        """The spikes are exact."""
        yield "spike", arrays[0], self.fires(x, 0).astype(float), np.zeros(x.shape)
        yield from super().expect(x, *arrays)


class StepCheck(SlopeCheck):
    """The check of ``step(x)``, whose derivative is the slope."""

    caller, argument, subject = "check_smooth_step", "step", "the derivative of the smooth step"

    def points(self, x: Array) -> Array:
        """The points that are near enough to integrate the slope of every shape."""
        return x[abs(x) <= FARTHEST * half_width(self.shape)]

    def given(self, x: Array) -> tuple[Any, ...]:
        """The points, and 0 behind them."""
        return (np.append(x, x.dtype.type(0)),)

    def expect(self, x: Array, *arrays: Array) -> Iterator[Comparison]:
        """The integral of the slope; a step of area 1 rises from 0 to 1."""
        at, step, at_0 = x.astype(float), arrays[0][:-1], arrays[0][-1]
        rise = integrate(self.shape, at)
        arithmetic = ARITHMETICS[self.dtype.name]
        # Of a sum of terms the slopes may cancel.
        slope = abs(self.shape.slope(at if self.shape.steepest is None else np.zeros(1)))
        results = result_roundings(arithmetic) + 4  # added and shifted
        result = results * (1 + np.maximum(abs(rise), abs(at_0)))
        tolerance = arithmetic.u * (ARGUMENT_ROUNDINGS * abs(at) * slope + result)
        if self.shape.area * self.shape.values["scale"] == 1:
            yield "smooth step", step, 0.5 + rise, tolerance
        else:
            yield "rise of the smooth step from x = 0", step - at_0, rise, tolerance

    def slope(self, x: Array) -> Array:
        """The numerical derivative."""
        above, below = (
            super(StepCheck, self).slope(x.astype(float) + side)[:-1]
            for side in (DIFFERENCE, -DIFFERENCE)
        )
        return np.asarray((above - below) / (2 * DIFFERENCE))
