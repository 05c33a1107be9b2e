"""Name the parts of a convention one after the other, each as far as the record agrees."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.choices import SUBTRACT, VALUE, Choice, Names, cost, named
from liaf_ref.oracle.explain.frames import Candidate, refractory
from liaf_ref.oracle.explain.neuron import ROUNDINGS, held, shift

MIN_FITTED = 6  # steps that show three numbers without a name
OTHER = "other"  # a number that is fitted, of a part whose other numbers have names
SAME_TIMES = 1e-5  # of U / V_th from a whole number of spikes
Words = dict[str, Any]  # of a model


def name_numbers(frame: Candidate) -> list[Names]:
    """Named decay, gain, order, leak and scale; those with most names first."""
    m, p, level, steps = frame.model, frame.p, frame.level, frame.inliers & frame.plain
    v, x = frame.trace.potential, shift(frame.trace.input, m.input_delay)[steps]
    # The fit is no bound for a named decay: its own errors are within those of the steps.
    y, before, tolerance = v[steps], shift(v, 1)[steps], 2 * frame.tolerance()[steps]
    fixed, few, found = bool(level.unit), steps.sum() < MIN_FITTED, list[Names]()
    known, fitted = choices.decays(p, fixed_point=fixed), _fitted("a", m.a)
    columns = np.linalg.qr(np.stack([x, np.ones(len(x))], axis=1))[0]
    modes = [mode for mode in ROUNDINGS if (mode != "none") == level.is_exact]
    for decay, mode in product([*known, fitted._replace(cost=int(bool(known)))], modes):
        if decay.cost and (few or found):
            break
        rest = y - m._replace(a=decay.value, rounding=mode).leaked(before)
        if (abs(rest - columns @ (columns.T @ rest)) > 2 * tolerance).any():
            continue  # which is b x + c for no b and c
        rounding = {"rounding": Choice(mode, "", mode)} if level.is_exact else {}
        for names in choices.numbers(p, decay.value, fixed_point=fixed):
            b, c = names["order"].value, names["leak"].value
            z = (decay.value if m.shown is choices.SHOWN_V else 1.0) * b * x + c
            for scale in _scales(frame, rest, z, tolerance, b):
                own = {part: names[part].times(scale.value) for part in ("order", "leak")}
                found.append({"decay": decay, **names, **own, "scale": scale, **rounding})
    if not found and not few and not level.is_exact:
        order, scale = (named(rows, p, m.a, m.b)[0] for rows in (choices.ORDERS, choices.SCALES))
        gain, leak = _fitted("b", m.b), _fitted("c", m.c)
        scale = scale._replace(same=())
        found = [{"decay": fitted, "gain": gain, "order": order, "leak": leak, "scale": scale}]
    return sorted(found, key=cost)


def _fitted(letter: str, value: float) -> Choice:
    return Choice("fitted", f"{letter} = {value:.6g}", value, cost=1)


def _scales(frame: Candidate, rest: Array, z: Array, tolerance: Array, gain: float) -> list[Choice]:
    """Named scales with which ``rest = scale z``, or else the one of least squares."""

    def fits(scale: Choice) -> bool:
        return scale.value > 0 and bool((abs(rest - scale.value * z) <= tolerance).all())

    known = list(filter(fits, named(choices.SCALES, frame.p, gain=gain)))
    power, unit = float(z @ z), frame.level.unit
    if known or power == 0 or frame.p.v_threshold is None:
        return known
    values = [float(rest @ z) / power]
    if unit and gain:  # the factor of the input may be a number of fixed point as well
        values.insert(0, round(values[0] * gain / unit) * unit / gain)
    others = (Choice(OTHER, f"v x {value:.6g}", value, cost=1) for value in values)
    return [*filter(fits, others)][:1]


def name_parts(c: Candidate, numbers: Names, most: int) -> Iterator[Candidate]:
    """Candidates with at most so many departures: with named resets, or else with the record's."""
    c = c.having(numbers)
    if c.p.v_threshold is not None:
        value = numbers["scale"].value * c.p.v_threshold
        c = c.having({"threshold": Choice("v_threshold", f"{value:.6g}", value)})
    for resets in _with_resets(c):
        found = resets
        for stage in (_with_bounds, _with_threshold, _with_count, _with_start):
            found = [n for c in found for n in stage(c) if n.departures.sum() <= most]
        yield from found
        if not all(candidate.departures.any() for candidate in found):
            return


