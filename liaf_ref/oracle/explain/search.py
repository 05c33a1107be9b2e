"""Find the conventions that reproduce a recorded potential."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.candidate import Candidate, refractory_choice
from liaf_ref.oracle.explain.choices import Choice
from liaf_ref.oracle.explain.fit import Recurrence, fit_recurrence
from liaf_ref.oracle.explain.neuron import Model, crossing, held, predict, rounded, shift, simulate
from liaf_ref.oracle.explain.parameters import NeuronParameters
from liaf_ref.oracle.explain.precision import Precision, precisions
from liaf_ref.oracle.explain.trace import Trace

INPUT_DELAYS = (0, 1, 2, 3)
SPIKE_DELAYS = (0, 1, -1, 2)
REFRACTORY = (0, 1, 2, 3, 4, 5, 6)
MAX_FRAMES = 24  # that are compared for the closest convention
MAX_COST = 9  # parts without a name


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
    """A structure with its delays: which steps fire, and which follow the plain recurrence."""

    structure: Structure
    input_delay: int
    spike_delay: int
    refractory: int
    waiting: str
    fired: Array
    plain: Array
    checked: Array


Range = tuple[float, float]
Named = tuple[int, Model, dict[str, Choice]]
Partial = tuple[int, Model, dict[str, Choice], float, float]


def explain_potential(trace: Trace, p: NeuronParameters) -> tuple[list[Candidate], Precision]:
    """The candidates that explain every step, or else the one that explains most."""
    levels = precisions(trace)
    best: tuple[list[Candidate], Precision] | None = None
    for clipped in (False, True):  # a bound of the potential, if nothing else explains it
        feasible = _feasible(trace, levels[-1], clipped=clipped)
        for level in levels:
            found = _explaining(trace, p, level, feasible)
            if found and (best is None or (found[0].cost < best[0][0].cost and not level.absolute)):
                best = found, level
            if best and (best[0][0].cost == 0 or level.absolute):
                return best
        if best:
            return best
    last = levels[-1] if trace.spikes is None else levels[1]
    return [_best(trace, p, last)], last


Fitted = tuple[Frame, Recurrence]


def _feasible(trace: Trace, coarsest: Precision, *, clipped: bool) -> list[Fitted] | None:
    """The frames whose plain steps follow a recurrence; None: they depend on the precision."""
    if clipped and not _bounds(trace):
        return []
    if trace.spikes is None:
        return None
    frames = _frames(trace, coarsest, robust=False, clipped=clipped)
    return [
        (frame, fit)
        for frame, fit in frames
        if not (frame.plain & ~fit.inliers)[1:].any()
        and (clipped or _is_plausible(trace, coarsest, frame, fit))
    ]


def _explaining(
    trace: Trace, p: NeuronParameters, level: Precision, feasible: list[Fitted] | None
) -> list[Candidate]:
    found: list[Candidate] = []
    least = MAX_COST
    known: dict[tuple[object, ...], list[Partial]] = {}
    screen = _screen(trace, level)
    frames = _frames(trace, level, robust=False) if feasible is None else iter(feasible)
    for frame, fit in frames:
        if fit.worst > 4 * screen or (frame.plain & ~fit.inliers)[1:].any():
            continue
        if feasible is None and not _is_plausible(trace, level, frame, fit):
            continue
        for c in _candidates(trace, p, level, frame, fit, limits=(0, least), known=known):
            if not c.departures.any():
                found.append(c)
                least = min(least, c.cost)
    if not found:
        return []
    found = [c for c in found if c.cost == least]
    return _following_the_whole(trace, level, _merged(found))


def _best(trace: Trace, p: NeuronParameters, level: Precision) -> Candidate:
    """The candidate with the fewest departures."""
    best: Candidate | None = None
    known: dict[tuple[object, ...], list[Partial]] = {}
    frames = [
        (int((~fit.inliers)[1:].sum()), number, frame, fit)
        for number, (frame, fit) in enumerate(_frames(trace, level, robust=True))
    ]
    for _, _, frame, fit in sorted(frames, key=lambda one: one[:2])[:MAX_FRAMES]:
        most = len(trace.input) if best is None else int(best.departures.sum())
        if (frame.plain & ~fit.inliers)[1:].sum() > most:
            continue
        for c in _candidates(trace, p, level, frame, fit, limits=(most, MAX_COST), known=known):
            if best is None or c.rank_of_failure < best.rank_of_failure:
                best = c
    if best is None:
        raise InputError(
            f"trace: expected at least 3 steps without a spike, got {len(trace.input)} steps"
        )
    return best


def _screen(trace: Trace, level: Precision) -> float:
    """Relative error of a step, for the fits."""
    largest = abs(trace.recorded_potential).max() or 1.0
    printed = 2 * trace.rounding.max() + max(level.absolute, 2 * level.unit)
    return 2 * (level.screen + float(printed / largest))


def _base(frame: Frame, fit: Recurrence, level: Precision) -> Model:
    """The fitted numbers in the structure of the frame."""
    structure = frame.structure
    b = fit.b
    if structure.shown == "after leak":
        b = fit.b / fit.a if fit.a else 0.0
    return Model(a=fit.a, b=b, c=fit.c, reset=structure.reset, timing=structure.timing,
                 shown=structure.shown, input_delay=frame.input_delay,
                 spike_delay=frame.spike_delay, refractory=frame.refractory,
                 waiting=frame.waiting, unit=level.unit or 1.0)  # fmt: skip


def _is_plausible(trace: Trace, level: Precision, frame: Frame, fit: Recurrence) -> bool:
    """Whether one amount of the reset has all the resets, with the fitted numbers."""
    m = _base(frame, fit, level)
    if m.reset not in {"value", "subtract"} or m.waiting == "inside" or m.shown == "marker":
        return True
    amount = _solve_amount(trace, m, frame)
    if amount is None:
        return True
    v = trace.recorded_potential
    _, shown = predict(m._replace(amount=amount), trace.input, v, frame.fired)
    wide = 1 + abs(amount) / max(abs(v).max(), 1e-300)
    limit = 8 * wide * _screen(trace, level) * max(abs(v).max(), 1e-300)
    seen = frame.checked & (frame.plain | (frame.fired > 0) | (shift(frame.fired, 1) > 0)
                            | held(frame.fired, frame.refractory))  # fmt: skip
    return bool((abs(shown - v) <= limit)[seen].all())


def _bounds(trace: Trace) -> list[tuple[float, float]]:
    """The least and the largest potential, if several steps have it."""
    v = trace.recorded_potential
    low, high = float(v.min()), float(v.max())
    found = [(low, np.inf)] * bool((v == low).sum() > 1)
    return found + [(-np.inf, high)] * bool((v == high).sum() > 1)


def _frames(
    trace: Trace, level: Precision, *, robust: bool, clipped: bool = False
) -> Iterator[Fitted]:
    """All structures with all delays, and their fits."""
    v = trace.recorded_potential
    relative = _screen(trace, level)
    at_bound = np.zeros(len(v), bool)
    if clipped:
        at_bound = np.isin(v, [one for pair in _bounds(trace) for one in pair])
    fits: dict[bytes, Recurrence | None] = {}
    for input_delay in INPUT_DELAYS:
        x = shift(trace.input, input_delay)
        outliers = None
        if trace.spikes is None:
            everything = fit_recurrence(x, v, np.ones(len(v), bool), relative, robust=True)
            outliers = np.zeros(len(v), bool) if everything is None else ~everything.inliers
            outliers[0] = False
        for spike_delay in (0,) if trace.spikes is None else SPIKE_DELAYS:
            for structure in STRUCTURES:
                for refractory, waiting in _refractory(trace, structure):
                    fired = _fired(trace, structure, spike_delay, refractory, outliers)
                    plain = _plain(structure, refractory, fired) & ~at_bound
                    key = plain.tobytes() + bytes([input_delay])
                    if key not in fits:
                        fits[key] = fit_recurrence(x, v, plain, relative, robust=robust)
                    fit = fits[key]
                    if fit is not None:
                        checked = np.ones(len(v), bool)
                        checked[0] = False
                        if spike_delay > 0:
                            checked[-spike_delay:] = False
                        yield (
                            Frame(structure, input_delay, spike_delay, refractory, waiting, fired,
                                  plain, checked), fit,
                        )  # fmt: skip


def _refractory(trace: Trace, structure: Structure) -> list[tuple[int, str]]:
    """Refractory steps that the spikes leave room for, and what happens in them."""
    if structure.timing != "same step" or structure.reset in {"none", "crossing"}:
        return [(0, "held")]
    apart = np.diff(np.flatnonzero(trace.spikes)) if trace.spikes is not None else ()
    shortest = int(min(apart, default=max(REFRACTORY) + 1))
    kinds = ["held", "leaking"] if structure.shown != "marker" else ["held"]
    found = [(n, kind) for kind in kinds for n in REFRACTORY if n < shortest]
    found = [one for one in found if one != (0, "leaking")]
    if structure == STRUCTURES[0] and trace.spikes is not None:
        found += [(n, "inside") for n in REFRACTORY if 0 < n <= shortest]
    return found


def _fired(
    trace: Trace, structure: Structure, spike_delay: int, refractory: int, outliers: Array | None
) -> Array:
    if outliers is None:
        return shift(trace.recorded_spikes, -spike_delay)
    fired = outliers.astype(np.float64)
    if structure.shown == "before reset":
        fired = shift(fired, -1)
    if refractory or structure.shown == "marker":
        fired = fired * (shift(fired, 1) == 0)
    return fired


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


def _candidates(
    trace: Trace,
    p: NeuronParameters,
    level: Precision,
    frame: Frame,
    fit: Recurrence,
    limits: tuple[int, int],
    known: dict[tuple[object, ...], list[Partial]],
) -> Iterator[Candidate]:
    """Candidates of one frame, within limits of departures and of parts without a name."""
    structure = frame.structure
    base = _base(frame, fit, level)
    if level.unit and (structure.shown == "after leak" or frame.waiting == "inside"):
        return
    if structure.shown == "marker":
        marked = trace.recorded_potential[frame.fired > 0]
        if len(marked) == 0 or np.ptp(marked) > 0:
            return
        base = base._replace(marker=float(marked[0]))
    most, least = limits
    key = (level.name, level.modes, frame.plain.tobytes(), frame.input_delay,
           structure.shown == "after leak", frame.fired.tobytes())  # fmt: skip
    if key not in known:
        partials = _subthreshold(trace, p, level, frame, fit, base)
        known[key] = sorted(partials, key=lambda partial: partial[0])
    low, high = _threshold_range(trace, level, frame, base)
    for extra, numbers, names, scale, offset in known[key]:
        slack = _looseness(trace, level, numbers, names) * (p.v_threshold or 0.0) * scale
        free = names["scale"].name.startswith("other") and p.v_threshold is not None
        threshold = scale * ((p.v_threshold or 0.0) - offset)
        # A free scale has the threshold of the parameters, or it explains nothing.
        if free and not low - slack <= threshold <= high + slack:
            continue
        model = base._replace(a=numbers.a, b=numbers.b, c=numbers.c, rounding=numbers.rounding)
        partial = (extra, model, names, scale, offset)
        if partial[0] > least:
            return
        for c in _with_reset(trace, p, level, frame, partial, most):
            if not c.departures.any():
                least = min(least, c.cost)
            yield c


def _subthreshold(
    trace: Trace, p: NeuronParameters, level: Precision, frame: Frame, fit: Recurrence, base: Model
) -> Iterator[Partial]:
    """Named decay, gain, order, leak, scale and offset."""
    v, x = trace.recorded_potential, shift(trace.input, frame.input_delay)
    steps = fit.inliers & frame.plain
    y_before, y = shift(v, 1)[steps], level.unrounded(v)[steps]
    # The fit is no bound for a named decay: its own errors are within those of the steps.
    tolerance = 2 * level.tolerance(base, trace, frame.fired)[steps]
    named = choices.decays(p)
    if level.unit:
        known = {decay.value for decay in named}
        named += [decay for decay in choices.quantised_decays(p) if decay.value not in known]
    fitted = Choice("fitted", f"a = {fit.a:.6g}", fit.a)
    matched = False
    tries = [(0, d, mode) for d in named for mode in level.modes]
    tries += [(1 if named else 0, fitted, mode) for mode in level.modes]
    for extra, decay, mode in tries:
        if extra and matched:
            break
        rest = y - rounded(mode, decay.value * y_before, y_before, level.unit or 1.0)
        if not _is_affine(rest, x[steps], tolerance):
            continue
        seen_gain = decay.value if frame.structure.shown == "after leak" else 1.0
        rounding = {} if mode == "none" else {"rounding": Choice(mode, "", 0)}
        for gain in choices.gains(p, decay.value):
            for order in choices.orders(gain.value, decay.value):
                for leak in choices.leaks(p, decay.value):
                    for offset in choices.offsets(p):
                        shifted = leak.value - offset.value * (1 - decay.value)
                        z = seen_gain * order.value * x[steps] + shifted
                        for cost, scale in _scales(p, rest, z, tolerance, order.value, level):
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
                            names |= rounding
                            yield extra + cost, model, names, scale.value, offset.value
    if not matched and level.modes == ("none",):
        yield 3, base, _fitted_names(base), 1.0, 0.0


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
    p: NeuronParameters, rest: Array, z: Array, tolerance: Array, gain: float, level: Precision
) -> Iterator[tuple[int, Choice]]:
    """Named scales with which ``rest = scale z``, or else the one of least squares."""
    named = choices.scales(p, gain)
    fitting = [scale for scale in named if (abs(rest - scale.value * z) <= tolerance).all()]
    if fitting:
        yield from ((0, scale) for scale in fitting)
        return
    power = float(z @ z)
    if power == 0 or p.v_threshold is None:
        return
    values = [float(rest @ z) / power]
    if level.unit and gain:  # the factor of the input may be a number of fixed point as well
        values.insert(0, round(values[0] * gain / level.unit) * level.unit / gain)
    for value in values:
        if value > 0 and (abs(rest - value * z) <= tolerance).all():
            yield 1, Choice("other", f"v x {value:.6g}", value)
            return


def _with_reset(
    trace: Trace, p: NeuronParameters, level: Precision, frame: Frame, partial: Partial, most: int
) -> Iterator[Candidate]:
    """Named or fitted reset and threshold."""
    cost, model, names, scale, offset = partial
    reset = frame.structure.reset
    found = False
    solved = None if reset in {"none", "crossing"} else _solve_amount(trace, model, frame)
    for amount in choices.amounts(p, reset):
        shift_by = offset if reset in {"value", "crossing"} else 0.0
        m = model._replace(amount=scale * (amount.value - shift_by))
        if level.unit and solved is not None:  # the amount is a number of fixed point as well
            within = 1 + _looseness(trace, level, model, names) * abs(m.amount) / level.unit
            if abs(solved - m.amount) <= within * level.unit:
                m = m._replace(amount=level.unit * round(solved / level.unit))
        for candidate in _with_threshold(
            trace, p, level, frame, (cost, m, names | {"reset": amount}, scale, offset), most
        ):
            found = found or not candidate.departures.any()
            yield candidate
    if found or reset in {"none", "crossing"}:
        return
    if solved is None:
        return
    known = p.v_threshold is not None
    name = "to another value" if reset == "value" else "by subtraction of another amount"
    equation = f"R = {solved:.6g}" if reset == "value" else f"R = U - {solved:.6g}"
    m = model._replace(amount=solved)
    choice = Choice(name, equation, solved)
    if reset == "subtract" and not known:
        choice = Choice("by subtraction of v_threshold", "R = U - v_threshold", solved)
        m = m._replace(threshold=solved)
    extra = 1 if known or reset == "value" else 0
    yield from _with_threshold(
        trace, p, level, frame, (cost + extra, m, names | {"reset": choice}, scale, offset), most
    )


def _looseness(trace: Trace, level: Precision, m: Model, names: dict[str, Choice]) -> float:
    """Relative error of a scale in fixed point that the inputs determine within a unit."""
    largest = abs(m.b * trace.input).max()
    if not level.unit or not names["scale"].name.startswith("other") or largest == 0:
        return 0.0
    return float(1.5 * level.unit / largest)


def _solve_amount(trace: Trace, model: Model, frame: Frame) -> float | None:
    """The amount of the reset: the prediction is linear in it."""
    v = trace.recorded_potential
    _, at_zero = predict(model._replace(amount=0.0), trace.input, v, frame.fired)
    _, at_one = predict(model._replace(amount=1.0), trace.input, v, frame.fired)
    slope = at_one - at_zero
    seen = (abs(slope) > 1e-6) & frame.checked
    return float(np.median((v - at_zero)[seen] / slope[seen])) if seen.any() else None


def _with_threshold(
    trace: Trace, p: NeuronParameters, level: Precision, frame: Frame, partial: Partial, most: int
) -> Iterator[Candidate]:
    """Named or fitted threshold, one or several spikes in a step."""
    cost, m, names, scale, offset = partial
    v = trace.recorded_potential
    if p.v_threshold is not None:
        m = m._replace(threshold=scale * (p.v_threshold - offset))
        names = names | {"threshold": Choice("v_threshold", f"{m.threshold:.6g}", m.threshold)}
    if m.shown == "marker" and abs(m.marker - m.amount) <= level.relative * abs(v).max():
        return  # the same as the potential after the reset
    if m.waiting == "inside":
        solved = _solve_refractory(trace, m, frame, level)
        if solved is None:
            return
        m = m._replace(refractory=solved)
        cost += int(2 * solved != round(2 * solved))  # a time without a name
    m, names = _bounded(trace, level, frame, m, names)
    U, shown = predict(m, trace.input, v, frame.fired)
    tolerance = level.tolerance(m, trace, frame.fired)
    near = tolerance + level.unit / 2
    if np.isfinite(m.threshold):
        near = near + _looseness(trace, level, m, names) * abs(m.threshold)
    wrong = (abs(level.rounded(shown) - v) > tolerance) & frame.checked
    if wrong.sum() > most:
        return
    free = ~held(frame.fired, frame.refractory) & frame.checked
    silent, firing = free & (frame.fired == 0), free & (frame.fired > 0)
    low = float(U[silent].max(initial=-np.inf))
    high = float(U[firing].min(initial=np.inf))
    between = 0.5 * (low + high) if np.isfinite(low) and np.isfinite(high) else None
    options = [(0, m, names)]
    given = p.v_threshold is not None or np.isfinite(m.threshold)
    if not given or _misfires(m, U, silent, firing, near).any():
        fitted = between if between is not None else (high if np.isfinite(high) else np.inf)
        text = f"{fitted:.6g}, between {low:.6g} and {high:.6g}"
        if low > high + tolerance.max():
            options += []
        else:
            other = (int(given), m._replace(threshold=fitted),
                     names | {"threshold": Choice("fitted", text, fitted)})  # fmt: skip
            options = [other] if not given else [*options, other]
    for extra, model, some in options:
        fitted_threshold = Choice("fitted", f"{model.threshold:.6g}", model.threshold)
        called = {"threshold": fitted_threshold} | some
        departures = wrong | _misfires(model, U, silent, firing, near)
        if departures.sum() > most:
            continue
        yield from _counted(trace, level, frame, (cost + extra, model, called), (U, departures),
                            p, scale, offset)  # fmt: skip


def _threshold_range(trace: Trace, level: Precision, frame: Frame, base: Model) -> Range:
    """Thresholds that the spikes leave possible, with the fitted numbers."""
    v = trace.recorded_potential
    if base.reset in {"value", "subtract"}:
        base = base._replace(amount=_solve_amount(trace, base, frame) or 0.0)
    U, _ = predict(base, trace.input, v, frame.fired)
    free = ~held(frame.fired, frame.refractory) & frame.checked
    slack = 8 * _screen(trace, level) * abs(v).max()
    low = U[free & (frame.fired == 0)].max(initial=-np.inf) - slack
    return float(low), float(U[free & (frame.fired > 0)].min(initial=np.inf) + slack)


def _bounded(
    trace: Trace, level: Precision, frame: Frame, m: Model, names: dict[str, Choice]
) -> tuple[Model, dict[str, Choice]]:
    """With the least or largest potential as a bound, where the prediction is beyond it."""
    v = trace.recorded_potential
    if m.shown == "after leak":
        return m, names
    U, _ = predict(m, trace.input, v, frame.fired)
    slack = level.tolerance(m, trace, frame.fired)
    low, high = float(v.min()), float(v.max())
    seen = frame.checked & (frame.fired == 0)
    below = seen & (v == low) & (low - slack > U)
    above = seen & (v == high) & (high + slack < U)
    words = []
    if below.any():
        m, words = m._replace(low=low), [f"at least {low:.6g}"]
    if above.any():
        m, words = m._replace(high=high), [*words, f"at most {high:.6g}"]
    return (m, names | {"bounds": Choice(" and ".join(words), "", 0)}) if words else (m, names)


def _solve_refractory(trace: Trace, m: Model, frame: Frame, level: Precision) -> float | None:
    """The refractory time in steps, from the first step in which it ends."""
    v, T = trace.recorded_potential, len(trace.input)
    fired = np.flatnonzero(frame.fired)
    if not len(fired) or not 0 < m.a < 1 or not np.isfinite(m.threshold):
        return None
    s = int(fired[0])
    x = shift(trace.input, int(m.input_delay))
    before = v[s - 1] if s else m.start
    part = float(crossing(m, m.a * before + m.b * x[s] + m.c, before, x[s]))
    tolerance = level.tolerance(m, trace, frame.fired)
    for later in range(1, min(frame.refractory + 1, T - s)):
        t = s + later
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


def _counted(
    trace: Trace,
    level: Precision,
    frame: Frame,
    given: Named,
    seen: tuple[Array, Array],
    p: NeuronParameters,
    scale: float,
    offset: float,
) -> Iterator[Candidate]:
    """One or several spikes in a step, the tie, and the start."""
    cost, m, names = given
    U, departures = seen
    fired = frame.fired
    for several in (False, True) if m.reset == "subtract" else (False,):
        model = m._replace(several=several)
        expected = np.floor(U / m.threshold) if several and m.threshold > 0 else 1.0
        near = abs(U / m.threshold - np.round(U / m.threshold)) < 1e-5 if m.threshold > 0 else False
        wrong = (fired > 0) & (fired != expected) & frame.checked & ~(near & several)
        name = "several" if several else "one"
        called = names | {"several": Choice(name, "floor(U / V_th)" if several else "0 or 1",
                                            float(several))}  # fmt: skip
        yield from _started(trace, level, frame, (cost, model, called), (U, departures | wrong),
                            p, scale, offset)  # fmt: skip


def _started(
    trace: Trace,
    level: Precision,
    frame: Frame,
    given: Named,
    seen: tuple[Array, Array],
    p: NeuronParameters,
    scale: float,
    offset: float,
) -> Iterator[Candidate]:
    """The potential before the first step."""
    cost, m, names = given
    U, departures = seen
    v = trace.recorded_potential

    def first(start: float) -> float:
        return float(
            predict(m._replace(start=start), trace.input[:4], v[:4], frame.fired[:4])[1][0]
        )

    tolerance = level.tolerance(m, trace, frame.fired)[0]
    starts = [c._replace(value=scale * (c.value - offset)) for c in choices.starts(p)]
    named = [c for c in starts if abs(first(c.value) - v[0]) <= tolerance]
    if not named:
        slope = first(1.0) - first(0.0)
        value = (v[0] - first(0.0)) / slope if slope else 0.0
        named = [Choice("other", f"R = {value:.6g}", value)]
    parts = {
        "timing": Choice(m.timing, choices.TIMINGS[m.timing], 0),
        "shown": Choice(m.shown, choices.SHOWN[m.shown], 0),
        "input_delay": Choice(str(m.input_delay), "", m.input_delay),
        "spike_delay": Choice(str(m.spike_delay), "", m.spike_delay),
        "refractory": refractory_choice(m),
    }
    for start in named:
        first_step = predict(m._replace(start=start.value), trace.input[:4], v[:4], frame.fired[:4])
        exact = np.concatenate([first_step[0][:1], U[1:]])
        for strict in _tie(trace, frame, m, exact):
            model = m._replace(start=start.value, strict=strict)
            fire = Choice(">" if strict else ">=", f"U {'>' if strict else '>='} V_th", strict)
            yield Candidate(model, names | parts | {"start": start, "fires": fire}, cost,
                            departures, frame.fired)  # fmt: skip


def _tie(trace: Trace, frame: Frame, m: Model, U: Array) -> tuple[bool, ...]:
    """Whether it fires only above the threshold: one answer if a step is exactly at it."""
    exact = U
    if m.shown == "before reset":
        exact = trace.recorded_potential
    with np.errstate(over="ignore"):
        at = ~held(frame.fired, frame.refractory) & (
            (exact == m.threshold) | (exact == float(np.float32(m.threshold)))
        )
    answers = set(frame.fired[at] == 0)
    return tuple(sorted(bool(a) for a in answers)) if len(answers) == 1 else (False, True)


def _merged(found: list[Candidate]) -> list[Candidate]:
    """One of the candidates with the same numbers."""
    first: dict[tuple[object, ...], Candidate] = {}
    for c in found:
        key = tuple(
            float(f"{value:.12g}") if isinstance(value, float) else value for value in c.model
        )
        other = first.setdefault(key, c)
        if other is not c:
            first[key] = other.also(c)
    return sorted(first.values(), key=lambda c: c.simplicity)


def _following_the_whole(trace: Trace, level: Precision, found: list[Candidate]) -> list[Candidate]:
    """Those that follow a rounded record from its first step to its last, if there are any."""
    v = trace.recorded_potential
    largest = float(abs(v).max())
    if trace.rounding.max() <= 8 * level.relative * largest:
        return found
    spikes = trace.spikes
    followed, _ = simulate([c.model for c in found], trace.input, spikes, near=1e-3)
    a = np.array([min(abs(c.model.a), 0.9999) for c in found])
    exact = trace._replace(rounding=np.zeros(len(v)))
    steps = np.array([level.tolerance(c.model, exact, c.fired).max() for c in found])
    slack = (steps / (1 - a))[:, None] + 1.01 * trace.rounding
    good = np.all(abs(followed - v) <= slack, axis=1).tolist()
    return [c for c, one in zip(found, good, strict=True) if one] or found
