"""Frames: the structures that a record can have, and the recurrence that is fitted to each."""

import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.choices import INSIDE, MARKER, NONE, SHOWN_U, SHOWN_V, Choice, Names
from liaf_ref.oracle.explain.neuron import Model, held, membrane, shift
from liaf_ref.oracle.explain.trace import NeuronParameters, Precision, Trace

TRIPLES = 400  # random triples of steps of a robust fit
SINGULAR = 1e-9  # of a triple, relative to its largest singular value
MIN_STEPS = 3
DELAYS = (0, 1, 2, 3)  # of the input
SPIKE_DELAYS = (0, 1, -1, 2, 3)
LONGEST = 6  # refractory steps that are tried
LONGEST_INSIDE = 3  # refractory steps that end inside a step, for spikes that are not recorded
SAME_JUMP = 1e-2  # relative difference of jumps that are multiples of one another

Fit = tuple[Array, Array]  # a, b and c, and the steps that agree with them
# Roundings that a step may make, by the term whose size they have.  Parameters are rounded when
# they are read and when a, b and c are computed from them; products and sums are rounded once.
KEPT, DRIVEN, LEFT = 3 + 1 + 2, 5 + 1 + 2, 2
STEADY = 4  # of the form v_inf + a (v - v_inf), at the size of v_inf = (b x + c) / (1 - a)


class Candidate(NamedTuple):
    """A record, a convention of which some parts are chosen, and how far the record departs."""

    trace: Trace
    p: NeuronParameters
    level: Precision
    model: Model
    names: Names
    at_bound: Array = np.zeros(1, bool)  # whether a step shows a potential that may be a bound
    fired: Array = np.zeros(0)  # spikes of each step, before any delay
    plain: Array = np.zeros(0)  # whether a step follows the recurrence: no spike shows
    checked: Array = np.zeros(0)  # whether a step is compared with the record
    inliers: Array = np.zeros(0)  # plain steps that the fitted numbers agree with
    departures: Array = np.zeros(0)  # whether each step departs from the prediction

    def having(self, names: Names, **model: Any) -> "Candidate":
        """With more parts chosen, which set the fields of the model that have their numbers."""
        fields = ((choices.PARTS[part].field, choice.value) for part, choice in names.items())
        model |= {field: value for field, value in fields if field}
        return self._replace(model=self.model._replace(**model), names={**self.names, **names})

    @property
    def free(self) -> Array:
        """Steps that are compared and not refractory."""
        return self.checked & ~held(self.fired, self.model.refractory)

    @property
    def screen(self) -> float:
        """Relative error of a step within which a fit may be that of an explanation."""
        printed = 2 * self.trace.rounding.max() + max(self.level.absolute, 2 * self.level.unit)
        return 2 * (32 * self.level.relative + float(printed / self.trace.largest))

    def predict(self) -> tuple[Array, Array]:
        """U and the shown potential of each step, from the recorded ones of the step before."""
        m, v, fired = self.model, self.trace.potential, self.fired
        x, carry = shift(self.trace.input, m.input_delay), v
        if m.shown is SHOWN_V:
            carry = (v - m.c) / m.a if m.a else np.zeros_like(v)
        if m.timing is choices.SAME_STEP and (m.shown is SHOWN_U or m.spike is choices.VALUE):
            carry = m.spike.R(m, carry, fired, x)
        carry = shift(carry, 1, m.start)
        hold = held(fired, int(m.refractory)) * (m.waiting is not INSIDE) * 1.0
        for s in np.flatnonzero(fired) if m.waiting is INSIDE else ():
            # A step that is partly refractory has its own U, from which the next crossing follows.
            U = membrane(m, carry[s], 0.0, hold[s], x[s])
            left = float(m.refractory + m.crossing(U, x[s]))
            steps = np.arange(1, min(int(left) + 2, len(x) - int(s)))
            hold[s + steps] = np.maximum(left - steps, 0)
        U = membrane(m, carry, shift(fired, 1), hold, x)
        return U, m.shown.value(m, U, m.spike.R(m, U, fired, x), fired)

    def tolerance(self) -> Array:
        """Largest difference of each step between prediction and record."""
        m, level, rounding, v = self.model, self.level, self.trace.rounding, self.trace.potential
        v, amount = abs(v), abs(m.amount) * np.maximum(self.fired, shift(self.fired, 1))
        drive = m.b * shift(self.trace.input, m.input_delay)
        driven = abs(drive) + abs(m.c)
        terms = KEPT * abs(m.a) * (shift(v, 1) + amount) + LEFT * (v + amount)
        terms = terms + DRIVEN * driven + v.max()  # which may cancel each other
        if 0 < m.a < 1:
            terms = terms + STEADY * driven / (1 - m.a)
        printed = rounding + abs(m.a) * shift(rounding, 1)
        found: Array = level.relative * terms + 1.001 * printed + level.absolute
        if level.is_exact:  # only a R is rounded as named
            for part in (drive, m.c):
                units = part / level.unit
                found = found + level.unit * (abs(units - np.round(units)) > 1e-9)
        return found

    def solve_amount(self) -> float | None:
        """What a spike leaves or subtracts, if that shows: the prediction is linear in it."""
        at_zero, at_one = (self.having({}, amount=amount).predict()[1] for amount in (0.0, 1.0))
        slope = at_one - at_zero
        seen = (abs(slope) > 1e-6) & self.checked
        found = (self.trace.potential - at_zero)[seen] / slope[seen]
        return float(np.median(found)) if seen.any() else None

    def is_possible(self) -> bool:
        """Whether one amount, and some threshold, can go with the fitted numbers; only a screen."""
        m, v, fires, largest = self.model, self.trace.potential, self.fired > 0, self.trace.largest
        limit, amount = 8 * self.screen * largest, self.solve_amount()
        U, shown = (self if amount is None else self.having({}, amount=amount)).predict()
        if not self.at_bound.any() and amount is not None and m.shown is not MARKER:
            seen = self.checked & (fires | (m.waiting is not INSIDE))
            if not (abs(shown - v) <= limit * (1 + abs(amount) / largest))[seen].all():
                return False
        low = np.minimum(U, v.max())[self.free & ~fires].max(initial=-np.inf)  # if bounded
        return bool(low - limit <= U[self.free & fires].min(initial=np.inf) + limit)

    def fitted(self, *, robust: bool) -> Iterator["Candidate"]:
        """All structures with all delays, and their fits."""
        v, fits = self.trace.potential, dict[bytes, Fit | None]()
        for c in _structures(self):
            m = c.model
            # Without recorded spikes, a last one would be seen in the next step.
            unseen = max(m.spike_delay, 0) if self.trace.has_spikes else int(m.shown is SHOWN_U)
            checked = np.arange(len(v)) > 0
            checked[len(v) - unseen :] = False
            if m.spike is NONE and c.fired[checked].all():
                continue  # a constant of the resets would pass for the leak
            plain = _plain(m, c.fired) & ~self.at_bound & checked
            key = plain.tobytes() + bytes([m.input_delay])
            if key not in fits:
                x = shift(self.trace.input, m.input_delay)
                fits[key] = _fit(x, v, plain, self.screen, robust=robust)
            marks = set(v[c.fired > 0].tolist()) if m.shown is MARKER else {0.0}
            if (fit := fits[key]) and len(marks) == 1:
                a, b, constant = fit[0].tolist()
                b = b if m.shown is not SHOWN_V else b / a if a else 0.0
                m = m._replace(a=a, b=b, c=constant, marker=marks.pop())
                yield c._replace(model=m, plain=plain, checked=checked, inliers=fit[1])


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


