"""Name the threshold, the spikes of a step and the start."""

from collections.abc import Iterator

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.choices import Candidate, Choice, refractory_choice
from liaf_ref.oracle.explain.frames import Partial, Setting
from liaf_ref.oracle.explain.neuron import Model, crossing, held, predict, shift


def name_spikes(s: Setting, partial: Partial, U: Array, departures: Array) -> Iterator[Candidate]:
    """Candidates with one or several spikes in a step."""
    m, fired = partial.model, s.frame.fired
    for most in _most_spikes(s, m):
        wrong = np.zeros(len(U), bool)
        if most == 1:
            wrong = (fired > 1) & s.frame.checked
        elif m.threshold > 0:
            times = U / m.threshold
            near = abs(times - np.round(times)) < 1e-5
            expected = np.clip(np.floor(times), 1, most)
            wrong = (fired > 0) & (fired != expected) & s.frame.checked & ~near
        names = partial.names
        if s.trace.spikes is not None or m.reset == "subtract":  # or else nothing shows it
            names = names | {"several": choices.spikes_in_a_step(most)}
        counted = partial._replace(model=m._replace(most=most), names=names)
        yield from _name_start(s, counted, U, departures | wrong)
        if not wrong.any() and most > 1:
            return


def _most_spikes(s: Setting, m: Model) -> list[float]:
    waits = m.reset != "value" or s.frame.refractory
    if m.reset == "subtract" or (s.trace.spikes is not None and not waits):
        largest = float(s.frame.fired.max(initial=0.0))
        return [1.0, np.inf] + [largest] * (largest > 1)
    return [1.0]


def _name_start(s: Setting, partial: Partial, U: Array, departures: Array) -> Iterator[Candidate]:
    """Candidates with the potential before the first step, and the answers to a tie."""
    m = partial.model
    parts = {
        "timing": Choice(m.timing, choices.TIMINGS[m.timing], 0),
        "shown": Choice(m.shown, choices.SHOWN[m.shown], 0),
        "input_delay": Choice(str(m.input_delay), "", m.input_delay),
        "refractory": refractory_choice(m),
    }
    if s.trace.spikes is not None:
        parts["spike_delay"] = Choice(str(m.spike_delay), "", m.spike_delay)
    for start in _starts(s, partial):
        first_U, _ = _first_steps(s, m, start.value)
        exact = np.concatenate([first_U[:1], U[1:]])
        for strict in _tie(s, m, exact):
            model = m._replace(start=start.value, strict=strict)
            fire = Choice(">" if strict else ">=", f"U {'>' if strict else '>='} V_th", strict)
            names = partial.names | parts | {"start": start, "fires": fire}
            yield Candidate(model, names, partial.cost, departures, s.frame.fired)


def _starts(s: Setting, partial: Partial) -> list[Choice]:
    """Named potentials before the first step that lead to the first one, or else the solved one."""
    m, v = partial.model, s.trace.recorded_potential

    def first(start: float) -> float:
        return float(_first_steps(s, m, start)[1][0])

    tolerance = s.level.tolerance(m, s.trace, s.frame.fired)[0]
    known = choices.starts(s.p)
    scaled = [c._replace(value=partial.scale * (c.value - partial.offset)) for c in known]
    named = [c for c in scaled if abs(first(c.value) - v[0]) <= tolerance]
    if named:
        return named
    slope = first(1.0) - first(0.0)
    value = (v[0] - first(0.0)) / slope if slope else 0.0
    return [Choice("other", f"R = {value:.6g}", value)]


def _first_steps(s: Setting, m: Model, start: float) -> tuple[Array, Array]:
    v, fired = s.trace.recorded_potential, s.frame.fired
    return predict(m._replace(start=start), s.trace.input[:4], v[:4], fired[:4])


def _tie(s: Setting, m: Model, U: Array) -> tuple[bool, ...]:
    """Whether it fires only above the threshold: one answer if a step is exactly at it."""
    exact = s.trace.recorded_potential if m.shown == "before reset" else U
    with np.errstate(over="ignore"):
        at = ~held(s.frame.fired, s.frame.refractory) & (
            (exact == m.threshold) | (exact == float(np.float32(m.threshold)))
        )
    answers = set(s.frame.fired[at] == 0)
    return tuple(sorted(bool(a) for a in answers)) if len(answers) == 1 else (False, True)


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
