"""Which shape a slope is, with which parameters, and which mistake it has."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.surrogates.measure import SlopeCheck, SurrogateFinding
from liaf_ref.oracle.surrogates.table import SHAPES, Shape, format_values

Slope = Callable[[Array], Array]

SAMPLES = np.geomspace(1e-4, 1e3, 181)  # on either side of 0, which may belong to either
WIDTHS = np.geomspace(2.0**-12, 2.0**12, 73)
JUMP_WEIGHT = 8  # how often the two points around a jump are counted, to decide between widths
EDGE_DISTANCE = 8  # of these points from the jump, in units of rounding
MAX_MISFIT = 1e-4  # relative, of a slope in float32 that is the shape
BISECTIONS = 60  # halve the distance of two samples to rounding
REFINED = 8  # shapes that are refined after the coarse search
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
        near = "" if self.exact else f"not in the table; nearest, off by {self.misfit:.0%}: "
        return near + " with ".join(filter(None, [self.shape, format_values(self.parameters)]))

    __repr__ = __str__


def identify(slope: Slope, dtype: Any = "float64", prefer: str = "") -> Identification | None:
    """Fit every shape; None if the slope is 0 everywhere or not finite."""
    x = np.concatenate([-SAMPLES[::-1], SAMPLES]).astype(dtype)
    y = slope(x.copy())
    if y.shape != x.shape or not np.isfinite(y).all() or not y.any():
        return None
    edge = _steepest_point(slope, x, y)
    away = EDGE_DISTANCE * np.finfo(x.dtype).eps
    around = np.repeat([edge * (1 - away), edge * (1 + away)], JUMP_WEIGHT).astype(x.dtype)
    step, samples = slope(around.copy()), Samples(x, y)
    if np.ptp(step) >= 0.1 * abs(y).max():  # or it is only steep
        samples = Samples(np.append(x, around), np.append(y, step), (edge, 0.5 / edge))
    fits = sorted(map(samples.coarse, SHAPES.values()), key=_rank)
    chosen = [fit for fit in fits if fit.exact] or fits[:REFINED]
    chosen += [fit for fit in fits if fit.shape == prefer and fit not in chosen]
    refined = map(samples.refined, chosen)
    best = min(refined, key=lambda f: (_rank(f)[0], f.exact and f.shape != prefer, _rank(f)))
    # What float32 cannot tell from round numbers is round.
    rounded = {name: float(f"{value:.{DIGITS}g}") for name, value in best.parameters.items()}
    return replace(best, parameters=rounded)


class Samples(NamedTuple):
    """A slope at some points, and the widths of shapes that would jump where it jumps."""

    x: Array
    y: Array
    widths: tuple[float, ...] = ()  # the parameter is w or 0.5 / w

    def fit(self, shape: Shape, values: Mapping[str, float]) -> Identification:
        """A shape with other values; its scale is linear, so it has a formula."""
        shape = shape.at({**values, "scale": 1.0})
        curve = shape.slope(self.x)
        square = float(curve @ curve)
        scale = float(curve @ self.y) / square if square else 1.0
        misfit = float(np.linalg.norm(scale * curve - self.y) / np.linalg.norm(self.y))
        return Identification(shape.name, {**shape.values, "scale": scale}, misfit)

    def coarse(self, shape: Shape) -> Identification:
        """The best width of a table of widths, the other parameters at their defaults."""
        widths = np.append(WIDTHS, self.widths if shape.jumps_at_edge else ())
        name = shape.width or "scale"  # which is fitted anyway
        curves = shape.at({name: widths[:, None]}).slope(self.x)
        # The less misfit, the longer the part of y along a curve.
        along = (curves @ self.y) ** 2 / np.maximum((curves**2).sum(1), np.finfo(float).tiny)
        return self.fit(shape, {name: float(widths[along.argmax()])})

    def refined(self, start: Identification) -> Identification:
        """All positive parameters, from a fit on; but for an edge, which bisection found."""
        from scipy import optimize  # noqa: PLC0415 - it loads slowly, and only a fit needs it

        shape = SHAPES[start.shape].at(start.parameters)
        fixed = {"scale", shape.width if shape.jumps_at_edge else ""}
        given = {n: shape.values[n] for n, p in shape.parameters.items() if not p.is_whole}
        free = [name for name, value in given.items() if value > 0 and name not in fixed]
        if not free:
            return start

        def fitted(logs: Array) -> Identification:
            values = np.exp(np.clip(logs, -30, 30))
            return self.fit(shape, dict(zip(free, values, strict=True)))

        def residual(logs: Array) -> Array:
            curve = shape.at(fitted(logs).parameters).slope(self.x)
            return np.asarray((curve - self.y) / np.linalg.norm(self.y))

        logs = np.log([given[name] for name in free])
        best = optimize.least_squares(residual, logs, ftol=1e-14, max_nfev=40).x
        return min(fitted(best), start, key=lambda fit: fit.misfit)


def _rank(fit: Identification) -> tuple[float, int, float]:
    """Of two descriptions of one slope, that with fewer parameters, or without a scale."""
    scale = abs(fit.parameters["scale"]) or 1.0
    complexity = round(abs(float(np.log(scale))), 4)
    return 0.0 if fit.exact else fit.misfit, len(fit.parameters), complexity


def _steepest_point(slope: Slope, x: Array, y: Array) -> float:
    """Where the slope changes most between two positive samples, by bisection."""
    positive = np.flatnonzero(x > 0)
    k = positive[np.argmax(abs(np.diff(y[positive])))]
    low, high = float(x[k]), float(x[k + 1])
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        at = slope(np.array([middle], x.dtype))[0]
        nearer_low = abs(at - y[k]) <= abs(at - y[k + 1])
        low, high = (middle, high) if nearer_low else (low, middle)
    return high


MOST = 0.98  # of the points, where single edges may differ
SAME = 1e-3  # relative distance of a fitted parameter from the one asked for

Diagnosis = tuple[tuple[str, ...], Identification | None]
ThresholdUse = Callable[[Slope, Array, float], Array]
THRESHOLD_USES: Mapping[str, ThresholdUse] = {
    "": lambda f, x, v: f(x),
    "the slope is taken at U instead of U - v_th": lambda f, x, v: f(x + v),
    "the threshold is ignored: the slope is taken at U - 1": lambda f, x, v: f(x + v - 1),
    "the slope is taken at (U - v_th) / v_th": lambda f, x, v: f(x / v),
    "the slope is divided by v_th": lambda f, x, v: f(x) / v,
    "the slope is taken at (U - v_th) / v_th and divided by v_th": lambda f, x, v: f(x / v) / v,
}


def diagnose(check: SlopeCheck, findings: Sequence[SurrogateFinding]) -> Diagnosis:
    """Name what the function computes instead; nothing if it only raised or warned."""
    if not any(finding.wrong for finding in findings):
        return (), None
    ignored = tuple(_ignored_parameters(check))
    if mistake := _threshold_mistake(check):
        return (mistake, *ignored), None
    if all(finding.quantity == "spike" for finding in findings):
        return ("the slope is right, the spikes are not", *ignored), None
    texts, found = _explain(check)
    return (*ignored, *texts), found


def _ignored_parameters(check: SlopeCheck) -> Iterator[str]:
    x = np.linspace(-2, 2, 65).astype(check.dtype)
    base = check.slope(x)
    for name in check.arguments if base.any() else ():
        others = list(check.others(name))
        if all(np.array_equal(other.slope(x), base, equal_nan=True) for other in others):
            shown = ", ".join(f"{each.shape.values[name]:g}" for each in (check, *others))
            yield f"{name} is ignored: the slope is the same for {name} = {shown}"


def _threshold_mistake(check: SlopeCheck) -> str:
    """The wrong use of the threshold that explains all slopes, if the right use does not."""
    x = np.linspace(-4, 4, 257).astype(check.dtype)
    asked = {v: each.slope(x) for each in check.at_thresholds() for v in each.thresholds}
    slopes = {v: y for v, y in asked.items() if v is not None and y.shape == x.shape and y.any()}

    def explains(use: ThresholdUse) -> bool:
        parts = ((y, use(check.shape.slope, x.astype(float), v)) for v, y in slopes.items())
        return all(np.mean(abs(y - found) <= 1e-4 * abs(y).max()) >= MOST for y, found in parts)

    uses = THRESHOLD_USES.items() if len(slopes) > 1 else ()
    return next((text for text, use in uses if explains(use)), "")


def _explain(check: SlopeCheck) -> Diagnosis:
    """Name mistakes of the slope at the first threshold."""

    def finite(x: Array) -> Array:
        return np.nan_to_num(check.slope(x), nan=0.0, posinf=0.0, neginf=0.0)

    side = np.geomspace(1e-3, 30, 120)
    x = np.concatenate([-side[::-1], [0.0], side]).astype(check.dtype)
    with np.errstate(all="ignore"):
        y = check.slope(x)
    if y.shape != x.shape:
        return (), None
    if not y.any():
        return (f"{check.subject} is 0 everywhere: no gradient passes the spike",), None
    texts, bad = [], x[~np.isfinite(y)]
    if bad.size:
        sides = (some for some in (bad[bad >= 0], bad[bad < 0]) if some.size)
        nearest = " and from ".join(f"x = {some[abs(some).argmin()]:.3g}" for some in sides)
        texts.append(f"{check.subject} is not finite from {nearest} on")
    found = identify(finite, check.dtype, check.shape.name)
    if found is not None:
        texts.append(_sentence(check, finite, found))
    return tuple(texts), found


def _sentence(check: SlopeCheck, slope: Slope, found: Identification) -> str:
    """What a slope is instead: its own shape with other parameters, or another shape."""
    if found.exact and found.shape == check.shape.name:
        asked, got = check.shape.values, found.parameters
        wrong = [n for n, v in asked.items() if abs(got[n] - v) > SAME * max(abs(v), SAME)]
        if not wrong:
            return "shape and parameters are right; only the points above differ"
        if wrong == ["scale"] and abs(got["scale"] + asked["scale"]) < SAME:
            return f"{check.subject} has the wrong sign"
    if not found.exact:  # it may be in the table with another centre
        x = np.linspace(-4, 4, 2049).astype(check.dtype)
        y = slope(x)
        centre = float(x[y >= y.max() * (1 - 1e-6 * np.sign(y.max()))].mean())
        moved = identify(lambda x: slope(x + x.dtype.type(centre)), check.dtype)
        if moved is not None and moved.exact:
            return f"{check.subject} is {moved}, centred at x = {centre:g}"
    return f"{check.subject} is {found}"
