"""Structures with their delays: which steps fire, and which follow the plain recurrence."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain.fit import Recurrence, fit_recurrence
from liaf_ref.oracle.explain.neuron import Model, held, shift
from liaf_ref.oracle.explain.precision import Precision
from liaf_ref.oracle.explain.trace import Trace

INPUT_DELAYS = (0, 1, 2, 3)
SPIKE_DELAYS = (0, 1, -1, 2, 3)
REFRACTORY = (0, 1, 2, 3, 4, 5, 6)
LONGEST_INSIDE = 3  # refractory steps that end inside a step, for spikes that are not recorded
LEAST_SHARE = 0.3  # of steps that follow the recurrence, for spikes that are not recorded
SAME_JUMP = 1e-2  # relative difference of jumps that are multiples of one another


class Structure(NamedTuple):
    """The parts of a convention that are not numbers."""

    reset: str
    timing: str
    shown: str


STRUCTURES = (
    Structure("value", "same step", "after reset"),
    Structure("subtract", "same step", "after reset"),
    Structure("value", "same step", "before reset"),
    Structure("subtract", "same step", "before reset"),
    Structure("value", "after leak", "before reset"),
    Structure("subtract", "after leak", "before reset"),
    Structure("value", "after input", "before reset"),
    Structure("value", "same step", "after leak"),
    Structure("subtract", "same step", "after leak"),
    Structure("none", "same step", "after reset"),
    Structure("none", "same step", "after leak"),
    Structure("crossing", "same step", "after reset"),
    Structure("value", "same step", "marker"),
)


class Frame(NamedTuple):
    """A structure with its delays, and what its steps are."""

    structure: Structure
    input_delay: int
    spike_delay: int
    refractory: int
    waiting: str
    fired: Array  # spikes of each step, before any delay
    plain: Array  # whether a step follows the recurrence, without a reset or a refractory time
    checked: Array  # whether a step is compared with the record


Fitted = tuple[Frame, Recurrence]


def fitted_frames(
    trace: Trace, level: Precision, *, robust: bool, clipped: bool = False
) -> Iterator[Fitted]:
    """All structures with all delays, and their fits."""
    v = trace.recorded_potential
    relative = level.screen(trace)
    at_bound = np.isin(v, repeated_extremes(trace)) if clipped else np.zeros(len(v), bool)
    fits: dict[bytes, Recurrence | None] = {}
    for input_delay in INPUT_DELAYS:
        x = shift(trace.input, input_delay)
        jumps = None
        if trace.spikes is None:
            jumps, share = _jumps(trace, x, relative, at_bound)
            if share < LEAST_SHARE and not robust:
                continue  # no spikes are as many as that
        for spike_delay in (0,) if trace.spikes is None else SPIKE_DELAYS:
            for structure in STRUCTURES:
                unseen = max(spike_delay, 0)
                if jumps is not None:  # a last spike would be seen in the next step
                    unseen = int(structure.shown == "before reset")
                checked = np.arange(len(v)) > 0
                checked[len(v) - unseen :] = False
                for refractory, waiting in _refractory(trace, structure):
                    fired = _fired(trace, structure, spike_delay, refractory, jumps)
                    if structure.reset == "none" and fired[checked].all():
                        continue  # a constant of the resets would pass for the leak
                    plain = _plain(structure, refractory, fired) & ~at_bound & checked
                    key = plain.tobytes() + bytes([input_delay])
                    if key not in fits:
                        fits[key] = fit_recurrence(x, v, plain, relative, robust=robust)
                    fit = fits[key]
                    if fit is not None:
                        frame = Frame(structure, input_delay, spike_delay, refractory, waiting,
                                      fired, plain, checked)  # fmt: skip
                        yield frame, fit


def fitted_model(frame: Frame, fit: Recurrence, level: Precision) -> Model:
    """The fitted numbers in the structure of the frame."""
    structure = frame.structure
    b = fit.b
    if structure.shown == "after leak":
        b = fit.b / fit.a if fit.a else 0.0
    return Model(a=fit.a, b=b, c=fit.c, reset=structure.reset, timing=structure.timing,
                 shown=structure.shown, input_delay=frame.input_delay,
                 spike_delay=frame.spike_delay, refractory=frame.refractory,
                 waiting=frame.waiting, unit=level.unit or 1.0)  # fmt: skip


def repeated_extremes(trace: Trace) -> list[float]:
    """The least and the largest potential, if several steps have it."""
    v = trace.recorded_potential
    return [extreme for extreme in (float(v.min()), float(v.max())) if (v == extreme).sum() > 1]


def _refractory(trace: Trace, structure: Structure) -> list[tuple[int, str]]:
    """Refractory steps that the spikes leave room for, and what happens in them."""
    if structure.timing != "same step" or structure.reset in {"none", "crossing"}:
        return [(0, "held")]
    apart = np.diff(np.flatnonzero(trace.spikes)) if trace.spikes is not None else ()
    shortest = int(min(apart, default=max(REFRACTORY) + 1))
    kinds = ["held", "leaking"] if structure.shown != "marker" else ["held"]
    found = [(n, kind) for kind in kinds for n in REFRACTORY if n < shortest]
    found = [one for one in found if one != (0, "leaking")]
    if structure == STRUCTURES[0]:
        longest = shortest if trace.spikes is not None else LONGEST_INSIDE
        found += [(n, "inside") for n in REFRACTORY if 0 < n <= longest]
    return found


def _jumps(trace: Trace, x: Array, relative: float, at_bound: Array) -> tuple[Array, float]:
    """How far each step falls below the recurrence of most steps, and the share that follows it."""
    v = trace.recorded_potential
    moving = np.diff(v, prepend=v[0]) != 0  # a potential that is held shows no decay
    most = fit_recurrence(x, v, moving, relative, robust=True)
    if most is None:
        return np.zeros(len(v)), 1.0
    below = most.a * shift(v, 1) + most.b * x + most.c - v
    outside = abs(below) > 4 * relative * abs(v).max()
    outside &= ~(at_bound & (np.sign(below) == np.where(v > v.min(), 1, -1)))
    outside[0] = False
    return np.where(outside, below, 0.0), 1 - float(outside[moving].mean())


def _fired(
    trace: Trace, structure: Structure, spike_delay: int, refractory: int, jumps: Array | None
) -> Array:
    if jumps is None:
        return shift(trace.recorded_spikes, -spike_delay)
    fired = _multiples(jumps) if structure.reset == "subtract" else np.sign(abs(jumps))
    if structure.shown == "before reset":
        fired = shift(fired, -1)
    rest = max(refractory, int(structure.shown == "marker"))
    for t in np.flatnonzero(fired):
        if fired[t]:
            fired[t + 1 : t + 1 + rest] = 0.0
    return fired


def _multiples(jumps: Array) -> Array:
    """Spikes of each step: jumps in units of the least one, if all are multiples of it."""
    once: Array = np.sign(abs(jumps))
    if not once.any() or jumps.min() < 0:
        return once
    counts = jumps / jumps[once > 0].min()
    whole: Array = np.round(counts)
    return whole if (abs(counts - whole) <= SAME_JUMP * whole).all() else once


def _plain(structure: Structure, refractory: int, fired: Array) -> Array:
    """Steps in which no reset and no refractory time can be seen."""
    some = fired > 0
    after = shift(some, 1, False)
    before_shown = structure.shown == "before reset"
    touched = after if before_shown else some | (after & (structure.shown == "marker"))
    if structure.reset == "none":
        touched = np.zeros_like(some)
    plain = ~touched & ~held(fired, refractory)
    plain[0] = False
    return plain
