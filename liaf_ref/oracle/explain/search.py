"""Find the conventions that reproduce a recording: frame by frame, and then the simplest."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.choices import Candidate, named
from liaf_ref.oracle.explain.frames import STRUCTURES, Frame, fitted_frames, repeated_extremes
from liaf_ref.oracle.explain.naming import OTHER, name_numbers, name_reset
from liaf_ref.oracle.explain.neuron import Model, simulate
from liaf_ref.oracle.explain.trace import NeuronParameters, Precision, Trace, precisions

MAX_FRAMES = 24  # that are compared for the closest convention
MAX_COST = 9  # parts without a name
SLOWEST = 0.9999  # decay that limits how far errors of a step add up

Reset = tuple[choices.Choice, dict[str, Any]]  # and the fields of the model
Known = dict[tuple[object, ...], list[Candidate]]  # numbers of the frames with the same plain steps


def explain_potential(trace: Trace, p: NeuronParameters) -> tuple[list[Candidate], str]:
    """The candidates that explain every step, or else the one that explains most; how exactly."""
    best, name, levels = list[Candidate](), "", precisions(trace)
    # A bound of the potential, if nothing else explains it.
    ways = product((False, True) if repeated_extremes(trace) else (False,), levels)
    for clipped, level in ways:
        found = _simplest(trace, p, level, 0, clipped=clipped)
        if found and (not best or (found[0].cost < best[0].cost and not level.absolute)):
            best = _following_the_whole(trace, level, choices.merged(found, _numbers))
            name = level.name
        if best and (best[0].cost == 0 or level.absolute or level is levels[-1]):
            return best, name
    last = levels[-1] if not trace.has_spikes else levels[1]
    if closest := _simplest(trace, p, last, len(trace.input)):
        return closest[:1], last.name
    raise InputError(
        "trace: expected steps without a spike that follow one recurrence of input and "
        f"potential, got fewer than 3 among {len(trace.input)} steps"
    )


def _simplest(
    trace: Trace, p: NeuronParameters, level: Precision, most: int, *, clipped: bool = False
) -> list[Candidate]:
    """Those with the fewest departures, at most ``most``, and of them the fewest unnamed parts."""
    best, rank, known = list[Candidate](), (most, MAX_COST), Known()
    frames = fitted_frames(trace, p, level, robust=most > 0, clipped=clipped)
    if most:
        frames = iter(sorted(frames, key=lambda f: -f.inliers.sum())[:MAX_FRAMES])
    for f in frames:
        if (f.plain & ~f.inliers)[1:].sum() <= rank[0]:  # which do not follow the recurrence
            least = MAX_COST if most else rank[1]
            for c in _candidates(f, known, rank[0], least, clipped=clipped or most > 0):
                its = int(c.departures.sum()), c.cost
                best = [*best, c] if its == rank else [c] if its < rank else best
                rank = min(rank, its)
    return best


def _candidates(
    f: Frame, known: Known, most: int, least: int, *, clipped: bool
) -> Iterator[Candidate]:
    """Candidates of one frame, with at most ``most`` departures and ``least`` unnamed parts."""
    m = f.model
    low, high = f.threshold_range(one_reset=not clipped)
    if not most and low > high:
        return
    key = f.plain.tobytes(), m.input_delay, m.shown == "after leak"
    if key not in known:
        known[key] = name_numbers(f)
    # In fixed point, only what a reset subtracts shows a threshold that has its own scale.
    own_threshold = not most and (not f.level.unit or m.reset == "subtract")
    for numbers in known[key]:
        if numbers.cost > least:
            return
        if numbers.names["scale"].name == OTHER and not own_threshold:
            threshold = numbers.scale * (f.p.v_threshold or 0.0)
            slack = numbers.loose * abs(threshold)
            if not low - slack <= threshold <= high + slack:
                continue
        of = numbers.model
        model = m._replace(a=of.a, b=of.b, c=of.c, rounding=of.rounding)
        for c in name_reset(f, numbers._replace(model=model), most):
            if not c.departures.any():
                least = min(least, c.cost)
            yield c


def _numbers(c: Candidate) -> tuple[object, ...]:
    return tuple(choices.digits(x) if isinstance(x, float) else x for x in c.model)


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


RESET_TIMES = tuple(dict.fromkeys((reset, timing) for reset, timing, _ in STRUCTURES))
DELAYS = tuple(product((0, 1, 2, 3), repeat=2))  # of the input, of the spikes
WHOLE = tuple((float(n), waiting) for waiting in ("held", "leaking") for n in range(1, 6))
WAITS = ((0.0, "held"), *WHOLE, *((n, "inside") for n in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)))
BATCH = 4096  # conventions that are simulated at once
ROUNDINGS = 16  # of a step in float32, relative to the threshold: see trace.py
USUAL = {"forward Euler", "exponential"}


def explain_spikes(trace: Trace, p: NeuronParameters) -> tuple[list[Candidate], str]:
    """All named conventions with these spikes, or else the one that departs the latest."""
    for name in ("tau", "v_threshold", "dt"):
        if getattr(p, name) is None:
            raise InputError(
                f"trace without a potential: expected the parameters tau, v_threshold and dt, "
                f"got no {name}; give it with --params or --{name.replace('_', '-')}"
            )
    at, T = np.flatnonzero(trace.spikes), len(trace.input)
    # What follows a spike is of no effect before the first one; most conventions end there.
    first, parts = int(at[0]) + 1 if len(at) else T, ["fires", "input_delay", "spike_delay"]
    found, latest = _surviving(trace, list(_quiet(trace, p)), first, counted=False)
    if latest == first and len(at):
        parts += ["several", "timing", "refractory"]
        found = [
            c.having({"reset": reset}, **fields)
            for c in found
            for reset, fields in _resets(p, c.names["decay"].name, c.model.low)
        ]
        for length in (min(int(at[min(3, len(at) - 1)]) + 2, T), T):
            found, latest = _surviving(trace, found, length, counted=True)
            if latest < length:
                break
    found = [c.reading(parts) for c in found]
    return found if latest == T else found[:1], "spikes only"


def _surviving(
    trace: Trace, found: Sequence[Candidate], length: int, *, counted: bool
) -> tuple[list[Candidate], int]:
    """Which have the recorded spikes for longest, and their first wrong step."""
    x, spikes, rows = trace.input[:length], trace.spikes[:length], list[Array]()
    for start in range(0, len(found), BATCH):
        some = [c.model for c in found[start : start + BATCH]]
        a = np.array([min(abs(m.a), SLOWEST) for m in some])
        near = ROUNDINGS * 2.0**-24 / (1 - a)[:, None]
        fired = simulate(some, x, spikes, near=near)[1]
        rows.append(fired != spikes if counted else (fired > 0) != (spikes > 0))
    wrong = np.concatenate(rows)
    first = np.where(wrong.any(axis=1), wrong.argmax(axis=1), length)
    kept = np.flatnonzero(first == first.max()).tolist()
    return [found[n]._replace(departures=wrong[n]) for n in kept], int(first.max())


def _quiet(trace: Trace, p: NeuronParameters) -> Iterator[Candidate]:
    """The product of the named choices that the first spike can show."""
    below, starts = bool((p.r * trace.input < 0).any()), named(choices.POTENTIALS, p)
    bounds = named(choices.BOUNDS, p) if below else named(choices.BOUNDS[:1], p)
    threshold = choices.Choice("v_threshold", f"{p.v_threshold:.6g}", 0)
    for decay in choices.decays(p):
        for numbers in choices.numbers(p, decay.value):
            parts = {"decay": decay, **numbers, "threshold": threshold}
            a, b, c = decay.value, numbers["order"].value, numbers["leak"].value
            m = Model("none", shown="before reset", a=a, b=b, c=c, threshold=p.v_threshold)
            usual = decay.name in USUAL and numbers["order"].name == "leak, then input"
            for (late, later), low, start, strict in product(DELAYS, bounds, starts, (False, True)):
                # A lower bound is tried with usual choices: all with each bound are too many.
                if low is bounds[0] or (usual and max(late, later) <= 1):
                    names = {**parts, "start": start} | ({"bounds": low} if below else {})
                    fields = {"low": low.value, "start": start.value, "strict": strict}
                    fields |= {"input_delay": late, "spike_delay": later}
                    yield Candidate(m._replace(**fields), names)


@cache
def _resets(p: NeuronParameters, decay: str, low: float) -> list[Reset]:
    """Each reset, alone if there is a lower bound, and its fields of the model."""
    found, bounded = list[Reset](), low > -np.inf
    for reset, timing in RESET_TIMES[:2] if bounded else RESET_TIMES:
        waits = WAITS[:1]
        if (reset, timing) == ("value", "same step") and not bounded:
            waits = WAITS if decay == "exponential" else WAITS[: 1 + len(WHOLE)]
        for amount, (steps, waiting) in product(named(choices.RESETS[reset], p), waits):
            fields = {"reset": reset, "timing": timing, "amount": amount.value}
            fields |= {"refractory": steps, "waiting": waiting}
            several = reset == "subtract" or (reset == "value" and not steps)
            found += [(amount, {**fields, "most": n}) for n in (1.0, np.inf)[: 1 + several]]
    return found