def _slack(c: Candidate, number: float) -> float:
    """Error of a number that has a scale without a name, which fixed point leaves open."""
    scale, largest = c.names["scale"], float(abs(c.model.b * c.trace.input).max()) or np.inf
    return 1.5 * c.level.unit / largest * scale.cost * abs(number)


def _with_resets(c: Candidate) -> Iterator[list[Candidate]]:
    """With the named resets; then, if the record shows one, with what it subtracts or leaves."""
    scale, solved, unit = c.names["scale"].value, c.solve_amount(), c.level.unit

    def scaled(row: Choice) -> Choice:  # in fixed point a multiple of its unit
        own = row.times(scale)
        if not unit or solved is None or abs(solved - own.value) > unit + _slack(c, own.value):
            return own
        return own._replace(value=unit * round(solved / unit))

    yield [c.having({"reset": scaled(row)}) for row in named(c.model.spike.amounts, c.p)]
    if solved is None:
        return
    text = f"{solved:.6g}"
    other = Choice("to another value", f"R = {text}", solved, cost=1)
    if c.model.spike is SUBTRACT:
        # The threshold is what the reset subtracts, although its number has no name.
        named_so = Choice(choices.THRESHOLD, "R = U - v_threshold", solved)
        threshold = Choice("fitted", text, solved, cost=int(c.p.v_threshold is not None))
        yield [c.having({"reset": named_so, "threshold": threshold})]
        other = other._replace(name="by subtraction of another amount", equation=f"R = U - {text}")
    yield [c.having({"reset": other})]


def _with_bounds(c: Candidate) -> Iterator[Candidate]:
    """With the bounds that the record shows; nothing if another frame says the same."""
    m, v, slack = c.model, c.trace.potential, c.tolerance()
    if m.shown is choices.MARKER and abs(m.marker - m.amount) <= c.level.relative * c.trace.largest:
        return  # the same as the potential after the reset
    waits = held(c.fired, m.refractory)
    if m.waiting is choices.INSIDE and not (abs(v - m.amount) > slack)[waits].any():
        return  # the same as a potential that is held
    # The least or largest potential is a bound, where the prediction is beyond it.
    U, low, high = c.predict()[0], float(v.min()), float(v.max())
    seen = c.checked & (c.fired == 0) & (m.shown is not choices.SHOWN_V)
    is_low = bool((seen & (v == low) & (low - U > slack)).any())
    is_high = bool((seen & (v == high) & (U - high > slack)).any())
    words = " and ".join([f"at least {low:.6g}"] * is_low + [f"at most {high:.6g}"] * is_high)
    low, high = low if is_low else -np.inf, high if is_high else np.inf
    yield c.having({"bounds": Choice(words, value=low)}, high=high) if words else c


