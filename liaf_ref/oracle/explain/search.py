"""Find the conventions that reproduce a recorded potential: frame by frame, then the simplest."""

from collections.abc import Iterator

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.oracle.explain.choices import Candidate
from liaf_ref.oracle.explain.frames import (
    Fitted,
    Partial,
    Recurrence,
    Setting,
    fitted_frames,
    fitted_model,
    repeated_extremes,
)
from liaf_ref.oracle.explain.neuron import Model, simulate
from liaf_ref.oracle.explain.precision import Precision, precisions
from liaf_ref.oracle.explain.resets import has_one_reset, name_numbers, name_reset, threshold_range
from liaf_ref.oracle.explain.trace import NeuronParameters, Trace

MAX_FRAMES = 24  # that are compared for the closest convention
MAX_COST = 9  # parts without a name

Known = dict[tuple[object, ...], list[Partial]]  # numbers of the frames with the same plain steps


def explain_potential(trace: Trace, p: NeuronParameters) -> tuple[list[Candidate], Precision]:
    """The candidates that explain every step, or else the one that explains most."""
    levels = precisions(trace)
    best: tuple[list[Candidate], Precision] | None = None
    for clipped in (False, True):  # a bound of the potential, if nothing else explains it
        feasible = _feasible(trace, levels[-1], clipped=clipped)
        for level in levels:
            found = _explaining(trace, p, level, feasible, clipped=clipped)
            if found and (best is None or (found[0].cost < best[0][0].cost and not level.absolute)):
                best = found, level
            if best and (best[0][0].cost == 0 or level.absolute):
                return best
        if best:
            return best
    last = levels[-1] if trace.spikes is None else levels[1]
    return [_best(trace, p, last)], last


def _feasible(trace: Trace, coarsest: Precision, *, clipped: bool) -> list[Fitted] | None:
    """The frames whose plain steps follow a recurrence; None: they depend on the precision."""
    if clipped and not repeated_extremes(trace):
        return []
    if trace.spikes is None:
        return None
    frames = fitted_frames(trace, coarsest, robust=False, clipped=clipped)
    return [
        (frame, fit)
        for frame, fit in frames
        if not (frame.plain & ~fit.inliers)[1:].any()
        and (clipped or has_one_reset(trace, coarsest, frame, fit))
    ]


def _explaining(
    trace: Trace,
    p: NeuronParameters,
    level: Precision,
    feasible: list[Fitted] | None,
    *,
    clipped: bool,
) -> list[Candidate]:
    found: list[Candidate] = []
    least = MAX_COST
    known: Known = {}
    frames = list(_exact_frames(trace, level, feasible, clipped=clipped))
    for own_threshold in (False, True):
        for frame, fit in frames:
            setting = Setting(trace, p, level, frame)
            for c in _candidates(setting, fit, known, 0, least, own_threshold=own_threshold):
                if not c.departures.any():
                    found.append(c)
                    least = min(least, c.cost)
        if found:
            found = [c for c in found if c.cost == least]
            return _following_the_whole(trace, level, _merged(found))
    return []


def _exact_frames(
    trace: Trace, level: Precision, feasible: list[Fitted] | None, *, clipped: bool
) -> Iterator[Fitted]:
    """The frames whose plain steps and resets are within the precision."""
    screen = level.screen(trace)
    frames = iter(feasible or ())
    if feasible is None:
        frames = fitted_frames(trace, level, robust=False, clipped=clipped)
    for frame, fit in frames:
        if fit.worst > 4 * screen or (frame.plain & ~fit.inliers)[1:].any():
            continue
        if feasible is not None or clipped or has_one_reset(trace, level, frame, fit):
            yield frame, fit


def _best(trace: Trace, p: NeuronParameters, level: Precision) -> Candidate:
    """The candidate with the fewest departures."""
    best: Candidate | None = None
    known: Known = {}
    frames = [
        (int((~fit.inliers)[1:].sum()), number, frame, fit)
        for number, (frame, fit) in enumerate(fitted_frames(trace, level, robust=True))
    ]
    for _, _, frame, fit in sorted(frames, key=lambda one: one[:2])[:MAX_FRAMES]:
        most = len(trace.input) if best is None else int(best.departures.sum())
        if (frame.plain & ~fit.inliers)[1:].sum() > most:
            continue
        setting = Setting(trace, p, level, frame)
        for c in _candidates(setting, fit, known, most, MAX_COST, own_threshold=False):
            if best is None or c.rank_of_failure < best.rank_of_failure:
                best = c
    if best is None:
        raise InputError(
            "trace: expected steps without a spike that follow one recurrence of input and "
            f"potential, got fewer than 3 among {len(trace.input)} steps"
        )
    return best


def _candidates(
    s: Setting, fit: Recurrence, known: Known, most: int, least: int, *, own_threshold: bool
) -> Iterator[Candidate]:
    """Candidates of one frame, with at most ``most`` departures and ``least`` unnamed parts."""
    base = _base(s, fit)
    if base is None:
        return
    low, high = threshold_range(s, base)
    if not most and low > high:
        return
    # In fixed point, only what a reset subtracts shows a threshold that has its own scale.
    own_threshold = own_threshold and (not s.level.unit or base.reset == "subtract")
    for numbers in _numbers(s, fit, base, known):
        if numbers.cost > least:
            return
        if not own_threshold and not _has_threshold(s, numbers, low, high):
            continue
        of = numbers.model
        model = base._replace(a=of.a, b=of.b, c=of.c, rounding=of.rounding)
        for c in name_reset(s, numbers._replace(model=model), most):
            if not c.departures.any():
                least = min(least, c.cost)
            yield c


def _has_threshold(s: Setting, numbers: Partial, low: float, high: float) -> bool:
    """Whether a scale without a name makes the known threshold one that the spikes allow."""
    known = s.p.v_threshold
    if known is None or not numbers.has_free_scale:
        return True
    slack = numbers.looseness(s) * known * numbers.scale
    return low - slack <= numbers.scale * (known - numbers.offset) <= high + slack


def _base(s: Setting, fit: Recurrence) -> Model | None:
    """The fitted numbers, and the marker; None: the record does not have this structure."""
    structure = s.frame.structure
    if s.level.unit and (structure.shown == "after leak" or s.frame.waiting == "inside"):
        return None
    base = fitted_model(s.frame, fit, s.level)
    if structure.shown != "marker":
        return base
    marked = s.trace.recorded_potential[s.frame.fired > 0]
    if len(marked) == 0 or np.ptp(marked) > 0:
        return None
    return base._replace(marker=float(marked[0]))


def _numbers(s: Setting, fit: Recurrence, base: Model, known: Known) -> list[Partial]:
    """Named numbers of the plain steps, those with most names first."""
    frame = s.frame
    key = (frame.plain.tobytes(), frame.input_delay, frame.structure.shown == "after leak",
           frame.fired.tobytes())  # fmt: skip
    if key not in known:
        known[key] = sorted(name_numbers(s, fit, base), key=lambda partial: partial.cost)
    return known[key]


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
