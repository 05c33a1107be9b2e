"""What explains a trace, what remains possible, how to tell it apart, and its figure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref._core.palette import BLACK, BLUE, ORANGE, VERMILION
from liaf_ref._core.png import figure_to_png, new_figure
from liaf_ref._core.text import count
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain import choices
from liaf_ref.oracle.explain.choices import Candidate
from liaf_ref.oracle.explain.neuron import ProbeInput
from liaf_ref.oracle.explain.trace import Trace

MIN_STEPS = 12  # that show five numbers
RELATIVE = 1e-5  # of the largest potential
DRIVEN_BY = {
    "input": "the input, as a synaptic current",
    "spikes": "the spikes, as an adaptation after each spike",
    "potential": "the potential, as a subthreshold adaptation",
}


def second_state(trace: Trace) -> str:
    """What drives it, and the factors by which both states decay; empty if one explains nothing."""
    # U = a R + b x + k w, and w decays by q. Without w, of two steps without a spike:
    # v[t] = (a + q) v[t-1] - a q v[t-2] + b x[t] + d x[t-1] + c.
    if trace.potential is None:
        return ""
    v, x = trace.recorded_potential, trace.input
    quiet = np.ones(len(v), bool) if trace.spikes is None else trace.spikes == 0
    steps = np.flatnonzero(quiet[2:] & quiet[1:-1]) + 2
    if len(steps) < MIN_STEPS:
        return ""
    columns = [v[steps - 1], v[steps - 2], x[steps], x[steps - 1], np.ones(len(steps))]
    found = _exact_fit(np.stack(columns, axis=1), v[steps], trace)
    if found is None or found[1] == 0 or found[2] == 0:
        return ""
    first, second, b, d, _ = found
    poles = np.roots([1.0, -first, -second])
    # A state that only decays between spikes cancels: the zero of the input is one of the poles.
    zero = -d / b
    if abs(zero) < np.sqrt(RELATIVE):
        driven = "input"
    else:
        driven = "spikes" if np.isclose(poles, zero, atol=1e-3).any() else "potential"
    decays = " and ".join(f"{size:.4g}" for size in sorted(abs(poles), reverse=True))
    turns = "oscillate and " if np.iscomplex(poles).any() else ""
    return f"driven by {DRIVEN_BY[driven]}; the states {turns}decay by {decays} a step"


def _exact_fit(A: Array, y: Array, trace: Trace) -> Array | None:
    """Least squares, if all steps follow it."""
    scale = np.maximum(abs(A).max(axis=0), 1e-300)
    found: Array = np.linalg.lstsq(A / scale, y, rcond=1e-12)[0] / scale
    limit = RELATIVE * abs(y).max() + 8 * trace.rounding.max()
    found[np.abs(found) * scale <= 4 * limit] = 0.0
    return found if (abs(A @ found - y) <= 4 * limit).all() else None


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
    _equations: dict[str, str]
    _reasons: dict[str, str]
    _predicted: Array | None
    _trace: Trace
    _remaining: int

    def to_dict(self) -> dict[str, Any]:
        """Convert to values that JSON can hold.

        Returns
        -------
        dict
            Attribute name to value; infinite numbers are None.
        """
        public = {name: value for name, value in vars(self).items() if name[0] != "_"}
        public["numbers"] = {name: _finite(value) for name, value in self.numbers.items()}
        public["largest_error"] = _finite(self.largest_error)
        if self.test_input is not None:
            public["test_input"] = self.test_input.tolist()
        return public

    def __str__(self) -> str:
        """The report of ``liaf-ref oracle explain``."""
        return "\n".join([*self._head(), *self._notes(), "", *self._table(), *self._open(),
                          *self._input()])  # fmt: skip

    def _head(self) -> list[str]:
        T = len(self._trace.input)
        if self.explained:
            error = f"largest error of a step: {self.largest_error:.3g}"
            explained = f"explained: {count(T, 'step')}, {self.precision}"
            return [explained] if self._trace.potential is None else [explained, error]
        first = self.first_departure or {}
        closest = (
            f"the closest one departs in {count(self.departures, 'step')} of {T}"
            if self._trace.potential is not None
            else "of all conventions, this one departs the latest"
        )
        return [
            f"not explained: no convention reproduces this trace; {closest}",
            f"first departure: step {first['step']}: {first['column']}: "
            f"expected {first['expected']:.9g}, recorded {first['recorded']:.9g}",
        ]

    def _notes(self) -> list[str]:
        lines = [f"given, but not what this trace shows: {name}; it shows {instead}"
                 for name, instead in self.replaced.items()]  # fmt: skip
        if self.second_state:
            lines.append(f"there is a second state, {self.second_state}")
        return lines

    def _table(self) -> list[str]:
        lines = []
        for part, label in choices.PARTS.items():
            if part not in self.conventions:
                continue
            equation = self._equations[part]
            names = choices.in_short(self.alternatives.get(part, ())) if self.explained else ()
            text = " or ".join(names) or self.conventions[part]
            text += f"   ({equation})" if equation and not names else ""
            lines.append(f"{label + ':':<33}{text}")
            if part in self.equal:
                lines.append(f"{'':<33}the same for these parameters: "
                             f"{', '.join(self.equal[part])}")  # fmt: skip
        return lines

    def _open(self) -> list[str]:
        if not self.alternatives or not self.explained:
            return []
        lines = ["", f"remains possible ({count(self._remaining, 'combination')}):"]
        for part, names in self.alternatives.items():
            text = ", ".join(choices.in_short(names))
            lines.append(f"  {choices.PARTS[part]}: {text}   [{self._reasons[part]}]")
        return lines

    def _input(self) -> list[str]:
        if self.test_input is None or not self.explained:
            if self.explained and self.alternatives:
                return ["", "no input was found that tells them apart"]
            return []
        numbers = ", ".join(f"{x!r}" for x in self.test_input.tolist())
        return [
            "",
            f"an input that tells them apart ({count(self.results, 'different result')} "
            f"for {count(self._remaining, 'combination')}):",
            f"  {numbers}",
        ]


# Where an explanation shows a parameter, and the parts whose texts say which one it is.
SHOWN_BY = {"tau": "decay", "r": "gain", "v_leak": "leak", "v_threshold": "threshold"}
SHOWN_BY |= {"v_reset": "reset"}
NAMED_IN = {"gain", "leak", "reset"}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def make_explanation(
    trace: Trace,
    found: list[Candidate],
    precision: str,
    predicted: tuple[Array | None, Array],
    test_input: ProbeInput | None,
    given: Mapping[str, float],
) -> Explanation:
    """From the candidates, the simplest first."""
    best = found[0]
    parts = [part for part in choices.PARTS if part in best.names]
    seen = {part: tuple(dict.fromkeys(c.names[part].name for c in found if part in c.names))
            for part in parts}  # fmt: skip
    seen = {part: names for part, names in seen.items() if len(names) > 1}
    silent = not any(c.model.reset != "none" and np.isfinite(c.model.threshold) for c in found)
    no_spike = (trace.spikes is not None and not trace.spikes.any()) or silent
    reasons = {
        part: "no spike in this trace"
        if no_spike and part in choices.NEEDS_SPIKES
        else choices.REASONS.get(part, choices.OTHER_REASON)
        for part in seen
    }
    m = best.model
    potential, spikes = predicted
    error = 0.0
    if potential is not None and trace.potential is not None:
        end = len(potential) - max(int(m.spike_delay), 0)  # later spikes are not recorded
        error = float(abs(potential - trace.potential)[1:end].max())
    return Explanation(
        explained=not best.departures.any(),
        precision=precision,
        conventions={part: best.names[part].name for part in parts},
        alternatives=seen,
        equal={part: best.names[part].same for part in parts if best.names[part].same},
        numbers={"a": m.a, "b": m.b, "c": m.c, "threshold": m.threshold, "reset": m.amount},
        departures=int(best.departures.sum()),
        first_departure=_first_departure(trace, best, potential, spikes),
        largest_error=error,
        test_input=None if test_input is None else test_input.input,
        results=0 if test_input is None else test_input.results,
        replaced=_replaced(best, given),
        second_state=second_state(trace) if best.departures.any() else "",
        _equations={part: best.names[part].equation for part in parts},
        _reasons=reasons,
        _predicted=potential,
        _trace=trace,
        _remaining=len(found),
    )


def _replaced(best: Candidate, given: Mapping[str, float]) -> dict[str, str]:
    """Parameters that were given and are not those of the explanation."""
    found = {}
    for name, part in SHOWN_BY.items():
        if name in given and part in best.names:
            choice = best.names[part]
            texts = " ".join((choice.name, choice.equation, *choice.same))
            fitted = choice.name == "fitted"
            if fitted or (part in NAMED_IN and not re.search(rf"\b{name}\b", texts)):
                instead = f"{choice.name} {choice.equation}".strip()
                found[f"{name} = {given[name]:g}"] = f"{choices.PARTS[part]}: {instead}"
    return found


def _first_departure(
    trace: Trace, best: Candidate, potential: Array | None, spikes: Array
) -> dict[str, Any] | None:
    if not best.departures.any():
        return None
    step = int(best.departures.argmax())
    # A wrong spike is named first: it explains the wrong potential of its step.
    if potential is None or (trace.spikes is not None and spikes[step] != trace.spikes[step]):
        values = ("spikes", spikes[step], trace.recorded_spikes[step])
    else:
        values = ("potential", potential[step], trace.recorded_potential[step])
    column, expected, recorded = values
    return {"step": step, "column": column, "expected": float(expected),
            "recorded": float(recorded)}  # fmt: skip


def draw_explanation(found: Explanation) -> bytes:
    """Draw the input, and the recorded and the predicted potential with the spikes."""
    trace, first = found._trace, found.first_departure
    steps = np.arange(len(trace.input))
    picture = new_figure(9, 5)
    above, below = picture.subplots(2, 1, sharex=True, height_ratios=(1, 3))
    above.step(steps, trace.input, where="mid", color=BLACK, lw=1)
    above.set(ylabel="input")
    if trace.potential is not None and found._predicted is not None:
        below.plot(steps, trace.potential, color=BLUE, lw=3, alpha=0.5, label="recorded")
        below.plot(
            steps,
            found._predicted,
            color=VERMILION,
            lw=1,
            ls="--",
            label="predicted from the step before",
        )
        if np.isfinite(found.numbers["threshold"]):
            below.axhline(found.numbers["threshold"], color="grey", lw=0.8, ls=":")
        below.set(ylabel="potential")
    if trace.spikes is not None:
        at = np.flatnonzero(trace.spikes)
        height = trace.potential[at] if trace.potential is not None else np.ones(len(at))
        below.plot(at, height, "o", color=ORANGE, ms=5, label="recorded spike")
    if first is not None:
        below.axvline(first["step"], color=BLACK, lw=1, label=f"first departure: {first['step']}")
    below.set(xlabel="step")
    picture.legend(loc="outside upper center", ncols=4, fontsize=9, frameon=False)
    return figure_to_png(picture)
