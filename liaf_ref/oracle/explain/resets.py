"""Name or fit the reset of a candidate whose step without a spike is known."""

from collections.abc import Iterator

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.candidate import Candidate
from liaf_ref.oracle.explain.choices import Choice
from liaf_ref.oracle.explain.fit import Recurrence
from liaf_ref.oracle.explain.frames import Frame, fitted_model
from liaf_ref.oracle.explain.neuron import Model, held, predict, shift
from liaf_ref.oracle.explain.precision import Precision
from liaf_ref.oracle.explain.setting import Partial, Setting
from liaf_ref.oracle.explain.thresholds import name_threshold
from liaf_ref.oracle.explain.trace import Trace


def name_reset(s: Setting, partial: Partial, most: int) -> Iterator[Candidate]:
    """Candidates with a named reset, or else with the one that the record has."""
    reset = s.frame.structure.reset
    solved = None
    if reset not in {"none", "crossing"}:
        solved = solve_amount(s.trace, partial.model, s.frame)
    found = False
    for amount in choices.amounts(s.p, reset):
        model = _with_amount(s, partial, amount.value, solved)
        names = partial.names | {"reset": amount}
        for candidate in name_threshold(s, partial._replace(model=model, names=names), most):
            found = found or not candidate.departures.any()
            yield candidate
    if found or solved is None:
        return
    if reset == "subtract":
        for candidate in name_threshold(s, _with_fitted_threshold(s, partial, solved), most):
            found = found or not candidate.departures.any()
            yield candidate
    if not found:
        yield from name_threshold(s, _with_fitted_amount(partial, reset, solved), most)


def _with_amount(s: Setting, partial: Partial, value: float, solved: float | None) -> Model:
    """With the amount in the units of the trace, in fixed point a multiple of its unit."""
    unit = s.level.unit
    offset = partial.offset if s.frame.structure.reset in {"value", "crossing"} else 0.0
    amount = partial.scale * (value - offset)
    if unit and solved is not None:
        within = unit + partial.looseness(s) * abs(amount)
        if abs(solved - amount) <= within:
            amount = unit * round(solved / unit)
    return partial.model._replace(amount=amount)


def _with_fitted_threshold(s: Setting, partial: Partial, solved: float) -> Partial:
    """The threshold is what the reset subtracts, although its number has no name."""
    known = s.p.v_threshold is not None
    names = {
        "reset": Choice("by subtraction of v_threshold", "R = U - v_threshold", solved),
        "threshold": Choice("fitted", f"{solved:.6g}", solved),
    }
    return partial._replace(
        cost=partial.cost + int(known),
        model=partial.model._replace(amount=solved, threshold=solved),
        names=partial.names | names,
    )


def _with_fitted_amount(partial: Partial, reset: str, solved: float) -> Partial:
    choice = Choice("by subtraction of another amount", f"R = U - {solved:.6g}", solved)
    if reset == "value":
        choice = Choice("to another value", f"R = {solved:.6g}", solved)
    return partial._replace(
        cost=partial.cost + 1,
        model=partial.model._replace(amount=solved),
        names=partial.names | {"reset": choice},
    )


def solve_amount(trace: Trace, model: Model, frame: Frame) -> float | None:
    """The amount of the reset: the prediction is linear in it."""
    v = trace.recorded_potential
    _, at_zero = predict(model._replace(amount=0.0), trace.input, v, frame.fired)
    _, at_one = predict(model._replace(amount=1.0), trace.input, v, frame.fired)
    slope = at_one - at_zero
    seen = (abs(slope) > 1e-6) & frame.checked
    return float(np.median((v - at_zero)[seen] / slope[seen])) if seen.any() else None


def has_one_reset(trace: Trace, level: Precision, frame: Frame, fit: Recurrence) -> bool:
    """Whether one amount of the reset has all the resets, with the fitted numbers."""
    m, v = fitted_model(frame, fit, level), trace.recorded_potential
    if m.waiting == "inside" and (frame.fired > 0).any():
        return bool(np.ptp(v[frame.fired > 0]) <= 8 * level.screen(trace) * abs(v).max())
    if m.reset not in {"value", "subtract"} or m.waiting == "inside" or m.shown == "marker":
        return True
    amount = solve_amount(trace, m, frame)
    if amount is None:
        return True
    _, shown = predict(m._replace(amount=amount), trace.input, v, frame.fired)
    wide = 1 + abs(amount) / max(abs(v).max(), 1e-300)
    limit = 8 * wide * level.screen(trace) * max(abs(v).max(), 1e-300)
    seen: Array = frame.checked & (
        frame.plain | (frame.fired > 0) | (shift(frame.fired, 1) > 0)
        | held(frame.fired, frame.refractory)
    )  # fmt: skip
    return bool((abs(shown - v) <= limit)[seen].all())


def threshold_range(s: Setting, base: Model) -> tuple[float, float]:
    """Thresholds that the spikes leave possible, with the fitted numbers."""
    v, frame = s.trace.recorded_potential, s.frame
    if base.reset in {"value", "subtract"}:
        base = base._replace(amount=solve_amount(s.trace, base, frame) or 0.0)
    U, _ = predict(base, s.trace.input, v, frame.fired)
    free = ~held(frame.fired, frame.refractory) & frame.checked
    slack = 8 * s.level.screen(s.trace) * abs(v).max()
    silent = np.minimum(U, v.max())[free & (frame.fired == 0)]  # also where there is a bound
    low = silent.max(initial=-np.inf) - slack
    return float(low), float(U[free & (frame.fired > 0)].min(initial=np.inf) + slack)
