"""Measurements of the backward pass: the reset's gradient, the surrogate, the threshold."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from frameworks.forward import RESOLUTION, ResetMeasurement, Subthreshold, is_close
from liaf_ref.kernels.array import Array

ABOVE, BELOW = 0.125, -0.125  # U - V_th of a step that fires, and of one that does not
REACH, STEP = 2.0, 1 / 64  # of the grid of U - V_th
EDGE_OFFSET = 2.0**-20


class ResetGradient(NamedTuple):
    """The gradient of the next state with respect to U of a step that fired."""

    kind: str  # attached, detached, "attached, U not cut", none, other or undecided
    measured: float
    detached: float  # what that convention would give, nan where it is not known
    attached: float  # the same


class SurrogateSlope(NamedTuple):
    """The surrogate over U - V_th."""

    family: str
    height: float
    half_width: float  # where it falls to half; inf: nowhere in the grid, nan: it has no height
    area: float  # within the grid
    edge: str  # the end of a rectangle, or the start of a step, and whether that is closed
    x: Array
    y: Array


class ThresholdGradient(NamedTuple):
    """The gradient with respect to the threshold, over that with respect to the potential."""

    has_gradient: bool  # without one, the numbers are nan and the path is none
    output: float  # of a single step; -1 where the output depends on U - V_th
    carried: float  # of the state after a spike
    reset_path: str  # attached, explicit (only a subtracted threshold), none or other


def measure_reset_gradient(
    it: Subthreshold, reset: ResetMeasurement, spikes: bool
) -> ResetGradient:
    """Perturb the drive of a step that fired, and measure the change of the next output."""
    # The ratio of the gradients of the second output in the first and in the second drive is the
    # factor by which a change of U is carried on. Detached, it is the slope of the line that a
    # spike leaves; attached, the surrogate times the jump of a spike comes in.
    U = it.probe.v_th + ABOVE
    response, factor = it.carried_gradient(np.array([U]), it.probe.v_th + BELOW)
    surrogate = response.dI[0, 0, 0] / it.gain if spikes else float("nan")
    measured, detached = float(factor[0]), reset.slope
    attached = float(detached + surrogate * reset.jump(it, U))
    kind = _reset_gradient_kind(measured, detached, attached)
    if not response.dI.any():
        kind = "none"  # neither has the output
    # A hard reset that cuts the potential but not its gradient.
    if kind == "other" and is_close(measured, attached - detached + it.decay):
        kind, detached = "attached, U not cut", it.decay
    return ResetGradient(kind, measured, detached, attached)


def measure_surrogate(
    it: Subthreshold,
    reset: ResetMeasurement,
    spikes: bool,
    firing_condition: str,
) -> SurrogateSlope:
    """Differentiate a single step on a grid of U - V_th."""
    # Of a spiking output the surrogate is the gradient in the drive over the gain. An analog
    # output has none: there it is what comes through the reset, over the jump of a spike.
    x = np.arange(-REACH, REACH + STEP, STEP)

    def at(x: Array) -> Array:
        U = it.probe.v_th + x
        if spikes:
            found: Array = it.run(U).dI[0, :, 0] / it.gain
            return found
        _, factor = it.carried_gradient(U, it.probe.v_th + BELOW)
        fired = x >= 0 if firing_condition == ">=" else x > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (factor - np.where(fired, reset.slope, it.decay)) / reset.jump(it, U)
        return found

    y = at(x)
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    y = np.where(abs(y) < RESOLUTION, 0.0, y)
    family, height = identify_surrogate(x, y), float(sum(y[x == 0]))
    area = float(np.sum((y[1:] + y[:-1]) / 2 * np.diff(x)))
    edge = ""
    if family == "rectangle":
        edge = _edge(at, x, y, 1)
    elif family == "step":
        edge = _edge(lambda x: at(-x), -x, y, -1)
    return SurrogateSlope(family, height, _half_width(at, x, y), area, edge, x, y)


def measure_threshold_gradient(
    it: Subthreshold,
    reset: ResetMeasurement,
    reset_gradient: ResetGradient,
    start: float,
) -> ThresholdGradient:
    """Differentiate one step, and a second one after a spike, in the threshold."""
    # start: the gradient of the first potential, see start_gradient.
    U = it.probe.v_th + ABOVE
    one = it.run(it.probe.v_th + BELOW)
    two, _ = it.carried_gradient(np.array([U]), it.probe.v_th + BELOW)
    if two.dv_th is None:
        return ThresholdGradient(False, float("nan"), float("nan"), "none")
    with np.errstate(divide="ignore", invalid="ignore"):
        # None: the output of one step does not depend on it, though a reset may.
        dv_th = 0.0 if one.dv_th is None else one.dv_th[0]
        output = float(dv_th / one.dI[0, 0, 0] * it.gain) - start
        carried = float(two.dv_th[1] / two.dI[1, 0, 1] * it.gain) - output
    current = min(it.poles, key=abs)  # which no reset changes
    carried -= start * (reset_gradient.measured - current)
    jump = reset.jump(it, U)
    explicit = float(jump / it.probe.v_th) if reset.kind == "soft" else 0.0
    attached = explicit - (reset_gradient.measured - reset_gradient.detached)
    kinds = {"attached": attached, "none": 0.0, "explicit": explicit}
    if reset.kind == "none":
        del kinds["attached"]
    # A spike whose gradient in the threshold is not minus that in U has its own ratio in the reset.
    fired = it.run(U)
    if fired.dv_th is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = float(fired.dv_th[0] / fired.dI[0, 0, 0] * it.gain) - start
        kinds["own"] = explicit + ratio * (reset_gradient.measured - reset_gradient.detached)
    fits = [name for name, value in kinds.items() if is_close(carried, value)]
    fits = ["attached" if name == "own" else name for name in fits]
    if reset_gradient.kind == "detached":
        fits = [name for name in fits if name != "attached"]
    return ThresholdGradient(True, output, carried, fits[0] if fits else "other")


def start_gradient(
    it: Subthreshold,
    reset: ResetMeasurement,
    surrogate: SurrogateSlope,
) -> float:
    """The gradient of the first potential in the threshold, where V^0 is compared with it."""
    # A neuron that is one step late compares the potential before the first drive.
    U = (it.initial - it.beta) / it.poles[0]
    slope = float(np.interp(U - it.probe.v_th, surrogate.x, surrogate.y))
    return -slope * float(reset.jump(it, U))


def _reset_gradient_kind(measured: float, detached: float, attached: float) -> str:
    if not np.isfinite(measured):
        return "undecided"
    if is_close(measured, detached):
        return "undecided" if is_close(attached, detached) else "detached"
    return "attached" if np.isnan(attached) or is_close(measured, attached) else "other"


def _half_width(at: Callable[[Array], Array], x: Array, y: Array) -> float:
    """Where the curve falls to half of what it is at 0, between two points of a finer grid."""
    if not (y[x == 0] > 0).any():
        return float("nan")
    x, y = x[x >= 0], y[x >= 0] / y[x == 0]
    if not (y < 0.5).any():
        return float("inf")
    k = int(np.argmax(y < 0.5))
    fine = np.linspace(x[k - 1], x[k], 33)
    values = at(fine) / at(np.zeros(1))
    k = int(np.argmax(values < 0.5))
    return float(np.interp(0.5, values[[k, k - 1]], fine[[k, k - 1]]))


def _edge(at: Callable[[Array], Array], x: Array, y: Array, sign: int) -> str:
    """Where a curve drops to zero, if that is a point of the grid; ``sign`` -1: of its mirror."""
    last = float(x[y > 0].max())
    for edge in (last, last + STEP):
        inside, on, outside = (
            at(np.array([edge - EDGE_OFFSET, edge, edge + EDGE_OFFSET])) > y.max() / 2
        )
        if inside and not outside:
            return f"{'closed' if on else 'open'} at {sign * edge:g}"
    return f"between {sign * last:g} and {sign * (last + STEP):g}"


class SurrogateFamily(NamedTuple):
    """A curve of height 1 with one parameter, and the parameter from one point (x, y)."""

    curve: Callable[[Array, float], Array]
    solve_parameter: Callable[[float, float], float]


SURROGATE_FAMILIES: Mapping[str, SurrogateFamily] = {
    "triangle": SurrogateFamily(
        lambda x, k: np.maximum(0.0, 1 - k * abs(x)),
        lambda x, y: (1 - y) / x,
    ),
    "fast sigmoid": SurrogateFamily(
        lambda x, k: (1 + k * abs(x)) ** -2.0,
        lambda x, y: (y**-0.5 - 1) / x,
    ),
    "arctan": SurrogateFamily(
        lambda x, k: 1 / (1 + (k * x) ** 2),
        lambda x, y: (1 / y - 1) ** 0.5 / x,
    ),
    "sigmoid": SurrogateFamily(
        lambda x, k: np.cosh(k * x) ** -2.0,
        lambda x, y: float(np.arccosh(y**-0.5)) / x,
    ),
    "gaussian": SurrogateFamily(
        lambda x, k: np.exp(-((k * x) ** 2)),
        lambda x, y: float(np.log(1 / y)) ** 0.5 / x,
    ),
    "exponential": SurrogateFamily(
        lambda x, k: np.exp(-k * abs(x)),
        lambda x, y: float(np.log(1 / y)) / x,
    ),
}


def identify_surrogate(x: Array, slope: Array) -> str:
    """Name the curve that goes through all points, if one of the known does."""
    height = slope[x == 0]
    if x.size and not slope.any():
        return "zero"
    if not (height > 0).any():
        return "unrecognized"
    y = slope / height
    if (np.minimum(abs(y), abs(y - 1)) < RESOLUTION).all():
        full = abs(y - 1) < RESOLUTION
        return "constant" if full.all() else "step" if full[x >= 0].all() else "rectangle"
    return _name_curve(x, y) or _describe_curve(x, y)


def _name_curve(x: Array, y: Array) -> str:
    inside = (x > 0) & (y > RESOLUTION) & (y < 1)
    if not inside.any():
        return ""
    at = int(np.argmin(np.where(inside, abs(y - 0.5), np.inf)))
    for name, family in SURROGATE_FAMILIES.items():
        k = family.solve_parameter(float(x[at]), float(y[at]))
        if (abs(family.curve(x, k) - y) < RESOLUTION).all():
            return name
    return ""


def _describe_curve(x: Array, y: Array) -> str:
    """Say of a curve without a name what can be said of it."""
    if (y < -RESOLUTION).any():
        return "curve with negative parts"
    both = y[np.isin(-x, x)]
    symmetric = (abs(both - both[::-1]) < RESOLUTION).all()
    return "unrecognized" if symmetric else "asymmetric curve"
