"""Name the parts of a convention one after the other, each as far as the record agrees."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.choices import Candidate, Choice, named
from liaf_ref.oracle.explain.frames import Frame
from liaf_ref.oracle.explain.neuron import Model, held, predict, rounded, shift

MIN_FITTED = 6  # steps that show three numbers without a name
OTHER = "other"  # a number that is fitted, of a part whose other numbers have names
SAME_TIMES = 1e-5  # of U / V_th from a whole number of spikes


def name_numbers(f: Frame) -> list[Candidate]:
    """Named decay, gain, order, leak and scale; those with most names first."""
    p, level, m = f.p, f.level, f.model
    steps = f.inliers & f.plain
    x, before = shift(f.trace.input, m.input_delay)[steps], shift(f.trace.potential, 1)[steps]
    # The fit is no bound for a named decay: its own errors are within those of the steps.
    y, tolerance = f.trace.potential[steps], 2 * f.tolerance(m)[steps]
    fixed, few, found = bool(level.unit), steps.sum() < MIN_FITTED, list[Candidate]()
    known, fitted = choices.decays(p, fixed_point=fixed), _fitted("a", m.a)
    columns = np.linalg.qr(np.stack([x, np.ones(len(x))], axis=1))[0]
    for decay, mode in product([*known, fitted], level.modes):
        cost = int(decay is fitted and bool(known))
        if cost and (few or found):
            break
        a, model = decay.value, m._replace(a=decay.value, rounding=mode)
        rest = y - rounded(model, before)
        if (abs(rest - columns @ (columns.T @ rest)) > 2 * tolerance).any():
            continue  # which is b x + c for no b and c
        for names in choices.numbers(p, a, fixed_point=fixed):
            b, c = names["order"].value, names["leak"].value
            z = (a if m.shown == "after leak" else 1.0) * b * x + c
            for scale in _scales(f, rest, z, tolerance, b):
                more = int(scale.name == OTHER)
                parts = {"decay": decay, **names, "scale": scale}
                parts |= {"rounding": Choice(mode, "", 0)} if mode != "none" else {}
                numbers = model._replace(b=scale.value * b, c=scale.value * c)
                largest = float(abs(numbers.b * f.trace.input).max()) or np.inf
                loose = 1.5 * level.unit / largest * more
                found.append(Candidate(numbers, parts, cost + more, scale.value, loose))
    if not found and not few and level.modes == ("none",):
        names = {"decay": fitted, "gain": _fitted("b", m.b), "leak": _fitted("c", m.c)}
        order, scale = (named(rows, p, m.a, m.b)[0] for rows in (choices.ORDERS, choices.SCALES))
        found = [Candidate(m, {**names, "order": order, "scale": scale._replace(same=())}, 3)]
    return sorted(found, key=lambda c: c.cost)


def _fitted(letter: str, value: float) -> Choice:
    return Choice("fitted", f"{letter} = {value:.6g}", value)


def _scales(f: Frame, rest: Array, z: Array, tolerance: Array, gain: float) -> list[Choice]:
    """Named scales with which ``rest = scale z``, or else the one of least squares."""

    def fits(scale: Choice) -> bool:
        return scale.value > 0 and bool((abs(rest - scale.value * z) <= tolerance).all())

    known = list(filter(fits, named(choices.SCALES, f.p, gain=gain)))
    power, unit = float(z @ z), f.level.unit
    if known or power == 0 or f.p.v_threshold is None:
        return known
    values = [float(rest @ z) / power]
    if unit and gain:  # the factor of the input may be a number of fixed point as well
        values.insert(0, round(values[0] * gain / unit) * unit / gain)
    others = (Choice(OTHER, f"v x {value:.6g}", value) for value in values)
    return [*filter(fits, others)][:1]


def name_reset(f: Frame, c: Candidate, most: int) -> Iterator[Candidate]:
    """Candidates with a named reset, or else with the one that the record has."""
    m, solved = f.model, f.solve_amount(c.model)
    rows = named(choices.RESETS[m.reset], f.p)
    tries = [[c.having({"reset": r}, amount=_amount(f, c, r.value, solved)) for r in rows]]
    if solved is not None:
        words, text = "to another value", f"{solved:.6g}"
        if m.reset == "subtract":
            # The threshold is what the reset subtracts, although its number has no name.
            reset = Choice(choices.SUBTRACT, "R = U - v_threshold", solved)
            names = {"reset": reset, "threshold": Choice("fitted", text, solved)}
            cost = int(f.p.v_threshold is not None)
            tries.append([c.having(names, cost, amount=solved, threshold=solved)])
            words, text = "by subtraction of another amount", f"U - {text}"
        reset = Choice(words, f"R = {text}", solved)
        tries.append([c.having({"reset": reset}, 1, amount=solved)])
    for some in tries:
        found = [candidate for one in some for candidate in _name_threshold(f, one, most)]
        yield from found
        if not all(candidate.departures.any() for candidate in found):
            return


def _amount(f: Frame, c: Candidate, value: float, solved: float | None) -> float:
    """The amount in the units of the trace, in fixed point a multiple of its unit."""
    unit, amount = f.level.unit, c.scale * value
    if unit and solved is not None and abs(solved - amount) <= unit + c.loose * abs(amount):
        amount = unit * round(solved / unit)
    return amount


def _name_threshold(f: Frame, c: Candidate, most: int) -> Iterator[Candidate]:
    """Candidates with the known threshold, or else with one between the spikes and the rest."""
    known, own = f.p.v_threshold, "threshold" in c.names
    if known is not None and not own:
        value = c.scale * known
        c = c.having({"threshold": Choice("v_threshold", f"{value:.6g}", value)}, threshold=value)
    if (complete := _with_bounds(f, c)) is None:
        return
    c, m = complete, complete.model
    U, shown = f.predict(m)
    tolerance = f.tolerance(m)
    wrong = ~(abs(f.level.rounded(shown) - f.trace.potential) <= tolerance) & f.checked
    if wrong.sum() > most:
        return
    near = tolerance + f.level.unit / 2
    if np.isfinite(m.threshold):
        near = near + c.loose * abs(m.threshold)
    silent, firing = f.free & (f.fired == 0), f.free & (f.fired > 0)

    def misfires(threshold: float) -> Array:
        wrong: Array = (silent & (threshold + near < U)) | (firing & (threshold - near > U))
        return wrong

    tries, given = [c], bool(np.isfinite(m.threshold))
    if not own and (not given or misfires(m.threshold).any()):
        low, high = float(U[silent].max(initial=-np.inf)), float(U[firing].min(initial=np.inf))
        if not given or low <= high + tolerance.max():
            fitted = 0.5 * (low + high) if low > -np.inf else high
            text = f"{fitted:.6g}, between {low:.6g} and {high:.6g}"
            names = {"threshold": Choice("fitted", text, fitted)}
            tries = [*tries[:given], c.having(names, int(given), threshold=fitted)]
    for one in tries:
        departures = wrong | misfires(one.model.threshold)
        if departures.sum() <= most:
            yield from _name_spikes(f, one, U, departures)


def _with_bounds(f: Frame, c: Candidate) -> Candidate | None:
    """With the bounds that the record shows; None: it has no such step."""
    m, v = c.model, f.trace.potential
    if m.shown == "marker" and abs(m.marker - m.amount) <= f.level.relative * f.trace.largest:
        return None  # the same as the potential after the reset
    if m.waiting == "inside":
        away = abs(v - m.amount) > f.tolerance(m)
        if not away[held(f.fired, m.refractory)].any():
            return None  # the same as a potential that is held
    if m.shown == "after leak":
        return c
    # The least or largest potential is a bound, where the prediction is beyond it.
    (U, _), slack, seen = f.predict(c.model), f.tolerance(c.model), f.checked & (f.fired == 0)
    bounds, words = dict[str, Any](), []
    for name, word, end, side in (("low", "least", v.min(), 1), ("high", "most", v.max(), -1)):
        if (seen & (v == end) & (side * (end - U) > slack)).any():
            bounds[name] = float(end)
            words.append(f"at {word} {end:.6g}")
    return c.having({"bounds": Choice(" and ".join(words), "", 0)}, **bounds) if words else c


def _name_spikes(f: Frame, c: Candidate, U: Array, departures: Array) -> Iterator[Candidate]:
    """Candidates with one or several spikes in a step."""
    m, fired = c.model, f.fired
    to_value = f.trace.has_spikes and m.reset == "value" and not m.refractory
    times = U / m.threshold if m.threshold > 0 else fired
    uncertain = abs(times - np.round(times)) < SAME_TIMES
    for most in (1.0, np.inf) if m.reset == "subtract" or to_value else (1.0,):
        expected = np.clip(np.floor(times), 1, most)
        wrong = f.checked & (fired > 0) & (fired != expected) & ~(uncertain & (most > 1))
        counted = c._replace(departures=departures | wrong, fired=fired).having({}, most=most)
        yield from _name_start(f, counted, U)
        if not wrong.any() and most > 1:
            return


def _name_start(f: Frame, c: Candidate, U: Array) -> Iterator[Candidate]:
    """Candidates with the potential before the first step, and the answers to a tie."""
    seen = ["fires", "timing", "shown", "input_delay", "refractory"]
    seen += ["spike_delay"] * f.trace.has_spikes
    seen += ["several"] * (f.trace.has_spikes or c.model.reset == "subtract")  # or nothing shows it
    v, m = f.trace.potential, c.model

    def first(start: float) -> tuple[float, float]:
        U, shown = predict(m._replace(start=start), f.trace.input[:4], v[:4], f.fired[:4])
        return float(U[0]), float(v[0] - shown[0])

    known = named(choices.POTENTIALS, f.p)
    scaled = [one._replace(value=c.scale * one.value) for one in known]
    starts = [one for one in scaled if abs(first(one.value)[1]) <= f.tolerance(m)[0]]
    if not starts:
        (_, at_0), (_, at_1) = first(0.0), first(1.0)
        value = at_0 / (at_0 - at_1) if at_0 != at_1 else 0.0
        starts = [Choice(OTHER, f"R = {value:.6g}", value)]
    for start in starts:
        for strict in _tie(f, m, np.append(first(start.value)[0], U[1:])):
            yield c.having({"start": start}, start=start.value, strict=strict).reading(seen)


def _tie(f: Frame, m: Model, U: Array) -> tuple[bool, ...]:
    """Whether it fires only above the threshold: one answer if a step is exactly at it."""
    exact = f.trace.potential if m.shown == "before reset" else U
    at = np.isin(exact, (m.threshold, float(np.float32(m.threshold))))
    at &= f.free | (np.arange(len(at)) == 0)
    answers = set((f.fired[at] == 0).tolist())
    return (answers.pop(),) if len(answers) == 1 else (False, True)
