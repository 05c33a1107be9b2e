"""The last parts of a candidate: spikes in one step, what is shown, the start, and the tie."""

from collections.abc import Iterator

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.candidate import Candidate, refractory_choice
from liaf_ref.oracle.explain.choices import Choice
from liaf_ref.oracle.explain.neuron import Model, held, predict
from liaf_ref.oracle.explain.setting import Partial, Setting


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
