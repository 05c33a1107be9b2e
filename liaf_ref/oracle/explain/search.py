"""Find the conventions that reproduce a recording: frame by frame, and then the simplest."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.safe_load import MAX_RECORD_BYTES, read_json_object, read_toml
from liaf_ref._core.validation import check_path
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.choices import Candidate, Choice, named
from liaf_ref.oracle.explain.explanation import Explanation, make_explanation
from liaf_ref.oracle.explain.frames import STRUCTURES, fitted_frames, repeated_extremes
from liaf_ref.oracle.explain.naming import name_numbers, name_parts
from liaf_ref.oracle.explain.neuron import Model, simulate
from liaf_ref.oracle.explain.trace import NeuronParameters, Precision, Trace, load_trace, precisions

MAX_FRAMES = 24  # that are compared for the closest convention
MAX_COST = 9  # parts without a name
SLOWEST = 0.9999  # decay that limits how far errors of a step add up

Reset = tuple[Choice, dict[str, Any]]  # and the fields of the model
Known = dict[tuple[object, ...], list[Candidate]]  # numbers of the frames with the same plain steps


def explain_trace(
    trace: str | Path | Mapping[str, Any],
    params: str | Path | Mapping[str, Any] | None = None,
    *,
    columns: Sequence[str] | None = None,
    **known: float,
) -> Explanation:
    """Find the neuron conventions that reproduce a recorded trace.

    A trace has the input of one neuron in each step, and its potential or its spikes or both.
    The search fits ``U[t] = a R[t-1] + b x[t] + c`` to the steps without a spike, and compares the
    numbers with the named decays, input gains and scales.  Then it looks for the reset, the
    threshold and the delays.

    Parameters
    ----------
    trace : path or mapping
        A CSV file, or arrays of shape (T,) by the names ``input``, ``potential``, ``spikes`` and
        ``time``.  ``potential`` or ``spikes`` may be missing.
    params : path or mapping, optional
        ``tau`` and ``dt`` in the same unit, ``r``, ``v_leak``, ``v_threshold`` and ``v_reset``
        of ``tau dv/dt = (v_leak - v) + r I``: a mapping, or a TOML or JSON
        file.  ``liaf_ref.interop.nir.read_neuron`` makes the mapping of a
        ``.nir`` file.  Unknown parameters are fitted to the potential.
    columns : sequence of str, optional
        Names of the columns of a CSV file; by default those of its header, or ``input``,
        ``potential`` and ``spikes`` if it has no header.
    **known : float
        Single parameters; they replace those of ``params``.

    Returns
    -------
    Explanation
        The conventions, what remains possible, and an input that tells it apart.

    Raises
    ------
    FormatError
        If a file cannot be read.
    InputError
        If a value is invalid, or a trace without a potential comes without ``tau``,
        ``dt`` and ``v_threshold``.

    Examples
    --------
    >>> from liaf_ref import oracle
    >>> trace = {"input": [0, 3, 0, 0, 9], "potential": [0, 0.3, 0.27, 0.243, 0],
    ...          "spikes": [0, 0, 0, 0, 1]}
    >>> found = oracle.explain_trace(trace, tau=10, dt=1, v_threshold=1)
    >>> found.explained, found.conventions["decay"], found.conventions["gain"]
    (True, 'forward Euler', 'r dt/tau')
    """
    recorded = load_trace(trace, () if columns is None else columns)
    given: dict[str, Any] = {} if recorded.dt is None else {"dt": recorded.dt}
    where = "params" if isinstance(params, Mapping | None) else str(params)
    given |= _read(params) | known
    p = NeuronParameters.from_record(given, where)
    with np.errstate(all="ignore"):
        explain = explain_potential if recorded.has_potential else explain_spikes
        return make_explanation(recorded, *explain(recorded, p), given)


def _read(params: str | Path | Mapping[str, Any] | None) -> dict[str, Any]:
    """Parameters of a mapping, or of a TOML or JSON file."""
    if isinstance(params, Mapping | None):
        return dict(params or {})
    path = check_path("params", params, "explain_trace")
    if path.suffix == ".json":
        return read_json_object(path, MAX_RECORD_BYTES)
    return read_toml(path, "TOML or JSON")[0]


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
    last = levels[1] if trace.has_spikes else levels[-1]
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
        # Those that do not follow the recurrence are no more than the departures of the best.
        if (f.plain & ~f.inliers)[1:].sum() > rank[0] or not (most or f.is_possible(clipped)):
            continue
        key = f.plain.tobytes(), f.model.input_delay, f.model.shown == "after leak"
        if key not in known:
            known[key] = name_numbers(f)
        for numbers in known[key]:
            if numbers.cost > (MAX_COST if most else rank[1]):
                break
            for c in name_parts(f, numbers, rank[0]):
                its = int(c.departures.sum()), c.cost
                best = [*best, c] if its == rank else [c] if its < rank else best
                rank = min(rank, its)
    return best


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
DELAYS = (0, 1, 2, 3)  # of the input, of the spikes
WHOLE = tuple((float(n), waiting) for waiting in ("held", "leaking") for n in range(1, 6))
WAITS = ((0.0, "held"), *WHOLE, *((n, "inside") for n in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)))
USUAL = {"forward Euler", "exponential"}
LEAST = (0, -0.02, -0.05, -0.1, -0.2, -0.5, -1)  # lower bounds, in thresholds
BATCH = 4096  # conventions that are simulated at once
ROUNDINGS = 16  # of a step in float32, relative to the threshold: see trace.py


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
    v_th, below = p.v_threshold or 0.0, bool((p.r * trace.input < 0).any())
    threshold, bounds = Choice("v_threshold", f"{v_th:.6g}"), [Choice("none", value=-np.inf)]
    bounds += [
        Choice(f"at least {n:g} v_threshold" if n else "at least 0", value=n * v_th) for n in LEAST
    ] * below
    for decay in choices.decays(p):
        for numbers in choices.numbers(p, decay.value):
            a, b, c = decay.value, numbers["order"].value, numbers["leak"].value
            m = Model("none", shown="before reset", a=a, b=b, c=c, threshold=v_th)
            usual = decay.name in USUAL and numbers["order"].name == "leak, then input"
            ways = product(DELAYS, DELAYS, bounds, named(choices.POTENTIALS, p), (False, True))
            for late, later, low, start, strict in ways:
                # A lower bound is tried with usual choices: all with each bound are too many.
                if low is bounds[0] or (usual and max(late, later) <= 1):
                    names = {"decay": decay, **numbers, "threshold": threshold, "start": start}
                    names |= {"bounds": low} if below else {}
                    fields: dict[str, Any] = {"input_delay": late, "spike_delay": later}
                    fields |= {"low": low.value, "start": start.value, "strict": strict}
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