def _with_threshold(c: Candidate) -> Iterator[Candidate]:
    """With the threshold that it has, or else with one between the spikes and the rest."""
    m, (U, _), tolerance = c.model, c.predict(), c.tolerance()
    silent, firing = c.free & (c.fired == 0), c.free & (c.fired > 0)
    given = bool(np.isfinite(m.threshold))
    near = tolerance + c.level.unit / 2 + (_slack(c, m.threshold) if given else 0.0)

    def misfires(threshold: float, U: Array) -> Array:
        wrong: Array = (silent & (threshold + near < U)) | (firing & (threshold - near > U))
        return wrong

    def checked(c: Candidate) -> Candidate:
        U, shown = c.predict()
        wrong = ~(abs(shown - c.trace.potential) <= tolerance) & c.checked
        return c._replace(departures=wrong | misfires(c.model.threshold, U))

    if given:
        yield checked(c)
    # In fixed point, only what a reset subtracts shows a threshold that has its own scale.
    may_fit = c.names["scale"].name != OTHER or not c.level.unit or m.spike is SUBTRACT
    may_fit &= given and c.names["threshold"].name != "fitted"
    low, high = float(U[silent].max(initial=-np.inf)), float(U[firing].min(initial=np.inf))
    misfits = may_fit and misfires(m.threshold, U).any() and low <= high + tolerance.max()
    if misfits or not given:
        fitted = 0.5 * (low + high) if low > -np.inf else high
        text = f"{fitted:.6g}, between {low:.6g} and {high:.6g}"
        yield checked(c.having({"threshold": Choice("fitted", text, fitted, cost=int(given))}))


def _with_count(c: Candidate) -> Iterator[Candidate]:
    """With one or several spikes in a step."""
    m, (U, _), subtracts = c.model, c.predict(), c.model.spike is SUBTRACT
    to_value = c.trace.has_spikes and m.spike is VALUE and not m.refractory
    times = U / m.threshold if m.threshold > 0 else c.fired
    uncertain = abs(times - np.round(times)) < SAME_TIMES
    for several in choices.COUNTS if subtracts or to_value else choices.COUNTS[:1]:
        expected = np.clip(np.floor(times), 1, several.value)
        wrong = c.checked & (c.fired > 0) & (c.fired != expected)
        wrong &= ~(uncertain & (several.value > 1))
        names = {"several": several} if c.trace.has_spikes or subtracts else {}  # or hidden
        yield c._replace(departures=c.departures | wrong).having(names)


def _with_start(c: Candidate) -> Iterator[Candidate]:
    """With the potential before the first step, and the answers to a tie."""
    v, scale = c.trace.potential, c.names["scale"].value
    starts = [c.having({"start": one.times(scale)}) for one in named(choices.POTENTIALS, c.p)]
    starts = [one for one in starts if abs(v[0] - one.predict()[1][0]) <= one.tolerance()[0]]
    if not starts:
        at_0, at_1 = (v[0] - c.having({}, start=start).predict()[1][0] for start in (0.0, 1.0))
        value = float(at_0 / (at_0 - at_1)) if at_0 != at_1 else 0.0
        starts = [c.having({"start": Choice(OTHER, f"R = {value:.6g}", value)})]
    for one in starts:
        # At a step that is exactly at the threshold, it fires or not.
        m, exact = one.model, v if one.model.shown is choices.SHOWN_U else one.predict()[0]
        at = np.isin(exact, (m.threshold, float(np.float32(m.threshold))))
        at &= c.free | (np.arange(len(at)) == 0)
        answers = set((c.fired[at] == 0).tolist())
        for strict in answers if len(answers) == 1 else (False, True):
            yield one.having({"fires": choices.FIRES[strict]})


def every_reset(record: Candidate, decay: str, low: float) -> Iterator[tuple[Names, Words]]:
    """Each reset and its words in a model: few of a potential with a lower bound."""
    bounded, exact = low > -np.inf, decay == "exponential"
    for spike, timing, shown, waits in choices.STRUCTURES[: 2 if bounded else None]:
        if timing is choices.SAME_STEP and shown is not choices.SHOWN_R:
            continue  # which no spike shows
        some = [] if bounded else [w for w in waits if exact or w is not choices.INSIDE]
        each = product(named(spike.amounts, record.p), refractory(record.trace, some))
        for amount, (wait, waiting) in each:
            names = {"reset": amount, "timing": timing, "refractory": wait}
            words = {"spike": spike, "timing": timing, "waiting": waiting}
            several = (spike is SUBTRACT or spike is VALUE) and not wait.value
            yield from (({**names, "several": n}, words) for n in choices.COUNTS[: 1 + several])
