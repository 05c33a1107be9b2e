"""Name or fit the threshold of a candidate, and compare its steps with the record."""

from collections.abc import Iterator

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain.candidate import Candidate
from liaf_ref.oracle.explain.choices import Choice
from liaf_ref.oracle.explain.neuron import Model, crossing, held, predict, shift
from liaf_ref.oracle.explain.setting import Partial, Setting
from liaf_ref.oracle.explain.spikes_and_start import name_spikes


def name_threshold(s: Setting, partial: Partial, most: int) -> Iterator[Candidate]:
    """Candidates with the known threshold, or else with one between the spikes and the rest."""
    v, frame = s.trace.recorded_potential, s.frame
    completed = _with_refractory_and_bounds(s, _with_known_threshold(s, partial))
    if completed is None:
        return
    m = completed.model
    U, shown = predict(m, s.trace.input, v, frame.fired)
    tolerance = s.level.tolerance(m, s.trace, frame.fired)
    wrong = (abs(s.level.rounded(shown) - v) > tolerance) & frame.checked
    if wrong.sum() > most:
        return
    near = tolerance + s.level.unit / 2
    if np.isfinite(m.threshold):
        near = near + completed.looseness(s) * abs(m.threshold)
    free = ~held(frame.fired, frame.refractory) & frame.checked
    silent, firing = free & (frame.fired == 0), free & (frame.fired > 0)
    given = s.p.v_threshold is not None or np.isfinite(m.threshold)
    options = [completed]
    misfires = _misfires(m, U, silent, firing, near).any()
    if not given or (misfires and "threshold" not in partial.names):
        low = float(U[silent].max(initial=-np.inf))
        high = float(U[firing].min(initial=np.inf))
        if low <= high + tolerance.max():
            fitted = _with_fitted_threshold(completed, low, high, cost=int(given))
            options = [completed, fitted] if given else [fitted]
    for option in options:
        model = option.model
        departures = wrong | _misfires(model, U, silent, firing, near)
        if departures.sum() > most:
            continue
        number = Choice("fitted", f"{model.threshold:.6g}", model.threshold)
        names = {"threshold": number} | option.names
        yield from name_spikes(s, option._replace(names=names), U, departures)


def _with_known_threshold(s: Setting, partial: Partial) -> Partial:
    if s.p.v_threshold is None or "threshold" in partial.names:
        return partial
    threshold = partial.scale * (s.p.v_threshold - partial.offset)
    choice = Choice("v_threshold", f"{threshold:.6g}", threshold)
    return partial._replace(
        model=partial.model._replace(threshold=threshold),
        names=partial.names | {"threshold": choice},
    )


def _with_fitted_threshold(partial: Partial, low: float, high: float, *, cost: int) -> Partial:
    between = 0.5 * (low + high) if np.isfinite(low) and np.isfinite(high) else None
    fitted = between if between is not None else (high if np.isfinite(high) else np.inf)
    text = f"{fitted:.6g}, between {low:.6g} and {high:.6g}"
    return partial._replace(
        cost=partial.cost + cost,
        model=partial.model._replace(threshold=fitted),
        names=partial.names | {"threshold": Choice("fitted", text, fitted)},
    )


def _with_refractory_and_bounds(s: Setting, partial: Partial) -> Partial | None:
    """With the numbers that only the whole step shows; None: the record has no such step."""
    m, v = partial.model, s.trace.recorded_potential
    if m.shown == "marker" and abs(m.marker - m.amount) <= s.level.relative * abs(v).max():
        return None  # the same as the potential after the reset
    cost = partial.cost
    if m.waiting == "inside":
        solved = _solve_refractory(s, m)
        if solved is None:
            return None
        m = m._replace(refractory=solved)
        cost += int(2 * solved != round(2 * solved))  # a time without a name
    m, names = _bounded(s, m, partial.names)
    return partial._replace(cost=cost, model=m, names=names)


def _bounded(s: Setting, m: Model, names: dict[str, Choice]) -> tuple[Model, dict[str, Choice]]:
    """With the least or largest potential as a bound, where the prediction is beyond it."""
    v = s.trace.recorded_potential
    if m.shown == "after leak":
        return m, names
    U, _ = predict(m, s.trace.input, v, s.frame.fired)
    slack = s.level.tolerance(m, s.trace, s.frame.fired)
    low, high = float(v.min()), float(v.max())
    seen = s.frame.checked & (s.frame.fired == 0)
    below = seen & (v == low) & (low - slack > U)
    above = seen & (v == high) & (high + slack < U)
    words = []
    if below.any():
        m, words = m._replace(low=low), [f"at least {low:.6g}"]
    if above.any():
        m, words = m._replace(high=high), [*words, f"at most {high:.6g}"]
    return (m, names | {"bounds": Choice(" and ".join(words), "", 0)}) if words else (m, names)


def _solve_refractory(s: Setting, m: Model) -> float | None:
    """The refractory time in steps, from the first step in which it ends."""
    v, T = s.trace.recorded_potential, len(s.trace.input)
    fired = np.flatnonzero(s.frame.fired)
    if not len(fired) or not 0 < m.a < 1 or not np.isfinite(m.threshold):
        return None
    first = int(fired[0])
    x = shift(s.trace.input, int(m.input_delay))
    before = v[first - 1] if first else m.start
    part = float(crossing(m, m.a * before + m.b * x[first] + m.c, before, x[first]))
    tolerance = s.level.tolerance(m, s.trace, s.frame.fired)
    for later in range(1, min(s.frame.refractory + 1, T - first)):
        t = first + later
        rest = (m.b * x[t] + m.c) / (1 - m.a)
        if abs(v[t] - m.amount) <= tolerance[t] or m.amount == rest:
            continue
        left = (v[t] - rest) / (m.amount - rest)
        if not 0 < left < 1:
            return None
        steps = 1 + later - part - float(np.log(left) / np.log(m.a))
        near = round(2 * steps) / 2
        steps = near if abs(steps - near) < 1e-3 else steps
        return steps if steps > 0 else None
    return None


def _misfires(m: Model, U: Array, silent: Array, firing: Array, tolerance: Array) -> Array:
    wrong: Array = (silent & (m.threshold + tolerance < U)) | (
        firing & (m.threshold - tolerance > U)
    )
    return wrong
