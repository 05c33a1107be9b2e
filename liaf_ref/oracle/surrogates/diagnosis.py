"""What a function computes instead of the slope that was asked for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.surrogates.identify import Identification, identify
from liaf_ref.oracle.surrogates.shape import Shape, Values
from liaf_ref.oracle.surrogates.tolerance import slope_tolerance

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


def diagnose_slope(
    slope: Slope, shape: Shape, values: Values, dtype: Any, subject: str
) -> tuple[tuple[str, ...], Identification | None]:
    """Name mistakes of a slope at one threshold."""
    x = _probe_points().astype(dtype)
    with np.errstate(all="ignore"):
        y = slope(x)
    if y.shape != x.shape:
        return (), None
    if not y.any():
        return (f"{subject} is 0 everywhere: no gradient passes the spike",), None
    texts = [f"{subject} {text}" for text in _finite(x, y)]
    if np.isfinite(y).all():
        texts += [f"{subject} {text}" for text in _sides(shape, values, x, y)]
    found = identify(lambda p: _finite_or_0(slope(p)), dtype, prefer=shape.name)
    if found is not None:
        texts += _shape_found(found, slope, shape, values, dtype, subject)
    return tuple(texts), found


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


def _probe_points() -> Array:
    side = np.geomspace(1e-3, 30, 120)
    return np.concatenate([-side[::-1], [0.0], side])


def _finite(x: Array, y: Array) -> Iterator[str]:
    if bad := x[~np.isfinite(y)].tolist():
        sides = [[p for p in bad if p >= 0], [p for p in bad if p < 0]]
        nearest = [f"x = {min(side, key=abs):.3g}" for side in sides if side]
        yield f"is not finite from {' and from '.join(nearest)} on"


def _sides(shape: Shape, values: Values, x: Array, y: Array) -> Iterator[str]:
    expected = shape.slope(x, values)
    tolerance = 4 * slope_tolerance(shape, values, x.astype(float), x.dtype)
    right = abs(y - expected) <= tolerance
    if np.mean(right) < MOST:
        for name, side in SIDES.items():
            inside = side(x)
            if right[inside].all():
                yield f"is right for {name} only; is |x| missing?"


def _shape_found(
    found: Identification, slope: Slope, shape: Shape, values: Values, dtype: Any, subject: str
) -> Iterator[str]:
    if found.shape == shape.name and found.exact:
        wrong = [
            name for name, value in values.items()
            if abs(found.parameters[name] - value) > SAME * max(abs(value), SAME)
        ]  # fmt: skip
        if wrong == ["scale"] and abs(found.parameters["scale"] + values["scale"]) < SAME:
            yield f"{subject} has the wrong sign"
            return
        if not wrong:
            yield "shape and parameters are right; only the points above differ"
            return
    if not found.exact and (centre := _centre(slope, dtype)):
        moved = identify(lambda x: _finite_or_0(slope(x + x.dtype.type(centre))), dtype)
        if moved is not None and moved.exact:
            yield f"{subject} is {moved}, centred at x = {centre:g}"
            return
    yield f"{subject} is {found}"


def _centre(slope: Slope, dtype: Any) -> float:
    x = np.linspace(-4, 4, 2049).astype(dtype)
    y = _finite_or_0(slope(x))
    return float(x[y >= y.max() * (1 - 1e-6)].mean())


def _finite_or_0(y: Array) -> Array:
    return np.nan_to_num(y, nan=0.0, posinf=0.0, neginf=0.0)
