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
from liaf_ref.oracle.explain.explanation import Explanation, make_explanation
from liaf_ref.oracle.explain.frames import DELAYS, Candidate
from liaf_ref.oracle.explain.naming import every_reset, name_numbers, name_parts
from liaf_ref.oracle.explain.neuron import Model, simulate
from liaf_ref.oracle.explain.trace import NeuronParameters, load_trace, precisions

MAX_FRAMES = 24  # that are compared for the closest convention
MAX_COST = 9  # parts without a name
SLOWEST = 0.9999  # decay that limits how far errors of a step add up
Found = list[Candidate]


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
    numbers with the named decays, input gains and scales.  Then it looks for what a spike does, the
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
    explain = explain_potential if recorded.has_potential else explain_spikes
    with np.errstate(all="ignore"):
        record = Candidate(recorded, p, precisions(recorded)[0], Model(choices.NONE), {})
        return make_explanation(explain(record), given)


def _read(params: str | Path | Mapping[str, Any] | None) -> dict[str, Any]:
    """Parameters of a mapping, or of a TOML or JSON file."""
    if isinstance(params, Mapping | None):
        return dict(params or {})
    path = check_path("params", params, "explain_trace")
    if path.suffix == ".json":
        return read_json_object(path, MAX_RECORD_BYTES)
    return read_toml(path, "TOML or JSON")[0]


def explain_potential(record: Candidate) -> Found:
    """The candidates that explain every step, or else the one that explains most."""
    trace, best, least = record.trace, list[Candidate](), MAX_COST
    levels, v = precisions(trace), trace.potential
    # If nothing else explains it, the potential has a bound, at which several steps are.
    extremes = [end for end in (v.min(), v.max()) if (v == end).sum() > 1]
    for ends, level in product(([], extremes) if extremes else ([],), levels):
        found, unnamed = _simplest(record._replace(level=level, at_bound=np.isin(v, ends)), 0)
        if found and (not best or (unnamed < least and not level.absolute)):
            best, least = _following_the_whole(_merged(found)), unnamed
        if best and (least == 0 or level.absolute or level is levels[-1]):
            return best
    last = record._replace(level=levels[1] if trace.has_spikes else levels[-1])
    if closest := _simplest(last, len(trace.input))[0]:
        return closest[:1]
    raise InputError(
        "trace: expected steps without a spike that follow one recurrence of input and "
        f"potential, got fewer than 3 among {len(trace.input)} steps"
    )


def _simplest(record: Candidate, most: int) -> tuple[Found, int]:
    """Those with the fewest departures, at most ``most``, and of them the fewest unnamed parts."""
    best, rank, known = list[Candidate](), (most, MAX_COST), dict[object, list[choices.Names]]()
    frames = record.fitted(robust=most > 0)
    if most:
        frames = iter(sorted(frames, key=lambda c: -c.inliers.sum())[:MAX_FRAMES])
    for frame in frames:
        # Those that do not follow the recurrence are no more than the departures of the best.
        if (frame.plain & ~frame.inliers)[1:].sum() > rank[0] or not (most or frame.is_possible()):
            continue
        m = frame.model
        key = frame.plain.tobytes(), m.input_delay, m.shown is choices.SHOWN_V
        if key not in known:
            known[key] = name_numbers(frame)
        for numbers in known[key]:
            if choices.cost(numbers) > (MAX_COST if most else rank[1]):
                break
            for c in name_parts(frame, numbers, rank[0]):
                its = int(c.departures.sum()), choices.cost(c.names)
                best = [*best, c] if its == rank else [c] if its < rank else best
                rank = min(rank, its)
    return best, rank[1]


def _merged(found: Found) -> Found:
    """One of those with the same numbers, which names the others."""
    first = dict[object, Candidate]()
    for c in found:
        key = tuple(choices.digits(x) if isinstance(x, float) else x for x in c.model)
        names = first.setdefault(key, c).names
        both = {part: choice.also(c.names[part]) for part, choice in names.items()}
        first[key] = first[key]._replace(names=both)
    return list(first.values())


