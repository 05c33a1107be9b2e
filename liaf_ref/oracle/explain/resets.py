"""Name the numbers of a step without a spike, and the reset."""

from collections.abc import Iterator

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.choices import Candidate, Choice
from liaf_ref.oracle.explain.frames import Frame, Partial, Recurrence, Setting, fitted_model
from liaf_ref.oracle.explain.neuron import Model, held, predict, rounded, shift
from liaf_ref.oracle.explain.precision import Precision
from liaf_ref.oracle.explain.thresholds import name_threshold
from liaf_ref.oracle.explain.trace import Trace

MIN_FITTED = 6  # steps that show three numbers without a name


def name_numbers(s: Setting, fit: Recurrence, base: Model) -> Iterator[Partial]:
    """Named decay, gain, order, leak, scale and offset."""
    p, level = s.p, s.level
    v, x = s.trace.recorded_potential, shift(s.trace.input, s.frame.input_delay)
    steps = fit.inliers & s.frame.plain
    y_before, y = shift(v, 1)[steps], level.unrounded(v)[steps]
    # The fit is no bound for a named decay: its own errors are within those of the steps.
    tolerance = 2 * level.tolerance(base, s.trace, s.frame.fired)[steps]
    gains = choices.fixed_point_gains if level.unit else choices.gains
    matched = False
    few = steps.sum() < MIN_FITTED
    for extra, decay, mode in _decays(s, fit):
        if extra and (matched or few):
            break
        rest = y - rounded(mode, decay.value * y_before, y_before, level.unit or 1.0)
        if not _is_affine(rest, x[steps], tolerance):
            continue
        seen_gain = decay.value if s.frame.structure.shown == "after leak" else 1.0
        rounding = {} if mode == "none" else {"rounding": Choice(mode, "", 0)}
        for gain in gains(p, decay.value):
            for order in choices.orders(gain.value, decay.value):
                for leak in choices.leaks(p, decay.value):
                    for offset in choices.offsets(p):
                        shifted = leak.value - offset.value * (1 - decay.value)
                        z = seen_gain * order.value * x[steps] + shifted
                        for cost, scale in _scales(s, rest, z, tolerance, order.value):
                            if cost and offset.value:
                                continue
                            matched = True
                            model = base._replace(a=decay.value, b=scale.value * order.value,
                                                  c=scale.value * shifted,
                                                  rounding=mode)  # fmt: skip
                            shown = scale
                            if offset.value:
                                shown = scale._replace(
                                    name=f"{scale.name}, with {offset.name} at 0"
                                )
                            names = {"decay": decay, "gain": gain, "order": order, "leak": leak,
                                     "scale": shown}  # fmt: skip
                            yield Partial(extra + cost, model, names | rounding, scale.value,
                                          offset.value)  # fmt: skip
    if not matched and not few and level.modes == ("none",):
        yield Partial(3, base, _fitted_names(base), 1.0, 0.0)


def _decays(s: Setting, fit: Recurrence) -> Iterator[tuple[int, Choice, str]]:
    """Named decays with each rounding, then the fitted one as a part without a name."""
    named = choices.decays(s.p)
    if s.level.unit:
        known = {decay.value for decay in named}
        named += [decay for decay in choices.quantised_decays(s.p) if decay.value not in known]
    yield from ((0, decay, mode) for decay in named for mode in s.level.modes)
    fitted = Choice("fitted", f"a = {fit.a:.6g}", fit.a)
    yield from ((1 if named else 0, fitted, mode) for mode in s.level.modes)


def _is_affine(rest: Array, x: Array, tolerance: Array) -> bool:
    """Whether ``rest = b x + c`` for some b and c, by least squares."""
    columns = np.stack([x, np.ones(len(x))], axis=1)
    coefficients = np.linalg.lstsq(columns, rest, rcond=1e-12)[0]
    return bool((abs(columns @ coefficients - rest) <= 2 * tolerance).all())


def _fitted_names(m: Model) -> dict[str, Choice]:
    return {
        "decay": Choice("fitted", f"a = {m.a:.6g}", m.a),
        "gain": Choice("fitted", f"b = {m.b:.6g}", m.b),
        "order": Choice("leak, then input", "U = a R + b x + c", m.b),
        "leak": Choice("fitted", f"c = {m.c:.6g}", m.c),
        "scale": Choice("1", "as the parameters", 1.0),
    }


def _scales(
    s: Setting, rest: Array, z: Array, tolerance: Array, gain: float
) -> Iterator[tuple[int, Choice]]:
    """Named scales with which ``rest = scale z``, or else the one of least squares."""
    named = choices.scales(s.p, gain)
    fitting = [scale for scale in named if (abs(rest - scale.value * z) <= tolerance).all()]
    if fitting:
        yield from ((0, scale) for scale in fitting)
        return
    power, unit = float(z @ z), s.level.unit
    if power == 0 or s.p.v_threshold is None:
        return
    values = [float(rest @ z) / power]
    if unit and gain:  # the factor of the input may be a number of fixed point as well
        values.insert(0, round(values[0] * gain / unit) * unit / gain)
    for value in values:
        if value > 0 and (abs(rest - value * z) <= tolerance).all():
            yield 1, Choice("other", f"v x {value:.6g}", value)
            return


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
