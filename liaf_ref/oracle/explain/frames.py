"""Frames: the structures that a record can have, and the recurrence that is fitted to each."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain.neuron import Model, held, predict, shift
from liaf_ref.oracle.explain.trace import NeuronParameters, Precision, Trace

TRIPLES = 400  # random triples of steps of a robust fit
SINGULAR = 1e-9  # of a triple, relative to its largest singular value
MIN_STEPS = 3
INPUT_DELAYS = (0, 1, 2, 3)
SPIKE_DELAYS = (0, 1, -1, 2, 3)
REFRACTORY = (0, 1, 2, 3, 4, 5, 6)
LONGEST_INSIDE = 3  # refractory steps that end inside a step, for spikes that are not recorded
SAME_JUMP = 1e-2  # relative difference of jumps that are multiples of one another

Fit = tuple[Array, Array]  # a, b and c, and the steps that agree with them
STRUCTURES = (  # reset, its time, and the shown potential
    ("value", "same step", "after reset"),
    ("subtract", "same step", "after reset"),
    ("value", "same step", "before reset"),
    ("subtract", "same step", "before reset"),
    ("value", "after leak", "before reset"),
    ("subtract", "after leak", "before reset"),
    ("value", "after input", "before reset"),
    ("value", "same step", "after leak"),
    ("subtract", "same step", "after leak"),
    ("none", "same step", "after reset"),
    ("none", "same step", "after leak"),
    ("crossing", "same step", "after reset"),
    ("value", "same step", "marker"),
)


class Frame(NamedTuple):
    """A record, and a structure with its delays and the numbers that are fitted to it."""

    trace: Trace
    p: NeuronParameters
    level: Precision
    model: Model  # with the fitted a, b and c
    fired: Array  # spikes of each step, before any delay
    plain: Array  # whether a step follows the recurrence, without a reset or a refractory time
    checked: Array  # whether a step is compared with the record
    inliers: Array  # plain steps that the fitted numbers agree with

    @property
    def free(self) -> Array:
        """Steps that are compared and not refractory."""
        return self.checked & ~held(self.fired, self.model.refractory)

    def predict(self, m: Model) -> tuple[Array, Array]:
        """U and the shown potential of each step, from the recorded ones of the step before."""
        return predict(m, self.trace.input, self.trace.potential, self.fired)

    def tolerance(self, m: Model) -> Array:
        """Largest difference of each step between prediction and record."""
        return self.level.tolerance(m, self.trace, self.fired)

    def solve_amount(self, m: Model) -> float | None:
        """The amount of the reset, if there is one: the prediction is linear in it."""
        _, at_zero = self.predict(m._replace(amount=0.0))
        slope = self.predict(m._replace(amount=1.0))[1] - at_zero
        seen = (abs(slope) > 1e-6) & self.checked
        if not seen.any():
            return None
        return float(np.median((self.trace.potential - at_zero)[seen] / slope[seen]))

    def is_possible(self, clipped: bool) -> bool:
        """Whether one reset, and some threshold, can go with the fitted numbers; only a screen."""
        m, v, fires = self.model, self.trace.potential, self.fired > 0
        limit, amount = 8 * self.level.screen(self.trace) * self.trace.largest, self.solve_amount(m)
        U, shown = self.predict(m if amount is None else m._replace(amount=amount))
        if not clipped and amount is not None and m.shown != "marker":
            wide = limit * (1 + abs(amount) / self.trace.largest)
            seen = self.checked & (fires | (m.waiting != "inside"))
            if not (abs(shown - v) <= wide)[seen].all():
                return False
        low = np.minimum(U, v.max())[self.free & ~fires].max(initial=-np.inf)  # if bounded
        return bool(low - limit <= U[self.free & fires].min(initial=np.inf) + limit)


def fitted_frames(
    trace: Trace, p: NeuronParameters, level: Precision, *, robust: bool, clipped: bool = False
) -> Iterator[Frame]:
    """All structures with all delays, and their fits."""
    v, fits = trace.potential, dict[bytes, Fit | None]()
    at_bound = np.isin(v, repeated_extremes(trace)) if clipped else np.zeros(len(v), bool)
    for m, fired in _structures(trace, level, at_bound):
        # Without recorded spikes, a last one would be seen in the next step.
        unseen = max(m.spike_delay, 0) if trace.has_spikes else int(m.shown == "before reset")
        checked = np.arange(len(v)) > 0
        checked[len(v) - unseen :] = False
        if m.reset == "none" and fired[checked].all():
            continue  # a constant of the resets would pass for the leak
        plain = _plain(m, fired) & ~at_bound & checked
        key = plain.tobytes() + bytes([m.input_delay])
        if key not in fits:
            x = shift(trace.input, m.input_delay)
            fits[key] = _fit(x, v, plain, level.screen(trace), robust=robust)
        marks = set(v[fired > 0].tolist()) if m.shown == "marker" else {0.0}
        if (fit := fits[key]) and len(marks) == 1:
            a, b, c = fit[0].tolist()
            if m.shown == "after leak":
                b = b / a if a else 0.0
            numbers = m._replace(a=a, b=b, c=c, unit=level.unit or 1.0, marker=marks.pop())
            yield Frame(trace, p, level, numbers, fired, plain, checked, fit[1])


def _fit(x: Array, v: Array, plain: Array, tolerance: float, *, robust: bool) -> Fit | None:
    """Least squares over the steps: a, b and c, and the steps that agree."""
    # ``robust``: over the largest set of the steps that agrees.
    if plain.sum() < MIN_STEPS:
        return None
    A, y = np.stack([np.roll(v, 1), x, np.ones(len(x))], axis=1), v[plain]
    scale = np.maximum(abs(A[plain]).max(axis=0), 1e-300)
    A = (A / scale)[plain]
    # Only a screen: the candidates themselves are checked with the bound of each step.
    limit = 4 * tolerance * max(abs(v).max(), 1e-300)
    numbers = np.linalg.lstsq(A, y, rcond=1e-12)[0]
    if robust and (abs(A @ numbers - y) > limit).any():
        most = abs(_of_triples(A, y) @ A.T - y) <= limit
        best = most[most.sum(axis=1).argmax()]
        numbers = np.linalg.lstsq(A[best], y[best], rcond=1e-12)[0]
    inliers = np.zeros(len(x), bool)
    inliers[plain] = abs(A @ numbers - y) <= limit
    return numbers / scale, inliers


def _of_triples(A: Array, y: Array) -> Array:
    """Coefficients of random triples of steps."""
    # Steps in which something happens are few, and they determine the input's factor.
    moving = np.flatnonzero((A[:, 1] != 0) | (y != 0))
    pool = moving if len(moving) >= MIN_STEPS else np.arange(len(y))
    driven = A[pool, 1] != A[0, 1]
    weight = np.where(driven, len(pool) / max(driven.sum(), 1), 1.0)
    draws = np.random.default_rng(0).choice(pool, size=(TRIPLES, 3), p=weight / weight.sum())
    found: Array = (np.linalg.pinv(A[draws], rcond=SINGULAR) @ y[draws][..., None])[..., 0]
    return found


def repeated_extremes(trace: Trace) -> list[float]:
    """The least and the largest potential, if several steps have it."""
    ends = float(trace.potential.min()), float(trace.potential.max())
    return [extreme for extreme in ends if (trace.potential == extreme).sum() > 1]


def _structures(trace: Trace, level: Precision, at_bound: Array) -> Iterator[tuple[Model, Array]]:
    """All structures with all delays, and the spikes of each step."""
    for input_delay in INPUT_DELAYS:
        jumps = np.zeros(0) if trace.has_spikes else _jumps(trace, input_delay, level, at_bound)
        for spike_delay in SPIKE_DELAYS if trace.has_spikes else (0,):
            fired = shift(trace.spikes, -spike_delay)
            for structure in STRUCTURES:
                m = Model(*structure, input_delay=input_delay, spike_delay=spike_delay)
                for steps, waiting in _refractory(trace, m):
                    one = m._replace(refractory=steps, waiting=waiting)
                    # In fixed point, these two are not tried.
                    if not level.unit or (m.shown != "after leak" and waiting != "inside"):
                        yield one, fired if trace.has_spikes else _spikes(one, jumps)


def _refractory(trace: Trace, m: Model) -> Iterator[tuple[float, str]]:
    """Refractory steps that the spikes leave room for, and what happens in them."""
    yield 0, "held"
    if m.timing != "same step" or m.reset in {"none", "crossing"}:
        return
    apart = np.diff(np.flatnonzero(trace.spikes)).tolist()
    shortest = min(apart, default=REFRACTORY[-1] + 1)
    for waiting in ("held", "leaking") if m.shown != "marker" else ("held",):
        yield from ((n, waiting) for n in REFRACTORY[1:shortest])
    if (m.reset, m.shown) == ("value", "after reset"):
        longest = min(shortest, REFRACTORY[-1]) if trace.has_spikes else LONGEST_INSIDE
        yield from ((n / 2, "inside") for n in range(1, 2 * longest + 1))


def _jumps(trace: Trace, input_delay: int, level: Precision, at_bound: Array) -> Array:
    """How far each step falls below the recurrence of most steps."""
    v, x, screen = trace.potential, shift(trace.input, input_delay), level.screen(trace)
    moving = np.diff(v, prepend=v[0]) != 0  # a potential that is held shows no decay
    most = _fit(x, v, moving, screen, robust=True)
    if most is None:
        return np.zeros(len(v))
    a, b, c = most[0]
    below = a * shift(v, 1) + b * x + c - v
    outside = abs(below) > 4 * screen * abs(v).max()
    outside &= ~(at_bound & (np.sign(below) == np.where(v > v.min(), 1, -1)))
    outside[0] = False
    return np.where(outside, below, 0.0)


def _spikes(m: Model, jumps: Array) -> Array:
    """The spikes of each step, of how far it falls."""
    fired: Array = np.sign(abs(jumps))
    if m.reset == "subtract" and fired.any() and jumps.min() >= 0:
        counts = jumps / jumps[fired > 0].min()  # of the least jump, if all are multiples of it
        whole = np.round(counts)
        fired = whole if (abs(counts - whole) <= SAME_JUMP * whole).all() else fired
    fired = shift(fired, -int(m.shown == "before reset"))
    rest = max(math.ceil(m.refractory), int(m.shown == "marker"))
    for t in np.flatnonzero(fired):
        if fired[t]:
            fired[t + 1 : t + 1 + rest] = 0.0
    return fired


def _plain(m: Model, fired: Array) -> Array:
    """Steps in which no reset and no refractory time can be seen."""
    some, after = fired > 0, shift(fired, 1) > 0
    touched = after if m.shown == "before reset" else some | (after & (m.shown == "marker"))
    plain: Array = ~(touched & (m.reset != "none")) & ~held(fired, m.refractory)
    plain[0] = False
    return plain
