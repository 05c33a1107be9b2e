"""Which shape of the table a slope is, found by least squares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.surrogates.shape import Shape, Values, format_values
from liaf_ref.oracle.surrogates.table import SHAPES

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
    fits = [
        _refined_fit(SHAPES[fit.shape], fit, x, y)
        for fit in fits
        if (fit.exact if fits[0].exact else SHAPES[fit.shape].curve in curves)
        or fit.shape == prefer
    ]
    best = min(fits, key=_misfit)
    equal = [fit for fit in fits if fit.exact] if best.exact else [best]
    return _round(min(equal, key=lambda fit: (fit.shape != prefer, _complexity(fit))))


def _misfit(fit: Identification) -> float:
    return fit.misfit


def _rank(fit: Identification) -> tuple[float, tuple[int, float]]:
    return (0.0 if fit.exact else fit.misfit), _complexity(fit)


def _complexity(fit: Identification) -> tuple[int, float]:
    """Of two descriptions of one slope, that with fewer parameters, or without a scale."""
    scale = abs(fit.parameters["scale"]) or 1.0
    return len(fit.parameters), round(abs(float(np.log(scale))), 4)


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
    widths = np.unique(np.concatenate([WIDTHS, _widths_at_jump(shape, x)]))
    fits = (_fit_scale(shape, defaults | {shape.width: float(w)}, x, y) for w in widths)
    return min(fits, key=_misfit)


def _widths_at_jump(shape: Shape, x: Array) -> Array:
    """The widths that put a jump between the last two points; the edge is w or 0.5 / w."""
    if not shape.jumps or x[-1] != x[-3]:  # no jump was found
        return np.array([])
    edge = float(x[-1])
    return np.array([edge, 0.5 / edge, float(x[-2]), 0.5 / float(x[-2])])


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
    return min(found, fit, key=_misfit)


def _fit_scale(shape: Shape, values: Values, x: Array, y: Array) -> Identification:
    """The scale is linear: it has a formula."""
    curve = shape.slope(x, {**values, "scale": 1.0})
    square = float(curve @ curve)
    scale = float(curve @ y) / square if square else 1.0
    misfit = float(np.linalg.norm(scale * curve - y) / np.linalg.norm(y))
    return Identification(shape.name, {**values, "scale": scale}, misfit)


def _round(fit: Identification) -> Identification:
    """What float32 cannot tell from round numbers is round."""
    rounded = {name: float(f"{value:.{DIGITS}g}") for name, value in fit.parameters.items()}
    return replace(fit, parameters=rounded)
