"""The named choices for each part, and a candidate: a choice for every part."""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain.neuron import Model
from liaf_ref.oracle.explain.trace import NeuronParameters


class Choice(NamedTuple):
    """A named choice, its equation, and its number for the given parameters."""

    name: str
    equation: str
    value: float
    same: tuple[str, ...] = ()  # names of other choices with this number, for these parameters


# The parts of a convention, in the order in which a report lists them.
PARTS = {
    "decay": "decay",
    "rounding": "rounding of the decay",
    "gain": "input gain",
    "order": "leak and input",
    "leak": "leak towards",
    "threshold": "threshold",
    "fires": "fires at",
    "several": "spikes in one step",
    "reset": "reset",
    "timing": "time of the reset",
    "shown": "shown potential",
    "input_delay": "input delay",
    "spike_delay": "spike delay",
    "refractory": "refractory steps",
    "scale": "scale",
    "bounds": "bounds",
    "start": "potential before the first step",
}

NEEDS_SPIKES = {
    "fires",
    "several",
    "reset",
    "timing",
    "shown",
    "refractory",
    "spike_delay",
}  # parts that only a spike shows

# Why a trace may leave a part open.
REASONS = {
    "gain": "gain and scale are known only together",
    "scale": "gain and scale are known only together",
    "fires": "no step has U = V_th",
    "several": "no step has U >= 2 V_th",
    "reset": "the resets of this trace have the same result",
    "timing": "the resets of this trace have the same result",
    "shown": "the recorded potential is the same",
    "refractory": "no input arrives so soon after a spike; at most 6 are tried",
    "bounds": "the potential is seldom so low",
    "start": "the first step does not show it",
}
OTHER_REASON = "this trace has the same result for each of them"

LEAST = (0.02, 0.05, 0.1, 0.2, 0.5, 1)  # lower bounds below 0, in thresholds

DECAY_BITS = (8, 12, 16)  # fractional bits of a decay in fixed point

TIMINGS = {
    "same step": "R[t] = reset(U[t])",
    "after leak": "the reset of step t follows the leak of step t + 1",
    "after input": "the reset of step t follows the leak and the input of step t + 1",
}
SHOWN = {
    "after reset": "R[t]",
    "before reset": "U[t]",
    "after leak": "a R[t] + c",
    "marker": "U[t], or a fixed number at a spike",
}


def decays(p: NeuronParameters) -> list[Choice]:
    """Ways to make a step of ``tau dv/dt = -v``."""
    if p.tau is None or p.dt is None:
        return []
    h = p.dt / p.tau
    shift = round(math.log2(max(1 / h, 1)))
    named = [
        Choice("forward Euler", "a = 1 - dt/tau", 1 - h),
        Choice("exponential", "a = exp(-dt/tau)", math.exp(-h)),
        Choice("backward Euler", "a = 1/(1 + dt/tau)", 1 / (1 + h)),
        Choice("trapezoidal", "a = (1 - dt/2tau)/(1 + dt/2tau)", (1 - h / 2) / (1 + h / 2)),
        Choice("Heun", "a = 1 - dt/tau + (dt/tau)^2/2", 1 - h + h * h / 2),
        Choice("bit shift", f"a = 1 - 2^-{shift}", 1 - 2.0**-shift),
        Choice("no leak", "a = 1", 1.0),
        Choice("exponential, with dt = 1", "a = exp(-1/tau)", math.exp(-1 / p.tau)),
    ]
    return _distinct(named)


def quantised_decays(p: NeuronParameters) -> list[Choice]:
    """Decays of fixed-point arithmetic: 1 - a in a few fractional bits."""
    named = []
    for choice in decays(p)[:2]:
        for bits in DECAY_BITS:
            for place, rounding in (("cut off", math.floor), ("to nearest", round)):
                number = rounding((1 - choice.value) * 2**bits)
                name = f"{choice.name} in {bits} bits, {place}"
                named.append(Choice(name, f"a = 1 - {number}/{2**bits}", 1 - number / 2**bits))
    return _distinct(named)