def _following_the_whole(found: Found) -> Found:
    """Those that follow a rounded record from its first step to its last, if there are any."""
    trace, level, good = found[0].trace, found[0].level, list[Candidate]()
    if trace.rounding.max() <= 8 * level.relative * trace.largest:
        return found
    spikes = trace.spikes if trace.has_spikes else None
    followed, _ = simulate([c.model for c in found], trace.input, spikes, near=1e-3)
    exact = trace._replace(rounding=0 * trace.rounding)
    for c, potential in zip(found, followed, strict=True):
        step = c._replace(trace=exact).tolerance().max()
        slack = step / (1 - min(abs(c.model.a), SLOWEST)) + 1.01 * trace.rounding
        good += [c] * bool((abs(potential - trace.potential) <= slack).all())
    return good or found


USUAL = {"forward Euler", "exponential"}
LEAST = (0, -0.02, -0.05, -0.1, -0.2, -0.5, -1)  # lower bounds, in thresholds
BATCH = 4096  # conventions that are simulated at once
ROUNDINGS = 16  # of a step in float32, relative to the threshold: see frames.py


def explain_spikes(record: Candidate) -> Found:
    """All named conventions with these spikes, or else the one that departs the latest."""
    p, at, T = record.p, np.flatnonzero(record.trace.spikes), len(record.trace.input)
    for name in ("tau", "v_threshold", "dt"):
        if getattr(p, name) is None:
            raise InputError(
                f"trace without a potential: expected the parameters tau, v_threshold and dt, "
                f"got no {name}; give it with --params or --{name.replace('_', '-')}"
            )
    # What follows a spike is of no effect before the first one; most conventions end there.
    first = int(at[0]) + 1 if len(at) else T
    found, latest = _surviving(list(_quiet(record)), first, counted=False)
    if latest == first and len(at):
        resets = cache(lambda *chosen: [*every_reset(record, *chosen)])
        found = [
            c.having(names, **words)
            for c in found
            for names, words in resets(c.names["decay"].name, c.model.low)
        ]
        for length in (min(int(at[min(3, len(at) - 1)]) + 2, T), T):
            found, latest = _surviving(found, length, counted=True)
            if latest < length:
                break
    return found if latest == T else found[:1]


def _surviving(found: Found, length: int, *, counted: bool) -> tuple[Found, int]:
    """Which have the recorded spikes for longest, and their first wrong step."""
    trace, rows = found[0].trace, list[Array]()
    x, spikes = trace.input[:length], trace.spikes[:length]
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


def _quiet(record: Candidate) -> Iterator[Candidate]:
    """The product of the named choices that the first spike can show."""
    p, v_th = record.p, record.p.v_threshold or 0.0
    delays = [choices.Choice(f"{n}", value=n) for n in DELAYS]
    texts = {n: f"at least {n:g} v_threshold" if n else "at least 0" for n in LEAST}
    bounds = [choices.Choice("none", value=-np.inf)]
    bounds += [choices.Choice(text, value=n * v_th) for n, text in texts.items()]
    each = {"input_delay": delays, "spike_delay": delays, "bounds": bounds}
    each |= {"start": choices.named(choices.POTENTIALS, p), "fires": [*choices.FIRES]}
    if not (p.r * record.trace.input < 0).any():
        del each["bounds"]
    threshold = choices.Choice("v_threshold", f"{v_th:.6g}", v_th)
    for decay in choices.decays(p):
        for numbers in choices.numbers(p, decay.value):
            first = {"decay": decay, **numbers, "threshold": threshold}
            usual = decay.name in USUAL and numbers["order"].name == "leak, then input"
            for late, later, *others in product(*each.values()):
                # A lower bound is tried with usual choices: all with each bound are too many.
                if others[0] not in bounds[1:] or (usual and max(late.value, later.value) <= 1):
                    names = dict(zip(each, (late, later, *others), strict=True))
                    yield record.having(first | names, shown=choices.SHOWN_U)
