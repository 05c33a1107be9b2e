"""Probes of the backward pass: the way through the reset, the surrogate, the threshold."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.compare.family import recognise
from liaf_ref.oracle.compare.forward import Reset
from liaf_ref.oracle.compare.measure import RESOLUTION, Basics, passed_on, run, same
from liaf_ref.oracle.compare.subject import Subject

ABOVE, BELOW = 0.125, -0.125  # U - V_th of a step that fires, and of one that does not
REACH, STEP = 2.0, 1 / 64  # of the grid of U - V_th
HAIR = 2.0**-20


class Through(NamedTuple):
    """Gradient of what is carried in the U of a step that fired.

    ``kind`` is ``attached``, ``detached``, ``other`` or ``undecided``; ``measured`` stands
    beside what the two conventions would give, nan where that is not known.
    """

    kind: str
    measured: float
    detached: float
    attached: float


class Slope(NamedTuple):
    """The surrogate over U - V_th.

    ``half`` is where it falls to half its height (inf: nowhere in the grid, nan: it has none),
    ``area`` that within the grid, ``edge``
    says of a rectangle where it ends and whether it still is 1 there.
    """

    family: str
    height: float
    half: float
    area: float
    edge: str
    x: Array
    y: Array


class Threshold(NamedTuple):
    """Gradient in the threshold, over the gradient in the potential.

    ``output`` is that of a single step, -1 where the output sees U - V_th; ``carried`` that
    of what a spike left, ``through`` says if it holds the way through the reset:
    ``attached``, ``explicit`` (only a subtracted threshold), ``none`` or ``other``.
    Without a gradient the numbers are nan and ``through`` is ``none``.
    """

    exists: bool
    output: float
    carried: float
    through: str


def through(subject: Subject, basic: Basics, left: Reset, spikes: bool) -> Through:
    """Nudge the drive of a step that fired, and see what comes of it in the next output.

    The ratio of the gradients of the second output in the first and in the second drive
    is the factor by which a change of U is carried on.  Detached, it is the slope of the
    line that a spike leaves; attached, the surrogate times the jump of a spike comes in.

    Parameters
    ----------
    subject : Subject
        The neuron.
    basic, left : Basics, Reset
        Its basics, and what a spike leaves.
    spikes : bool
        Whether its output is spikes, so that the surrogate is known from it.

    Returns
    -------
    Through
        The factor, beside the two predictions.
    """
    U = subject.v_th + ABOVE
    response, factor = passed_on(subject, basic, np.array([U]), subject.v_th + BELOW)
    surrogate = response.dI[0, 0, 0] / basic.gain if spikes else float("nan")
    measured, detached = float(factor[0]), left.slope
    attached = float(detached + surrogate * _jump(basic, left, U))
    return Through(_kind(measured, detached, attached), measured, detached, attached)


def slope(subject: Subject, basic: Basics, left: Reset, spikes: bool, fires: str) -> Slope:
    """Differentiate a single step on a grid of U - V_th.

    Of a spiking output the surrogate is the gradient in the drive over the gain.  An
    analog output has none: there it is what comes through the reset, over the jump of a
    spike.

    Parameters
    ----------
    subject, basic, left, spikes
        As for :func:`through`.
    fires : str
        ``>=`` or ``>``: what happens at 0.

    Returns
    -------
    Slope
        The curve and what it is.
    """
    x = np.arange(-REACH, REACH + STEP, STEP)

    def at(x: Array) -> Array:
        U = subject.v_th + x
        if spikes:
            found: Array = run(subject, basic.drive(U)).dI[0, :, 0] / basic.gain
            return found
        _, factor = passed_on(subject, basic, U, subject.v_th + BELOW)
        fired = x >= 0 if fires == ">=" else x > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (factor - np.where(fired, left.slope, basic.carry)) / _jump(basic, left, U)
        return found

    y = at(x)
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    y = np.where(abs(y) < RESOLUTION, 0.0, y)
    family, height = recognise(x, y), float(sum(y[x == 0]))
    area = float(np.sum((y[1:] + y[:-1]) / 2 * np.diff(x)))
    edge = _edge(at, x, y) if family == "rectangle" else ""
    return Slope(family, height, _half(x, y), area, edge, x, y)


def threshold(subject: Subject, basic: Basics, left: Reset, passed: Through) -> Threshold:
    """Differentiate one step, and a second one after a spike, in the threshold.

    Parameters
    ----------
    subject, basic, left
        As for :func:`through`.
    passed : Through
        What that has found.

    Returns
    -------
    Threshold
        The two ratios.
    """
    U = subject.v_th + ABOVE
    one = run(subject, basic.drive(subject.v_th + BELOW))
    two, _ = passed_on(subject, basic, np.array([U]), subject.v_th + BELOW)
    if one.dv_th is None or two.dv_th is None:
        return Threshold(False, float("nan"), float("nan"), "none")
    with np.errstate(divide="ignore", invalid="ignore"):
        output = float(one.dv_th[0] / one.dI[0, 0, 0] * basic.gain)
        carried = float(two.dv_th[1] / two.dI[1, 0, 1] * basic.gain) - output
    jump = _jump(basic, left, U)
    explicit = float(jump / subject.v_th) if left.kind == "soft" else 0.0
    attached = explicit - (passed.measured - passed.detached)
    kinds = {"attached": attached, "none": 0.0, "explicit": explicit}
    fits = [name for name, value in kinds.items() if same(carried, value)]
    if passed.kind == "detached":
        fits = [name for name in fits if name != "attached"]
    return Threshold(True, output, carried, fits[0] if fits else "other")


def _jump(basic: Basics, left: Reset, U: Array | float) -> Array:
    """What a spike changes in what is carried."""
    return np.asarray(left.slope * U + left.intercept - (basic.carry * U + basic.beta))


def _kind(measured: float, detached: float, attached: float) -> str:
    if not np.isfinite(measured):
        return "undecided"
    if same(measured, detached):
        return "undecided" if same(attached, detached) else "detached"
    return "attached" if np.isnan(attached) or same(measured, attached) else "other"


def _half(x: Array, y: Array) -> float:
    """Where the curve falls to half of what it is at 0, between two points of the grid."""
    if not (y[x == 0] > 0).any():
        return float("nan")
    x, y = x[x >= 0], y[x >= 0] / y[x == 0]
    below = np.flatnonzero(y < 0.5)
    if not below.size:
        return float("inf")
    k = int(below[0])
    return float(x[k - 1] + STEP * (y[k - 1] - 0.5) / (y[k - 1] - y[k]))


def _edge(at: Callable[[Array], Array], x: Array, y: Array) -> str:
    """Where a rectangle ends, if that is a point of the grid."""
    last = float(x[y > 0].max())
    for edge in (last, last + STEP):
        inside, on, outside = at(np.array([edge - HAIR, edge, edge + HAIR])) > y.max() / 2
        if inside and not outside:
            return f"{'closed' if on else 'open'} at {edge:g}"
    return f"between {last:g} and {last + STEP:g}"
