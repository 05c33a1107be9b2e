"""What explains a trace, what remains possible, how to tell it apart, and its figure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from liaf_ref._core.palette import BLACK, BLUE, ORANGE, VERMILION
from liaf_ref._core.png import figure_to_png, new_figure
from liaf_ref._core.text import count
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain.choices import PARTS, Choice
from liaf_ref.oracle.explain.frames import Candidate
from liaf_ref.oracle.explain.neuron import count_spikes, find_input, held, shift, simulate
from liaf_ref.oracle.explain.trace import Trace

WIDTH = 33  # of the labels of a report
MIN_STEPS = 12  # that show five numbers
MAX_COMPARED = 256  # remaining conventions that an input is searched for
RELATIVE = 1e-5  # of the largest potential
DRIVEN_BY = {
    "input": "the input, as a synaptic current",
    "spikes": "the spikes, as an adaptation after each spike",
    "potential": "the potential, as a subthreshold adaptation",
}


@dataclass(frozen=True)
class Explanation:
    """The conventions that reproduce a trace.

    Attributes
    ----------
    explained : bool
        Whether a convention reproduces every step.
    precision : str
        The arithmetic within which it does: float64, float32, or a fixed point.
    conventions : dict of str to str
        Name of the choice for each part: ``"decay"``, ``"reset"``, ``"fires"`` and others.
    alternatives : dict of str to tuple of str
        For each part that the trace leaves open, the choices that remain possible.
    equal : dict of str to tuple of str
        For each part, other choices that are the same for these parameters.
    numbers : dict of str to float
        ``a``, ``b`` and ``c`` of ``U[t] = a R[t-1] + b x[t] + c``, the ``threshold``, and
        the ``reset``: its value or what it subtracts; all in the units of the trace.
    departures : int
        Number of steps that depart from the conventions.
    first_departure : dict or None
        ``step`` (from 0), ``column``, ``expected`` and ``recorded`` value.
    largest_error : float
        Largest difference between a recorded potential and the one predicted from the step
        before it.
    test_input : numpy.ndarray or None
        An input of few steps under which the remaining conventions differ.
    results : int
        Number of different results that the remaining conventions have under ``test_input``.
    replaced : dict of str to str
        The parameters that were given and that the trace does not show: what it shows instead.
    second_state : str
        What drives a second state beside the potential, if one explains the trace.

    Examples
    --------
    >>> from liaf_ref import oracle
    >>> trace = {"input": [0, 3, 0, 0, 9], "potential": [0, 0.3, 0.27, 0.243, 0],
    ...          "spikes": [0, 0, 0, 0, 1]}
    >>> found = oracle.explain_trace(trace, {"tau": 10, "dt": 1, "v_threshold": 1})
    >>> found.conventions["decay"], found.conventions["reset"]
    ('forward Euler', 'to v_reset')
    >>> found.alternatives["fires"]
    ('>=', '>')
    """

    explained: bool
    precision: str
    conventions: dict[str, str]
    alternatives: dict[str, tuple[str, ...]]
    equal: dict[str, tuple[str, ...]]
    numbers: dict[str, float]
    departures: int
    first_departure: dict[str, Any] | None
    largest_error: float
    test_input: Array | None
    results: int
    replaced: dict[str, str]
    second_state: str
    _found: list[Candidate]

    def to_dict(self) -> dict[str, Any]:
        """Convert to values that JSON can hold.

        Returns
        -------
        dict
            Attribute name to value; infinite numbers are None.
        """
        public = {name: value for name, value in vars(self).items() if name[0] != "_"}
        given = None if self.test_input is None else self.test_input.tolist()
        finite = {name: x if np.isfinite(x) else None for name, x in self.numbers.items()}
        return public | {"numbers": finite, "test_input": given}

    def __str__(self) -> str:
        """The report of ``liaf-ref oracle explain``."""
        given = "given, but not what this trace shows"
        lines = [f"{given}: {name}; it shows {instead}" for name, instead in self.replaced.items()]
        if self.second_state:
            lines.append(f"there is a second state, {self.second_state}")
        return "\n".join([*self._head(), *lines, "", *self._table(), *self._open()])

    def _head(self) -> Iterator[str]:
        trace, first = self._found[0].trace, self.first_departure
        T = len(trace.input)
        if first is None:
            yield f"explained: {count(T, 'step')}, {self.precision}"
            if trace.has_potential:
                yield f"largest error of a step: {self.largest_error:.3g}"
            return
        closest = f"the closest one departs in {count(self.departures, 'step')} of {T}"
        if not trace.has_potential:
            closest = "of all conventions, this one departs the latest"
        yield f"not explained: no convention reproduces this trace; {closest}"
        values = f"expected {first['expected']:.9g}, recorded {first['recorded']:.9g}"
        yield f"first departure: step {first['step']}: {first['column']}: {values}"

    def _table(self) -> Iterator[str]:
        for part in self.conventions:
            choice = self._found[0].names[part]
            names = in_short(self.alternatives.get(part, ())) if self.explained else ()
            equation = f"   ({choice.equation})" if choice.equation and not names else ""
            text = " or ".join(names) or choice.name
            yield f"{PARTS[part].label + ':':<{WIDTH}}{text}{equation}"
            if choice.same:
                yield f"{'':<{WIDTH}}the same for these parameters: {', '.join(choice.same)}"

    def _open(self) -> Iterator[str]:
        """What remains possible, and the input that tells it apart."""
        if not self.alternatives or not self.explained:
            return
        combinations = count(len(self._found), "combination")
        yield from ("", f"remains possible ({combinations}):")
        for part, names in self.alternatives.items():
            yield f"  {PARTS[part].label}: {', '.join(in_short(names))}   [{PARTS[part].reason}]"
        if self.test_input is None:
            yield from ("", "no input was found that tells them apart")
            return
        different = count(self.results, "different result")
        yield from ("", f"an input that tells them apart ({different} for {combinations}):")
        yield "  " + ", ".join(map(repr, self.test_input.tolist()))


def in_short(names: Iterable[str]) -> list[str]:
    """The names, with three or more whole numbers in a row as a range."""

    def first(one: tuple[int, str]) -> str:  # of whole numbers in a row, and what follows them
        return re.sub(r"^\d+(?= |$)", lambda number: f"{int(number[0]) - one[0]}", one[1])

    short = list[str]()
    for _, group in groupby(enumerate(names), first):
        some = [name for _, name in group]
        short += [f"{some[0].split()[0]} to {some[-1]}"] if len(some) > 2 else some
    return short


def make_explanation(found: list[Candidate], given: Mapping[str, float]) -> Explanation:
    """From the candidates, the simplest first."""
    best, m, trace = found[0], found[0].model, found[0].trace
    predicted = _predicted(best)
    names = {part: best.names[part] for part in PARTS if part in best.names}
    seen = {
        part: tuple(dict.fromkeys(c.names[part].name for c in found if part in c.names))
        for part in names
    }
    end = len(trace.input) - max(m.spike_delay, 0)  # later spikes are not recorded
    errors = abs(predicted.get("potential", 0.0) - trace.potential)[1:end]
    test_input, results = find_input([c.model for c in found[:MAX_COMPARED]], trace)
    return Explanation(
        explained=not best.departures.any(),
        precision=best.level.name,
        conventions={part: some[0] for part, some in seen.items()},
        alternatives={part: some for part, some in seen.items() if len(some) > 1},
        equal={part: choice.same for part, choice in names.items() if choice.same},
        numbers={"a": m.a, "b": m.b, "c": m.c, "threshold": m.threshold, "reset": m.amount},
        departures=int(best.departures.sum()),
        first_departure=_first_departure(best, predicted),
        largest_error=float(errors.max()),
        test_input=test_input,
        results=results,
        replaced=dict(_replaced(names, given)),
        second_state=second_state(trace) if best.departures.any() else "",
        _found=found,
    )


def _predicted(best: Candidate) -> dict[str, Array]:
    """The recorded columns by the best candidate, each step from the recorded one before."""
    m, trace = best.model, best.trace
    if not trace.has_potential:
        return {"spikes": simulate([m], trace.input, trace.spikes, near=1e-6)[1][0]}
    U, shown = best.predict()
    spikes = shift(count_spikes(m, U, held(best.fired, int(m.refractory))), m.spike_delay)
    return ({"spikes": spikes} if trace.has_spikes else {}) | {"potential": shown}


def _replaced(names: Mapping[str, Choice], given: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """Parameters that were given and are not those of the explanation."""
    for part, choice in names.items():
        name = PARTS[part].parameter
        if name in given:
            texts = " ".join((choice.name, choice.equation, *choice.same))
            # A decay of few bits does not name tau, which it follows.
            unnamed = part != "decay" and not re.search(rf"\b{name}\b", texts)
            if choice.name == "fitted" or unnamed:
                instead = f"{PARTS[part].label}: {choice.name} {choice.equation}".strip()
                yield f"{name} = {given[name]:g}", instead


def _first_departure(best: Candidate, predicted: Mapping[str, Array]) -> dict[str, Any] | None:
    if not best.departures.any():
        return None
    step = int(best.departures.argmax())
    # A wrong spike is named first: it explains the wrong potential of its step.
    values = {name: (row[step], getattr(best.trace, name)[step]) for name, row in predicted.items()}
    column = next((name for name, (own, record) in values.items() if own != record), [*values][-1])
    expected, recorded = map(float, values[column])
    return {"step": step, "column": column, "expected": expected, "recorded": recorded}


def second_state(trace: Trace) -> str:
    """What drives it, and the factors by which both states decay; empty if one explains nothing."""
    # U = a R + b x + k w, and w decays by q. Without w, of two steps without a spike:
    # v[t] = (a + q) v[t-1] - a q v[t-2] + b x[t] + d x[t-1] + c.
    v, x = trace.potential, trace.input
    quiet = trace.spikes == 0
    steps = np.flatnonzero(quiet[2:] & quiet[1:-1]) + 2
    if len(steps) < MIN_STEPS:
        return ""
    A = np.stack([v[steps - 1], v[steps - 2], x[steps], x[steps - 1], np.ones(len(steps))], axis=1)
    scale = np.maximum(abs(A).max(axis=0), 1e-300)
    numbers = np.linalg.lstsq(A / scale, v[steps], rcond=1e-12)[0] / scale
    limit = 4 * (RELATIVE * abs(v[steps]).max() + 8 * trace.rounding.max())
    numbers[abs(numbers) * scale <= limit] = 0.0
    first, second, b, d, _ = numbers
    if (abs(A @ numbers - v[steps]) > limit).any() or second == 0 or b == 0:
        return ""
    poles = np.roots([1.0, -first, -second])
    # A state that only decays between spikes cancels: the zero of the input is one of the poles,
    # to one digit fewer than the text shows.
    zero = -d / b
    if abs(zero) < np.sqrt(RELATIVE):
        driven = "input"
    else:
        driven = "spikes" if np.isclose(poles, zero, atol=1e-3).any() else "potential"
    decays = " and ".join(f"{size:.4g}" for size in sorted(abs(poles), reverse=True))
    turns = "oscillate and " if np.iscomplex(poles).any() else ""
    return f"driven by {DRIVEN_BY[driven]}; the states {turns}decay by {decays} a step"


def draw_explanation(found: Explanation) -> bytes:
    """Draw the input, and the recorded and the predicted potential with the spikes."""
    best, first = found._found[0], found.first_departure
    trace = best.trace
    steps, at = np.arange(len(trace.input)), np.flatnonzero(trace.spikes)
    picture = new_figure(9, 5)
    above, below = picture.subplots(2, 1, sharex=True, height_ratios=(1, 3))
    above.step(steps, trace.input, where="mid", color=BLACK)
    above.set(ylabel="input")
    height = np.ones(len(steps))
    if trace.has_potential:
        height, predicted = trace.potential, _predicted(best)["potential"]
        below.plot(steps, height, color=BLUE, lw=3, alpha=0.5, label="recorded")
        about = "predicted from the step before"
        below.plot(steps, predicted, color=VERMILION, ls="--", label=about)
        if np.isfinite(found.numbers["threshold"]):
            below.axhline(found.numbers["threshold"], color=BLACK, ls=":")
        below.set(ylabel="potential")
    if len(at):
        below.plot(at, height[at], "o", color=ORANGE, label="recorded spike")
    if first is not None:
        below.axvline(first["step"], color=BLACK, lw=1, label=f"first departure: {first['step']}")
    below.set(xlabel="step")
    picture.legend(loc="outside upper center", ncols=4)
    return figure_to_png(picture)
