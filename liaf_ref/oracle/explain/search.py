"""Find the conventions that reproduce a recording: frame by frame, and then the simplest."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.choices import Candidate, named
from liaf_ref.oracle.explain.frames import Frame, fitted_frames, repeated_extremes
from liaf_ref.oracle.explain.naming import has_free_scale, looseness, name_numbers, name_reset
from liaf_ref.oracle.explain.neuron import Model, simulate
from liaf_ref.oracle.explain.trace import NeuronParameters, Precision, Trace, precisions

MAX_FRAMES = 24  # that are compared for the closest convention
MAX_COST = 9  # parts without a name
SLOWEST = 0.9999  # decay that limits how far errors of a step add up

Known = dict[tuple[object, ...], list[Candidate]]  # numbers of the frames with the same plain steps


def explain_potential(trace: Trace, p: NeuronParameters) -> tuple[list[Candidate], Precision]:
    """The candidates that explain every step, or else the one that explains most."""
    levels = precisions(trace)
    best: tuple[list[Candidate], Precision] | None = None
    # A bound of the potential, if nothing else explains it.
    for clipped in (False, True) if repeated_extremes(trace) else (False,):
        for level in levels:
            found = _explaining(trace, p, level, clipped=clipped)
            if found and (best is None or (found[0].cost < best[0][0].cost and not level.absolute)):
                best = found, level
            if best and (best[0][0].cost == 0 or level.absolute):
                return best
        if best:
            return best
    last = levels[-1] if not trace.has_spikes else levels[1]
    return [_closest(trace, p, last)], last


def _explaining(
    trace: Trace, p: NeuronParameters, level: Precision, *, clipped: bool
) -> list[Candidate]:
    found, least, known = list[Candidate](), MAX_COST, Known()
    frames = [f for f in fitted_frames(trace, p, level, robust=False, clipped=clipped)
              if not f.outliers and (clipped or f.has_one_reset())]  # fmt: skip
    for f in frames:
        for c in _candidates(f, known, 0, least):
            if not c.departures.any():
                found.append(c)
                least = min(least, c.cost)
    merged = _merged([c for c in found if c.cost == least])
    return _following_the_whole(trace, level, merged) if found else []


def _closest(trace: Trace, p: NeuronParameters, level: Precision) -> Candidate:
    """The candidate with the fewest departures."""
    best, most, known = list[Candidate](), len(trace.input), Known()
    frames = sorted(fitted_frames(trace, p, level, robust=True), key=lambda f: -f.inliers.sum())
    for f in frames[:MAX_FRAMES]:
        if f.outliers <= most:
            best += _candidates(f, known, most, MAX_COST)
            best = sorted(best, key=lambda c: c.rank_of_failure)[:1]
            most = int(best[0].departures.sum()) if best else most
    if not best:
        raise InputError(
            "trace: expected steps without a spike that follow one recurrence of input and "
            f"potential, got fewer than 3 among {len(trace.input)} steps"
        )
    return best[0]


def _candidates(f: Frame, known: Known, most: int, least: int) -> Iterator[Candidate]:
    """Candidates of one frame, with at most ``most`` departures and ``least`` unnamed parts."""
    base = _base(f)
    if base is None:
        return
    f = f._replace(model=base)
    low, high = f.threshold_range()
    if not most and low > high:
        return
    # In fixed point, only what a reset subtracts shows a threshold that has its own scale.
    own_threshold = not most and (not f.level.unit or base.reset == "subtract")
    for numbers in _numbers(f, known):
        if numbers.cost > least:
            return
        if not own_threshold and not _has_threshold(f, numbers, low, high):
            continue
        of = numbers.model
        model = base._replace(a=of.a, b=of.b, c=of.c, rounding=of.rounding)
        for c in name_reset(f, numbers._replace(model=model), most):
            if not c.departures.any():
                least = min(least, c.cost)
            yield c


def _has_threshold(f: Frame, c: Candidate, low: float, high: float) -> bool:
    """Whether a scale without a name makes the known threshold one that the spikes allow."""
    known = f.p.v_threshold
    if known is None or not has_free_scale(c):
        return True
    slack = looseness(f, c) * known * c.scale
    return low - slack <= c.scale * (known - c.offset) <= high + slack


def _base(f: Frame) -> Model | None:
    """The fitted numbers, and the marker; None: the record does not have this structure."""
    m = f.model
    if f.level.unit and (m.shown == "after leak" or m.waiting == "inside"):
        return None
    if m.shown != "marker":
        return m
    marked = f.trace.potential[f.fired > 0]
    return m._replace(marker=float(marked[0])) if len(set(marked.tolist())) == 1 else None


def _numbers(f: Frame, known: Known) -> list[Candidate]:
    """Named numbers of the plain steps, those with most names first."""
    key = (f.plain.tobytes(), f.model.input_delay, f.model.shown == "after leak",
           f.fired.tobytes())  # fmt: skip
    if key not in known:
        known[key] = sorted(name_numbers(f), key=lambda c: c.cost)
    return known[key]


def _merged(found: list[Candidate]) -> list[Candidate]:
    """One of the candidates with the same numbers."""
    first: dict[tuple[object, ...], Candidate] = {}
    for c in found:
        key = tuple(float(f"{x:.12g}") if isinstance(x, float) else x for x in c.model)
        other = first.setdefault(key, c)
        if other is not c:
            first[key] = other.also(c)
    return sorted(first.values(), key=lambda c: c.simplicity)


def _following_the_whole(trace: Trace, level: Precision, found: list[Candidate]) -> list[Candidate]:
    """Those that follow a rounded record from its first step to its last, if there are any."""
    if trace.rounding.max() <= 8 * level.relative * trace.largest:
        return found
    spikes = trace.spikes if trace.has_spikes else None
    followed, _ = simulate([c.model for c in found], trace.input, spikes, near=1e-3)
    exact = trace._replace(rounding=np.zeros(len(trace.potential)))
    good = []
    for c, potential in zip(found, followed, strict=True):
        step = level.tolerance(c.model, exact, c.fired).max()
        slack = step / (1 - min(abs(c.model.a), SLOWEST)) + 1.01 * trace.rounding
        good += [c] * bool((abs(potential - trace.potential) <= slack).all())
    return good or found


RESET_TIMES = (
    ("value", "same step"),
    ("subtract", "same step"),
    ("value", "after leak"),
    ("subtract", "after leak"),
    ("value", "after input"),
    ("crossing", "same step"),
    ("none", "same step"),
)
DELAYS = tuple(product((0, 1, 2, 3), repeat=2))  # of the input, of the spikes
WAITS = [(0.0, "held")] + [(float(n), kind) for kind in ("held", "leaking") for n in range(1, 6)]
WAITS += [(n, "inside") for n in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)]
BATCH = 4096  # conventions that are simulated at once
ROUNDINGS = 16  # of a step in float32, relative to the threshold: see trace.py
USUAL = {"forward Euler", "exponential"}


def explain_spikes(trace: Trace, p: NeuronParameters) -> list[Candidate]:
    """All named conventions with these spikes, or else the one that departs the latest."""
    for name in ("tau", "v_threshold", "dt"):
        if getattr(p, name) is None:
            raise InputError(
                f"trace without a potential: expected the parameters tau, v_threshold and dt, "
                f"got no {name}; give it with --params or --{name.replace('_', '-')}"
            )
    at, T = np.flatnonzero(trace.spikes), len(trace.input)
    # What follows a spike is of no effect before the first one; most conventions end there.
    first = int(at[0]) + 1 if len(at) else T
    lengths = [min(int(at[min(3, len(at) - 1)]) + 2, T), T] if len(at) else []
    found, latest = _surviving(trace, list(_quiet(trace, p)), first)
    if latest == first and lengths:
        found = [each for c in found for each in _resetting(p, c)]
    for length in lengths:
        if latest < first:
            break
        found, latest = _surviving(trace, found, length)
        first = length
    found = sorted(found, key=lambda c: c.simplicity)
    return found if latest == T else found[:1]


def _surviving(trace: Trace, tried: list[Candidate], length: int) -> tuple[list[Candidate], int]:
    """Those with the recorded spikes of the first steps, or the latest to depart, and when."""
    x, spikes = trace.input[:length], trace.spikes[:length]
    found, latest = list[Candidate](), -1
    for start in range(0, len(tried), BATCH):
        some = tried[start : start + BATCH]
        a = np.array([min(abs(c.model.a), SLOWEST) for c in some])
        near = ROUNDINGS * 2.0**-24 / (1 - a)[:, None]
        _, fired = simulate([c.model for c in some], x, spikes, near=near)
        counted = "reset" in some[0].names
        wrong = fired != spikes if counted else (fired > 0) != (spikes > 0)
        first = np.where(wrong.any(axis=1), wrong.argmax(axis=1), length)
        if first.max() > latest:
            found, latest = [], int(first.max())
        last = np.flatnonzero(first == latest)
        found += [some[n]._replace(departures=wrong[n]) for n in last]
    return found, latest


def _quiet(trace: Trace, p: NeuronParameters) -> Iterator[Candidate]:
    """The product of the named choices that the first spike can show."""
    bounds, starts = choices.least_potentials(p), named(choices.POTENTIALS, p)
    below = bool((p.r * trace.input < 0).any())
    for c, (of_input, of_spikes) in product(_numbered(p), DELAYS):
        # A lower bound is tried with usual choices: all choices with each bound are too many.
        usual = c.names["decay"].name in USUAL and c.names["order"].name == "leak, then input"
        lows = bounds if below and usual and max(of_input, of_spikes) <= 1 else bounds[:1]
        for low, start, strict in product(lows, starts, (False, True)):
            names = {"start": start} | ({"bounds": low} if below else {})
            one = c.having(names, start=start.value, strict=strict, low=low.value,
                         input_delay=of_input, spike_delay=of_spikes)  # fmt: skip
            yield one.reading("fires", "input_delay", "spike_delay")


def _numbered(p: NeuronParameters) -> Iterator[Candidate]:
    """Named decays, gains, orders and leaks."""
    threshold = choices.Choice("v_threshold", f"{p.v_threshold:.6g}", 0)
    for decay in choices.decays(p):
        for names in choices.numbers(p, decay.value):
            m = Model(a=decay.value, b=names["order"].value, c=names["leak"].value,
                      threshold=p.v_threshold, shown="before reset", reset="none")  # fmt: skip
            yield Candidate(m, {"decay": decay, **names, "threshold": threshold})


def _resetting(p: NeuronParameters, quiet: Candidate) -> Iterator[Candidate]:
    """The choices of the reset."""
    free = quiet.model.low == -np.inf
    for reset, timing in RESET_TIMES if free else RESET_TIMES[:2]:
        waits = WAITS[:1]
        if free and (reset, timing) == ("value", "same step"):
            exact = quiet.names["decay"].name == "exponential"
            waits = [one for one in WAITS if exact or one[1] != "inside"]
        for amount, (steps, waiting) in product(named(choices.RESETS[reset], p), waits):
            several = reset == "subtract" or (reset == "value" and not steps)
            for most in (1.0, np.inf) if several else (1.0,):
                c = quiet.having({"reset": amount}, reset=reset, timing=timing, most=most,
                                 amount=amount.value, refractory=steps,
                                 waiting=waiting)  # fmt: skip
                yield c.reading("several", "timing", "refractory")
