"""Frames: the structures that a record can have, and the recurrence that is fitted to each."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain.choices import Choice
from liaf_ref.oracle.explain.neuron import Model, held, shift
from liaf_ref.oracle.explain.precision import Precision
from liaf_ref.oracle.explain.trace import NeuronParameters, Trace

TRIPLES = 400  # random triples of steps of a robust fit
MIN_STEPS = 3


class Recurrence(NamedTuple):
    """The three numbers, and which of the steps follow them."""

    a: float
    b: float
    c: float
    inliers: Array
    worst: float  # largest error, relative to the largest potential


def fit_recurrence(
    x: Array, potential: Array, steps: Array, tolerance: float, *, robust: bool
) -> Recurrence | None:
    """Least squares over ``steps``; ``robust``: over the largest set of them that agrees."""
    columns = np.stack([np.roll(potential, 1), x, np.ones(len(x))], axis=1)
    use = np.flatnonzero(steps)
    use = use[use > 0]
    if len(use) < MIN_STEPS:
        return None
    A, y = columns[use], potential[use]
    scale = np.maximum(abs(A).max(axis=0), 1e-300)
    coefficients = _solve(A / scale, y)
    # Only a screen: the candidates themselves are checked with the bound of each step.
    limit = np.full(len(y), 4 * tolerance * max(abs(potential).max(), 1e-300))
    errors = abs(A / scale @ coefficients - y)
    worst = float(errors.max() / max(abs(potential).max(), 1e-300))
    inside = errors <= limit
    if robust and not inside.all():
        coefficients, inside = _largest_agreement(A / scale, y, limit, coefficients)
    a, b, c = coefficients / scale
    inliers = np.zeros(len(x), bool)
    inliers[use[inside]] = True
    return Recurrence(float(a), float(b), float(c), inliers, 0.0 if robust else worst)


def _solve(A: Array, y: Array) -> Array:
    found: Array = np.linalg.lstsq(A, y, rcond=1e-12)[0]
    return found


def _largest_agreement(A: Array, y: Array, limit: Array, start: Array) -> tuple[Array, Array]:
    """The coefficients that most steps agree with, of random triples of steps."""
    random = np.random.default_rng(0)
    # Steps in which something happens are few, and they determine the input's factor.
    moving = np.flatnonzero((A[:, 1] != 0) | (y != 0))
    pool = moving if len(moving) >= 3 else np.arange(len(y))
    weight = np.where(A[pool, 1] != A[0, 1], len(pool) / max((A[pool, 1] != A[0, 1]).sum(), 1), 1.0)
    draws = random.choice(pool, size=(TRIPLES, 3), p=weight / weight.sum())
    tries = (np.linalg.pinv(A[draws], rcond=1e-9) @ y[draws][..., None])[..., 0]
    best = (start, abs(A @ start - y) <= limit)
    inside = abs(tries @ A.T - y) <= limit
    most = int(inside.sum(axis=1).argmax())
    if inside[most].sum() > best[1].sum():
        best = (tries[most], inside[most])
    refined = _solve(A[best[1]], y[best[1]]) if best[1].any() else best[0]
    inside = abs(A @ refined - y) <= limit
    return (refined, inside) if inside.sum() >= best[1].sum() else best


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


class Setting(NamedTuple):
    """The record, the known parameters, the precision, and the frame."""

    trace: Trace
    p: NeuronParameters
    level: Precision
    frame: Frame


class Partial(NamedTuple):
    """An explanation of which some parts are known."""

    cost: int  # parts that have no name
    model: Model
    names: dict[str, Choice]
    scale: float  # from the parameters' units to those of the trace
    offset: float  # the potential that the trace shows as 0

    def looseness(self, setting: Setting) -> float:
        """Relative error of a scale in fixed point that the inputs determine within a unit."""
        unit = setting.level.unit
        largest = abs(self.model.b * setting.trace.input).max()
        if not unit or not self.has_free_scale or largest == 0:
            return 0.0
        return float(1.5 * unit / largest)

    @property
    def has_free_scale(self) -> bool:
        """Whether the scale has no name."""
        return self.names["scale"].name.startswith("other")
