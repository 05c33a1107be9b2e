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
    for several in (False, True) if m.reset == "subtract" else (False,):
        expected = np.floor(U / m.threshold) if several and m.threshold > 0 else 1.0
        near = abs(U / m.threshold - np.round(U / m.threshold)) < 1e-5 if m.threshold > 0 else False
        wrong = (fired > 0) & (fired != expected) & s.frame.checked & ~(near & several)
        equation = "floor(U / V_th)" if several else "0 or 1"
        choice = Choice("several" if several else "one", equation, float(several))
        counted = partial._replace(
            model=m._replace(several=several), names=partial.names | {"several": choice}
        )
        yield from _name_start(s, counted, U, departures | wrong)


def _name_start(s: Setting, partial: Partial, U: Array, departures: Array) -> Iterator[Candidate]:
    """Candidates with the potential before the first step, and the answers to a tie."""
    m = partial.model
    parts = {
        "timing": Choice(m.timing, choices.TIMINGS[m.timing], 0),
        "shown": Choice(m.shown, choices.SHOWN[m.shown], 0),
        "input_delay": Choice(str(m.input_delay), "", m.input_delay),
        "spike_delay": Choice(str(m.spike_delay), "", m.spike_delay),
        "refractory": refractory_choice(m),
    }
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
