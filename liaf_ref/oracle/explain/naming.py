"""Name the parts of a convention one after the other, each as far as the record agrees."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.choices import Candidate, Choice, named
from liaf_ref.oracle.explain.frames import Frame
from liaf_ref.oracle.explain.neuron import held, shift

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
        rest = y - model.leaked(before)
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


def name_parts(f: Frame, numbers: Candidate, most: int) -> Iterator[Candidate]:
    """Candidates with at most so many departures: with named resets, or else with the record's."""
    of = numbers.model
    model = f.model._replace(a=of.a, b=of.b, c=of.c, rounding=of.rounding)
    c = numbers._replace(model=model, fired=f.fired)
    if f.p.v_threshold is not None:
        value = c.scale * f.p.v_threshold
        c = c.having({"threshold": Choice("v_threshold", f"{value:.6g}", value)}, threshold=value)
    for resets in _with_resets(f, c):
        found = resets
        for stage in (_with_bounds, _with_threshold, _with_count, _with_start):
            found = [n for c in found for n in stage(f, c) if n.departures.sum() <= most]
        yield from found
        if not all(candidate.departures.any() for candidate in found):
            return


def _with_resets(f: Frame, c: Candidate) -> Iterator[list[Candidate]]:
    """With the named resets; then, if the record shows one, with what it subtracts or leaves."""
    m, solved, unit = c.model, f.solve_amount(c.model), f.level.unit

    def amount(value: float) -> float:  # in fixed point a multiple of its unit
        own = c.scale * value
        is_near = solved is not None and abs(solved - own) <= unit + c.loose * abs(own)
        return unit * round(solved / unit) if unit and solved is not None and is_near else own

    rows = named(choices.RESETS[m.reset], f.p)
    yield [c.having({"reset": row}, amount=amount(row.value)) for row in rows]
    if solved is None:
        return
    words, text = "to another value", f"{solved:.6g}"
    if m.reset == "subtract":
        # The threshold is what the reset subtracts, although its number has no name.
        reset = Choice(choices.SUBTRACT, "R = U - v_threshold", solved)
        names = {"reset": reset, "threshold": Choice("fitted", text, solved)}
        cost = int(f.p.v_threshold is not None)
        yield [c.having(names, cost, amount=solved, threshold=solved)]
        words, text = "by subtraction of another amount", f"U - {text}"
    yield [c.having({"reset": Choice(words, f"R = {text}", solved)}, 1, amount=solved)]


def _with_bounds(f: Frame, c: Candidate) -> Iterator[Candidate]:
    """With the bounds that the record shows; nothing if another frame says the same."""
    m, v, slack = c.model, f.trace.potential, f.tolerance(c.model)
    if m.shown == "marker" and abs(m.marker - m.amount) <= f.level.relative * f.trace.largest:
        return  # the same as the potential after the reset
    waits = held(f.fired, m.refractory)
    if m.waiting == "inside" and not (abs(v - m.amount) > slack)[waits].any():
        return  # the same as a potential that is held
    # The least or largest potential is a bound, where the prediction is beyond it.
    (U, _), bounds, words = f.predict(m), dict[str, Any](), []
    seen = f.checked & (f.fired == 0) & (m.shown != "after leak")
    for name, word, end, side in (("low", "least", v.min(), 1), ("high", "most", v.max(), -1)):
        if (seen & (v == end) & (side * (end - U) > slack)).any():
            bounds[name] = float(end)
            words.append(f"at {word} {end:.6g}")
    yield c.having({"bounds": Choice(" and ".join(words))}, **bounds) if words else c


def _with_threshold(f: Frame, c: Candidate) -> Iterator[Candidate]:
    """With the threshold that it has, or else with one between the spikes and the rest."""
    m, (U, _), tolerance = c.model, f.predict(c.model), f.tolerance(c.model)
    silent, firing = f.free & (f.fired == 0), f.free & (f.fired > 0)
    given = bool(np.isfinite(m.threshold))
    near = tolerance + f.level.unit / 2 + (c.loose * abs(m.threshold) if given else 0.0)

    def misfires(threshold: float, U: Array) -> Array:
        wrong: Array = (silent & (threshold + near < U)) | (firing & (threshold - near > U))
        return wrong

    def checked(c: Candidate) -> Candidate:
        U, shown = f.predict(c.model)
        wrong = ~(abs(shown - f.trace.potential) <= tolerance) & f.checked
        return c._replace(departures=wrong | misfires(c.model.threshold, U))

    if given:
        yield checked(c)
    # In fixed point, only what a reset subtracts shows a threshold that has its own scale.
    may_fit = c.names["scale"].name != OTHER or not f.level.unit or m.reset == "subtract"
    may_fit &= given and c.names["threshold"].name != "fitted"
    low, high = float(U[silent].max(initial=-np.inf)), float(U[firing].min(initial=np.inf))
    misfits = may_fit and misfires(m.threshold, U).any() and low <= high + tolerance.max()
    if misfits or not given:
        fitted = 0.5 * (low + high) if low > -np.inf else high
        text = f"{fitted:.6g}, between {low:.6g} and {high:.6g}"
        names = {"threshold": Choice("fitted", text, fitted)}
        yield checked(c.having(names, int(given), threshold=fitted))


def _with_count(f: Frame, c: Candidate) -> Iterator[Candidate]:
    """With one or several spikes in a step."""
    m, fired, (U, _) = c.model, f.fired, f.predict(c.model)
    to_value = f.trace.has_spikes and m.reset == "value" and not m.refractory
    times = U / m.threshold if m.threshold > 0 else fired
    uncertain = abs(times - np.round(times)) < SAME_TIMES
    for most in (1.0, np.inf) if m.reset == "subtract" or to_value else (1.0,):
        expected = np.clip(np.floor(times), 1, most)
        wrong = f.checked & (fired > 0) & (fired != expected) & ~(uncertain & (most > 1))
        yield c._replace(departures=c.departures | wrong).having({}, most=most)


def _with_start(f: Frame, c: Candidate) -> Iterator[Candidate]:
    """With the potential before the first step, and the answers to a tie."""
    seen = ["fires", "timing", "shown", "input_delay", "refractory"]
    seen += ["spike_delay"] * f.trace.has_spikes
    seen += ["several"] * (f.trace.has_spikes or c.model.reset == "subtract")  # or nothing shows it
    v, m, starts = f.trace.potential, c.model, list[Choice]()
    for one in named(choices.POTENTIALS, f.p):
        value = c.scale * one.value
        _, shown = f.predict(m._replace(start=value))
        starts += [one._replace(value=value)] * bool(abs(v[0] - shown[0]) <= f.tolerance(m)[0])
    if not starts:
        at_0, at_1 = (v[0] - f.predict(m._replace(start=start))[1][0] for start in (0.0, 1.0))
        value = float(at_0 / (at_0 - at_1)) if at_0 != at_1 else 0.0
        starts = [Choice(OTHER, f"R = {value:.6g}", value)]
    for start in starts:
        U, _ = f.predict(m._replace(start=start.value))
        # At a step that is exactly at the threshold, it fires or not.
        exact = v if m.shown == "before reset" else U
        at = np.isin(exact, (m.threshold, float(np.float32(m.threshold))))
        at &= f.free | (np.arange(len(at)) == 0)
        answers = set((f.fired[at] == 0).tolist())
        for strict in answers if len(answers) == 1 else (False, True):
            yield c.having({"start": start}, start=start.value, strict=strict).reading(seen)
