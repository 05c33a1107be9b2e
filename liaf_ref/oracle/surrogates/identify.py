"""Which shape a function is, and which mistake it has."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.surrogates.measure import slope_tolerance
from liaf_ref.oracle.surrogates.table import SHAPES, Shape, Values, format_values

SAMPLES = np.geomspace(1e-4, 1e3, 181)  # on either side of 0
WIDTHS = np.geomspace(2.0**-12, 2.0**12, 73)
JUMP_WEIGHT = 8  # how often the two points around a jump are counted
MAX_MISFIT = 1e-4  # relative, of a slope in float32 that is the shape
REFINED = 5  # curves that are refined after the coarse search
COARSE = 3  # every third sample is in the coarse search
DIGITS = 4  # of fitted parameters


@dataclass(frozen=True)
class Identification:
    """The shape that is nearest to a slope, and how much they differ relative to the slope."""

    shape: str
    parameters: Mapping[str, float]
    misfit: float

    @property
    def exact(self) -> bool:
        """Whether the slope is this shape, up to rounding."""
        return self.misfit < MAX_MISFIT

    def __str__(self) -> str:
        values = format_values(self.parameters)
        found = f"{self.shape} with {values}" if values else self.shape
        return (
            found if self.exact else f"not in the table; nearest, off by {self.misfit:.0%}: {found}"
        )

    __repr__ = __str__


def identify(
    slope: Callable[[Array], Array], dtype: Any = "float64", prefer: str | None = None
) -> Identification | None:
    """Fit every shape; None if the slope is 0 everywhere or not finite."""
    x = np.concatenate([-SAMPLES[::-1], SAMPLES]).astype(dtype)  # 0 may belong to either side
    y = np.asarray(slope(x.copy()), float)
    if y.shape != x.shape or not np.isfinite(y).all() or not y.any():
        return None
    x, y = _near_jumps(slope, x, y)
    few = np.r_[0 : 2 * SAMPLES.size : COARSE, 2 * SAMPLES.size : x.size]
    fits = sorted((_coarse_fit(shape, x[few], y[few]) for shape in SHAPES.values()), key=_rank)
    curves = list(dict.fromkeys(SHAPES[fit.shape].curve for fit in fits))[:REFINED]
    refined = [
        _refined_fit(SHAPES[fit.shape], fit, x, y)
        for fit in fits
        if (fit.exact if fits[0].exact else SHAPES[fit.shape].curve in curves)
        or fit.shape == prefer
    ]
    best = min(refined, key=lambda f: (_rank(f)[0], f.exact and f.shape != prefer, _rank(f)))
    # What float32 cannot tell from round numbers is round.
    rounded = {name: float(f"{value:.{DIGITS}g}") for name, value in best.parameters.items()}
    return replace(best, parameters=rounded)


def _rank(fit: Identification) -> tuple[float, int, float]:
    """Of two descriptions of one slope, that with fewer parameters, or without a scale."""
    scale = abs(fit.parameters["scale"]) or 1.0
    complexity = round(abs(float(np.log(scale))), 4)
    return 0.0 if fit.exact else fit.misfit, len(fit.parameters), complexity


def _near_jumps(slope: Callable[[Array], Array], x: Array, y: Array) -> tuple[Array, Array]:
    """Add two points around the largest jump on the positive side, found by bisection."""
    positive = np.flatnonzero(x > 0)
    change = abs(np.diff(y[positive]))
    if not change.size or not change.max() > 0:
        return x, y
    k = positive[int(np.argmax(change))]
    low, high, y_low, y_high = x[k], x[k + 1], y[k], y[k + 1]
    for _ in range(40):
        middle = x.dtype.type((low + high) / 2)
        if middle in {low, high}:
            break
        at = float(np.asarray(slope(np.array([middle], x.dtype)), float)[0])
        if abs(at - y_low) <= abs(at - y_high):
            low, y_low = middle, at
        else:
            high, y_high = middle, at
    if abs(y_high - y_low) < 0.1 * abs(y).max():  # it is steep there, but does not jump
        return x, y
    more = np.array([low, high] * JUMP_WEIGHT, x.dtype)  # counted often, to decide between widths
    return np.concatenate([x, more]), np.concatenate([y, np.asarray(slope(more.copy()), float)])


def _coarse_fit(shape: Shape, x: Array, y: Array) -> Identification:
    """The best width of a table of widths, the other parameters at their defaults."""
    defaults = shape.complete({})
    if shape.width is None:
        return _fit_scale(shape, defaults, x, y)
    widths = WIDTHS
    if shape.jumps and x[-1] == x[-3]:  # a jump was found: the edge is w or 0.5 / w
        ends = x[-2:].astype(float)
        widths = np.unique(np.concatenate([WIDTHS, ends, 0.5 / ends]))
    fits = (_fit_scale(shape, defaults | {shape.width: float(w)}, x, y) for w in widths)
    return min(fits, key=lambda fit: fit.misfit)


def _refined_fit(shape: Shape, fit: Identification, x: Array, y: Array) -> Identification:
    """All positive parameters, from the coarse fit on."""
    from scipy import optimize  # noqa: PLC0415 - it loads slowly, and only a fit needs it

    free = [
        name for name, p in shape.parameters.items() if fit.parameters[name] > 0 and not p.integer
    ]
    if shape.jumps and shape.edge_points(fit.parameters):  # found by bisection
        free = [name for name in free if name != shape.width]
    if not free:
        return fit
    minimum = np.array([shape.parameters[name].minimum for name in free])
    start = np.log([fit.parameters[name] - low for name, low in zip(free, minimum, strict=True)])

    def fitted(logs: Array) -> Identification:
        new = dict(zip(free, minimum + np.exp(np.clip(logs, -30, 30)), strict=True))
        return _fit_scale(shape, {**fit.parameters, **new}, x, y)

    def residual(logs: Array) -> Array:
        values = fitted(logs).parameters
        return np.asarray((shape.slope(x, values) - y) / np.linalg.norm(y))

    found = fitted(optimize.least_squares(residual, start, xtol=1e-12, ftol=1e-14, max_nfev=40).x)
    return min(found, fit, key=lambda each: each.misfit)


def _fit_scale(shape: Shape, values: Values, x: Array, y: Array) -> Identification:
    """The scale is linear: it has a formula."""
    curve = shape.slope(x, {**values, "scale": 1.0})
    square = float(curve @ curve)
    scale = float(curve @ y) / square if square else 1.0
    misfit = float(np.linalg.norm(scale * curve - y) / np.linalg.norm(y))
    return Identification(shape.name, {**values, "scale": scale}, misfit)


Slope = Callable[[Array], Array]

MOST = 0.98  # of the points, where single edges may differ
SAME = 1e-3  # relative distance of a fitted parameter from the one asked for
SIDES: Mapping[str, Slope] = {"x >= 0": lambda x: x >= 0, "x < 0": lambda x: x < 0}

SlopeOfThreshold = Callable[[Callable[[Array], Array], Array, float], Array]

THRESHOLD_MISTAKES: Mapping[str, SlopeOfThreshold] = {
    "the slope is taken at U instead of U - v_th": lambda f, x, v: f(x + v),
    "the threshold is ignored: the slope is taken at U - 1": lambda f, x, v: f(x + v - 1),
    "the slope is taken at (U - v_th) / v_th": lambda f, x, v: f(x / v),
    "the slope is divided by v_th": lambda f, x, v: f(x) / v,
    "the slope is taken at (U - v_th) / v_th and divided by v_th": lambda f, x, v: f(x / v) / v,
}


class Measured(NamedTuple):
    """The slope at one threshold."""

    x: Array
    y: Array
    threshold: float


class Subject(NamedTuple):
    """A slope that is wrong, and what it should be."""

    name: str  # as the subject of a sentence
    slope: Slope
    shape: Shape
    values: Values
    dtype: Any

    def diagnose(self) -> tuple[tuple[str, ...], Identification | None]:
        """Name mistakes of a slope at one threshold."""
        side = np.geomspace(1e-3, 30, 120)
        x = np.concatenate([-side[::-1], [0.0], side]).astype(self.dtype)
        with np.errstate(all="ignore"):
            y = self.slope(x)
        if y.shape != x.shape:
            return (), None
        if not y.any():
            return (f"{self.name} is 0 everywhere: no gradient passes the spike",), None
        finite = np.isfinite(y).all()
        texts = list(self._sides(x, y)) if finite else [self._not_finite(x[~np.isfinite(y)])]
        found = self._identify(0.0, self.shape.name)
        if found is not None:
            texts.append(self._found(found))
        return tuple(texts), found

    def _identify(self, centre: float, prefer: str | None = None) -> Identification | None:
        def moved(x: Array) -> Array:
            return _finite_or_0(self.slope(x + x.dtype.type(centre)))

        return identify(moved, self.dtype, prefer)

    def _not_finite(self, bad: Array) -> str:
        sides = [bad[bad >= 0], bad[bad < 0]]
        nearest = [f"x = {float(side[abs(side).argmin()]):.3g}" for side in sides if len(side)]
        return f"{self.name} is not finite from {' and from '.join(nearest)} on"

    def _sides(self, x: Array, y: Array) -> Iterator[str]:
        tolerance = 4 * slope_tolerance(self.shape, self.values, x.astype(float), x.dtype)
        right = abs(y - self.shape.slope(x, self.values)) <= tolerance
        for name, side in SIDES.items() if np.mean(right) < MOST else ():
            if right[side(x)].all():
                yield f"{self.name} is right for {name} only; is |x| missing?"

    def _found(self, found: Identification) -> str:
        if found.shape == self.shape.name and found.exact:
            wrong = [
                name
                for name, value in self.values.items()
                if abs(found.parameters[name] - value) > SAME * max(abs(value), SAME)
            ]
            opposite = abs(found.parameters["scale"] + self.values["scale"]) < SAME
            if wrong == ["scale"] and opposite:
                return f"{self.name} has the wrong sign"
            if not wrong:
                return "shape and parameters are right; only the points above differ"
        if not found.exact:
            x = np.linspace(-4, 4, 2049).astype(self.dtype)
            y = _finite_or_0(self.slope(x))
            centre = float(x[y >= y.max() * (1 - 1e-6 * np.sign(y.max()))].mean())
            moved = self._identify(centre) if centre else None
            if moved is not None and moved.exact:
                return f"{self.name} is {moved}, centred at x = {centre:g}"
        return f"{self.name} is {found}"


def diagnose_threshold(measured: Sequence[Measured], shape: Shape, values: Values) -> Iterator[str]:
    """Name a wrong use of the threshold that explains every threshold but not the right use."""

    def right(x: Array) -> Array:
        return shape.slope(x, values)

    if len({m.threshold for m in measured}) < 2 or _explains(lambda f, x, _: f(x), right, measured):
        return
    for text, mistake in THRESHOLD_MISTAKES.items():
        if _explains(mistake, right, measured):
            yield text
            return


def _explains(mistake: SlopeOfThreshold, f: Slope, measured: Sequence[Measured]) -> bool:
    return all(
        np.mean(abs(m.y - mistake(f, m.x.astype(float), m.threshold)) <= 1e-4 * abs(m.y).max())
        >= MOST
        for m in measured
    )


def _finite_or_0(y: Array) -> Array:
    return np.nan_to_num(y, nan=0.0, posinf=0.0, neginf=0.0)