def _structures(record: Candidate) -> Iterator[Candidate]:
    """All structures with all delays, and the spikes of each step."""
    has_spikes = record.trace.has_spikes
    for input_delay in DELAYS:
        jumps = np.zeros(0) if has_spikes else _jumps(record, input_delay)
        for spike_delay in SPIKE_DELAYS if has_spikes else (0,):
            fired = shift(record.trace.spikes, -spike_delay)
            delays = {"input_delay": Choice(f"{input_delay}", "", input_delay)}
            if has_spikes:
                delays["spike_delay"] = Choice(f"{spike_delay}", "", spike_delay)
            for spike, timing, shown, waits in choices.STRUCTURES:
                names = delays | {"timing": timing, "shown": shown}
                for steps, waiting in refractory(record.trace, waits):
                    # In fixed point, these two are not tried.
                    if record.level.unit and (shown is SHOWN_V or waiting is INSIDE):
                        continue
                    model = Model(spike, timing, shown, waiting, unit=record.level.unit or 1.0)
                    parts = names | {"refractory": steps}
                    c = record._replace(model=model, fired=fired).having(parts)
                    yield c if has_spikes else c._replace(fired=_spikes(c.model, jumps))


def refractory(trace: Trace, waits: Iterable[Choice]) -> Iterator[tuple[Choice, Choice]]:
    """Refractory steps that the spikes leave room for, and what happens in them."""
    yield Choice("0", value=0), choices.HELD
    shortest = min(np.diff(np.flatnonzero(trace.spikes)).tolist(), default=LONGEST + 1)
    longest = min(shortest, LONGEST) if trace.has_spikes else LONGEST_INSIDE
    for waiting in waits:
        halves, whole = range(1, 2 * longest + 1), range(1, min(shortest, LONGEST + 1))
        for n in [k / 2 for k in halves] if waiting is INSIDE else whole:
            yield Choice(f"{n:.6g}{waiting.name}", waiting.equation, n), waiting


def _jumps(record: Candidate, input_delay: int) -> Array:
    """How far each step falls below the recurrence of most steps."""
    v, x, screen = record.trace.potential, shift(record.trace.input, input_delay), record.screen
    moving = np.diff(v, prepend=v[0]) != 0  # a potential that is held shows no decay
    most = _fit(x, v, moving, screen, robust=True)
    if most is None:
        return np.zeros(len(v))
    a, b, c = most[0]
    below = a * shift(v, 1) + b * x + c - v
    outside = abs(below) > 4 * screen * abs(v).max()
    outside &= ~(record.at_bound & (np.sign(below) == np.where(v > v.min(), 1, -1)))
    outside[0] = False
    return np.where(outside, below, 0.0)


def _spikes(m: Model, jumps: Array) -> Array:
    """The spikes of each step, of how far it falls."""
    fired: Array = np.sign(abs(jumps))
    if m.spike is choices.SUBTRACT and fired.any() and jumps.min() >= 0:
        counts = jumps / jumps[fired > 0].min()  # of the least jump, if all are multiples of it
        whole = np.round(counts)
        fired = whole if (abs(counts - whole) <= SAME_JUMP * whole).all() else fired
    fired = shift(fired, -int(m.shown is SHOWN_U))
    rest = max(math.ceil(m.refractory), int(m.shown is MARKER))
    for t in np.flatnonzero(fired):
        if fired[t]:
            fired[t + 1 : t + 1 + rest] = 0.0
    return fired


def _plain(m: Model, fired: Array) -> Array:
    """Steps in which no spike and no refractory time can be seen."""
    some, after = fired > 0, shift(fired, 1) > 0
    touched = after if m.shown is SHOWN_U else some | (after & (m.shown is MARKER))
    plain: Array = ~(touched & (m.spike is not NONE)) & ~held(fired, m.refractory)
    plain[0] = False
    return plain