def gains(p: NeuronParameters, a: float) -> list[Choice]:
    """Factors of the input, before any scale."""
    named = []
    if p.tau is not None and p.dt is not None:
        named.append(Choice("r dt/tau", "b = r dt/tau", p.r * p.dt / p.tau))
    named += [Choice("r (1 - a)", "b = r (1 - a)", p.r * (1 - a)), Choice("r", "b = r", p.r)]
    if p.r != 1:
        if p.tau is not None and p.dt is not None:
            named.append(Choice("dt/tau", "b = dt/tau", p.dt / p.tau))
        named += [Choice("1 - a", "b = 1 - a", 1 - a), Choice("1", "b = 1", 1.0)]
    if p.dt is not None:
        named.append(Choice("r dt", "b = r dt", p.r * p.dt))
    return [choice for choice in _distinct(named) if choice.value != 0]


def fixed_point_gains(p: NeuronParameters, a: float) -> list[Choice]:
    """Factors of the input where the decay is rounded, but the gain may follow the exact one."""
    named = gains(p, a)
    if p.tau is not None and p.dt is not None:
        exact = -math.expm1(-p.dt / p.tau)
        named.append(Choice("r (1 - exp(-dt/tau))", "b = r (1 - exp(-dt/tau))", p.r * exact))
    return _distinct(named)


def orders(gain: float, a: float) -> list[Choice]:
    """Factors of the input with the leak before or after it."""
    return [
        Choice("leak, then input", "U = a R + b x + c", gain),
        Choice("input, then leak", "U = a (R + b x) + c", a * gain),
    ]


def leaks(p: NeuronParameters, a: float) -> list[Choice]:
    """The constant c."""
    named = [Choice("v_leak", "c = (1 - a) v_leak", (1 - a) * p.v_leak)]
    if p.tau is not None and p.dt is not None:
        named.append(Choice("v_leak by dt/tau", "c = dt/tau v_leak", p.dt / p.tau * p.v_leak))
    if p.v_reset:
        named.append(Choice("v_reset", "c = (1 - a) v_reset", (1 - a) * p.v_reset))
    named.append(Choice("0", "c = 0", 0.0))
    return _distinct(named)


def amounts(p: NeuronParameters, reset: str) -> list[Choice]:
    """The value of a reset, or what it subtracts."""
    th = p.v_threshold
    if reset == "none":
        return [Choice("none", "R = U", 0.0)]
    if reset == "subtract":
        if th is None:
            return []
        named = [
            Choice("by subtraction of v_threshold", "R = U - v_threshold", th),
            Choice("by subtraction of v_threshold - v_reset", "R = U - (v_threshold - v_reset)",
                   th - p.v_reset),
        ]  # fmt: skip
        return _distinct(named)
    if reset == "crossing":
        about = "to v_reset at the crossing inside the step"
        return [Choice(about, "v = v_reset at the time of v = v_threshold, then on", p.v_reset)]
    named = [Choice("to v_reset", "R = v_reset", p.v_reset), Choice("to 0", "R = 0", 0.0),
             Choice("to v_leak", "R = v_leak", p.v_leak)]  # fmt: skip
    if th is not None:
        named.append(Choice("to v_threshold", "R = v_threshold", th))
    return _distinct(named)


def scales(p: NeuronParameters, gain: float) -> list[Choice]:
    """Factors between the parameters' units and those of the trace."""
    named = [Choice("1", "as the parameters", 1.0)]
    if p.v_threshold:
        named.append(Choice("threshold 1", "v / v_threshold", 1 / p.v_threshold))
    if gain:
        named.append(Choice("input gain 1", f"v x {1 / gain:.6g}", 1 / gain))
    named.append(Choice("1000", "v x 1000 (millivolt)", 1000.0))
    if p.v_threshold:
        named.append(Choice("threshold 1000", "v x 1000 / v_threshold", 1000 / p.v_threshold))
    return [choice for choice in _distinct(named) if choice.value > 0]


def spikes_in_a_step(most: float) -> Choice:
    """At most so many spikes in one step."""
    if most == 1:
        return Choice("one", "0 or 1", most)
    if math.isinf(most):
        return Choice("several", "floor(U / V_th)", most)
    return Choice(f"several, at most {most:.0f}", f"min(floor(U / V_th), {most:.0f})", most)


def offsets(p: NeuronParameters) -> list[Choice]:
    """The potential that the trace shows as 0."""
    return _distinct([Choice("0", "", 0.0), Choice("v_leak", "", p.v_leak),
                      Choice("v_reset", "", p.v_reset)])  # fmt: skip


