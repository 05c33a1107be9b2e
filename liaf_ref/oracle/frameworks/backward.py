"""Measurements of the backward pass: the reset's gradient, the surrogate, the threshold."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.frameworks.forward import ResetMeasurement
from liaf_ref.oracle.frameworks.probe import NeuronProbe
from liaf_ref.oracle.frameworks.subthreshold import (
    RESOLUTION,
    SubthresholdResponse,
    carried_gradient,
    is_close,
    run_steps,
)
from liaf_ref.oracle.frameworks.surrogate_families import identify_surrogate

ABOVE, BELOW = 0.125, -0.125  # U - V_th of a step that fires, and of one that does not
REACH, STEP = 2.0, 1 / 64  # of the grid of U - V_th
EDGE_OFFSET = 2.0**-20


class ResetGradient(NamedTuple):
    """The gradient of the next state with respect to U of a step that fired."""

    kind: str  # attached, detached, other or undecided
    measured: float
    detached: float  # what that convention would give, nan where it is not known
    attached: float  # the same


class SurrogateSlope(NamedTuple):
    """The surrogate over U - V_th."""

    family: str
    height: float
    half_width: float  # where it falls to half; inf: nowhere in the grid, nan: it has no height
    area: float  # within the grid
    edge: str  # the end of a rectangle, and whether the end is closed
    x: Array
    y: Array


class ThresholdGradient(NamedTuple):
    """The gradient with respect to the threshold, over that with respect to the potential."""

    has_gradient: bool  # without one, the numbers are nan and the path is none
    output: float  # of a single step; -1 where the output depends on U - V_th
    carried: float  # of the state after a spike
    reset_path: str  # attached, explicit (only a subtracted threshold), none or other


def measure_reset_gradient(
    probe: NeuronProbe, subthreshold: SubthresholdResponse, reset: ResetMeasurement, spikes: bool
) -> ResetGradient:
    """Perturb the drive of a step that fired, and measure the change of the next output."""
    # The ratio of the gradients of the second output in the first and in the second drive is the
    # factor by which a change of U is carried on. Detached, it is the slope of the line that a
    # spike leaves; attached, the surrogate times the jump of a spike comes in.
    U = probe.v_th + ABOVE
    response, factor = carried_gradient(probe, subthreshold, np.array([U]), probe.v_th + BELOW)
    surrogate = response.dI[0, 0, 0] / subthreshold.gain if spikes else float("nan")
    measured, detached = float(factor[0]), reset.slope
    attached = float(detached + surrogate * _spike_jump(subthreshold, reset, U))
    return ResetGradient(
        _reset_gradient_kind(measured, detached, attached), measured, detached, attached
    )


def measure_surrogate(
    probe: NeuronProbe,
    subthreshold: SubthresholdResponse,
    reset: ResetMeasurement,
    spikes: bool,
    firing_condition: str,
) -> SurrogateSlope:
    """Differentiate a single step on a grid of U - V_th."""
    # Of a spiking output the surrogate is the gradient in the drive over the gain. An analog
    # output has none: there it is what comes through the reset, over the jump of a spike.
    x = np.arange(-REACH, REACH + STEP, STEP)

    def at(x: Array) -> Array:
        U = probe.v_th + x
        if spikes:
            found: Array = run_steps(probe, subthreshold.drive(U)).dI[0, :, 0] / subthreshold.gain
            return found
        _, factor = carried_gradient(probe, subthreshold, U, probe.v_th + BELOW)
        fired = x >= 0 if firing_condition == ">=" else x > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (factor - np.where(fired, reset.slope, subthreshold.decay)) / _spike_jump(
                subthreshold, reset, U
            )
        return found

    y = at(x)
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    y = np.where(abs(y) < RESOLUTION, 0.0, y)
    family, height = identify_surrogate(x, y), float(sum(y[x == 0]))
    area = float(np.sum((y[1:] + y[:-1]) / 2 * np.diff(x)))
    edge = _rectangle_edge(at, x, y) if family == "rectangle" else ""
    return SurrogateSlope(family, height, _half_width(x, y), area, edge, x, y)


def measure_threshold_gradient(
    probe: NeuronProbe,
    subthreshold: SubthresholdResponse,
    reset: ResetMeasurement,
    reset_gradient: ResetGradient,
) -> ThresholdGradient:
    """Differentiate one step, and a second one after a spike, in the threshold."""
    U = probe.v_th + ABOVE
    one = run_steps(probe, subthreshold.drive(probe.v_th + BELOW))
    two, _ = carried_gradient(probe, subthreshold, np.array([U]), probe.v_th + BELOW)
    if one.dv_th is None or two.dv_th is None:
        return ThresholdGradient(False, float("nan"), float("nan"), "none")
    with np.errstate(divide="ignore", invalid="ignore"):
        output = float(one.dv_th[0] / one.dI[0, 0, 0] * subthreshold.gain)
        carried = float(two.dv_th[1] / two.dI[1, 0, 1] * subthreshold.gain) - output
    jump = _spike_jump(subthreshold, reset, U)
    explicit = float(jump / probe.v_th) if reset.kind == "soft" else 0.0
    attached = explicit - (reset_gradient.measured - reset_gradient.detached)
    kinds = {"attached": attached, "none": 0.0, "explicit": explicit}
    fits = [name for name, value in kinds.items() if is_close(carried, value)]
    if reset_gradient.kind == "detached":
        fits = [name for name in fits if name != "attached"]
    return ThresholdGradient(True, output, carried, fits[0] if fits else "other")


def _spike_jump(
    subthreshold: SubthresholdResponse, reset: ResetMeasurement, U: Array | float
) -> Array:
    """What a spike changes in what is carried."""
    return np.asarray(
        reset.slope * U + reset.intercept - (subthreshold.decay * U + subthreshold.beta)
    )


def _reset_gradient_kind(measured: float, detached: float, attached: float) -> str:
    if not np.isfinite(measured):
        return "undecided"
    if is_close(measured, detached):
        return "undecided" if is_close(attached, detached) else "detached"
    return "attached" if np.isnan(attached) or is_close(measured, attached) else "other"


def _half_width(x: Array, y: Array) -> float:
    """Where the curve falls to half of what it is at 0, between two points of the grid."""
    if not (y[x == 0] > 0).any():
        return float("nan")
    x, y = x[x >= 0], y[x >= 0] / y[x == 0]
    below = np.flatnonzero(y < 0.5)
    if not below.size:
        return float("inf")
    k = int(below[0])
    return float(x[k - 1] + STEP * (y[k - 1] - 0.5) / (y[k - 1] - y[k]))


def _rectangle_edge(at: Callable[[Array], Array], x: Array, y: Array) -> str:
    """Where a rectangle ends, if that is a point of the grid."""
    last = float(x[y > 0].max())
    for edge in (last, last + STEP):
        inside, on, outside = (
            at(np.array([edge - EDGE_OFFSET, edge, edge + EDGE_OFFSET])) > y.max() / 2
        )
        if inside and not outside:
            return f"{'closed' if on else 'open'} at {edge:g}"
    return f"between {last:g} and {last + STEP:g}"