def least_potentials(p: NeuronParameters) -> list[Choice]:
    """Lower bounds of the potential."""
    named = [Choice("none", "", -math.inf), Choice("at least 0", "", 0.0)]
    for part in LEAST if p.v_threshold else ():
        below = f"{part:g} v_threshold" if part != 1 else "v_threshold"
        named.append(Choice(f"at least -{below}", "", -part * (p.v_threshold or 0.0)))
    return named


def starts(p: NeuronParameters) -> list[Choice]:
    """R before the first step."""
    return _distinct([Choice("0", "R = 0", 0.0), Choice("v_leak", "R = v_leak", p.v_leak),
                      Choice("v_reset", "R = v_reset", p.v_reset)])  # fmt: skip


def in_short(names: Sequence[str]) -> tuple[str, ...]:
    """The names, with three or more whole numbers in a row as a range."""
    runs: list[tuple[int | None, int | None, str]] = []
    for name in names:
        match = re.fullmatch(r"([0-9]+)((?: \(.*\))?)", name)
        if match is None:
            runs.append((None, None, name))
            continue
        number = int(match[1])
        if runs and runs[-1][2] == match[2] and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number, match[2])
        else:
            runs.append((number, number, match[2]))
    short: list[str] = []
    for first, last, text in runs:
        if first is None or last is None:
            short.append(text)
        elif last - first > 1:
            short.append(f"{first} to {last}{text}")
        else:
            short += [f"{n}{text}" for n in range(first, last + 1)]
    return tuple(short)


def _distinct(choices: list[Choice]) -> list[Choice]:
    """One of the choices with one number, which names the others."""
    first: dict[str, Choice] = {}
    for choice in choices:
        number = f"{choice.value + 0.0:.12g}"  # 0.1 and 1 - 0.9 are one number
        other = first.setdefault(number, choice)
        if other is not choice:
            first[number] = other._replace(same=(*other.same, choice.name))
    return list(first.values())


SIMPLEST = {
    "decay": ("forward Euler", "exponential"),
    "rounding": ("cut off", "down", "to nearest", "up"),
    "order": ("leak, then input",),
    "leak": ("v_leak",),
    "several": ("one",),
    "reset": ("to v_reset", "by subtraction of v_threshold"),
    "timing": ("same step",),
    "shown": ("after reset", "before reset", "after leak"),
    "input_delay": ("0", "1", "2"),
    "spike_delay": ("0", "1", "-1"),
    "refractory": ("0", "1", "2"),
    "scale": ("1",),
    "start": ("0",),
}


class Candidate(NamedTuple):
    """A convention with the name of each of its parts."""

    model: Model
    names: dict[str, Choice]
    cost: int  # parts that have no name
    departures: Array  # whether each step departs from the prediction
    fired: Array  # spikes of each step, before any delay

    @property
    def simplicity(self) -> tuple[int, ...]:
        """Sort key: the most usual choices first."""
        places = [
            usual.index(self.names[part].name) if self.names[part].name in usual else len(usual)
            for part, usual in SIMPLEST.items()
            if part in self.names
        ]
        return (sum(places), *places)

    @property
    def rank_of_failure(self) -> tuple[float, ...]:
        """Sort key: few departures first, then few parts without a name."""
        return (float(self.departures.sum()), self.cost, *self.simplicity)

    def also(self, other: "Candidate") -> "Candidate":
        """With the other's names noted as the same for these parameters."""
        names = dict(self.names)
        for part, choice in other.names.items():
            mine = names[part]
            if choice.name != mine.name and choice.name not in mine.same:
                names[part] = mine._replace(same=(*mine.same, choice.name))
        return self._replace(names=names)


def refractory_choice(m: Model) -> Choice:
    """Refractory steps, and what the neuron does in them."""
    about = {
        "held": "the potential is held",
        "leaking": "the input is ignored, the leak goes on",
        "inside": "the refractory time begins at the crossing and ends inside a step",
    }
    words = {"held": "", "leaking": " (leaking)", "inside": " (ending inside a step)"}
    name = f"{m.refractory:.6g}{words[m.waiting]}"
    return Choice(name, about[m.waiting] if m.refractory else "", m.refractory)
