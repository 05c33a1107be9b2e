"""The named choices for each part of a convention, as tables of a name, an equation, a number."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby, product
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeVar

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.explain.neuron import SHOWN, WAITING, Model
from liaf_ref.oracle.explain.trace import NeuronParameters


class Choice(NamedTuple):
    """A named choice, its equation, and its number for the given parameters."""

    name: str
    equation: str = ""
    value: float = 0.0
    same: tuple[str, ...] = ()  # names of other choices with this number, for these parameters

    def also(self, other: "Choice") -> "Choice":
        """With the other's name noted as the same."""
        known = other.name in {self.name, *self.same}
        return self if known else self._replace(same=(*self.same, other.name))


Names = dict[str, Choice]  # the choice of each part


class Part(NamedTuple):
    """A part of a convention, and why a trace may leave it open."""

    label: str
    reason: str = "this trace has the same result for each of them"
    parameter: str = ""  # that it shows


TOGETHER = "gain and scale are known only together"
SAME = "the resets of this trace have the same result"
HELD = "no input arrives so soon after a spike; at most 6 are tried"
PARTS: Mapping[str, Part] = {  # in the order in which a report lists them
    "decay": Part("decay", parameter="tau"),
    "rounding": Part("rounding of the decay"),
    "gain": Part("input gain", TOGETHER, "r"),
    "order": Part("leak and input"),
    "leak": Part("leak towards", parameter="v_leak"),
    "threshold": Part("threshold", parameter="v_threshold"),
    "fires": Part("fires at", "no step has U = V_th"),
    "several": Part("spikes in one step", "no step has U >= 2 V_th"),
    "reset": Part("reset", SAME, "v_reset"),
    "timing": Part("time of the reset", SAME),
    "shown": Part("shown potential", "the recorded potential is the same"),
    "input_delay": Part("input delay"),
    "spike_delay": Part("spike delay"),
    "refractory": Part("refractory steps", HELD),
    "scale": Part("scale", TOGETHER),
    "bounds": Part("bounds", "the potential is seldom so low"),
    "start": Part("potential before the first step", "the first step does not show it"),
}

Row = tuple[str, str, Callable[[Any], float]]  # of z: the parameters, h = dt/tau, a, the gain

DECAYS: tuple[Row, ...] = (  # ways to make a step of tau dv/dt = -v
    ("forward Euler", "a = 1 - dt/tau", lambda z: 1 - z.h),
    ("exponential", "a = exp(-dt/tau)", lambda z: math.exp(-z.h)),
    ("backward Euler", "a = 1/(1 + dt/tau)", lambda z: 1 / (1 + z.h)),
    ("trapezoidal", "a = (1 - dt/2tau)/(1 + dt/2tau)", lambda z: (1 - z.h / 2) / (1 + z.h / 2)),
    ("Heun", "a = 1 - dt/tau + (dt/tau)^2/2", lambda z: 1 - z.h + z.h * z.h / 2),
    ("bit shift", "a = 1 - 2^-{z.bits:.0f}", lambda z: 1 - 2.0**-z.bits),
    ("no leak", "a = 1", lambda z: 1.0 + 0 * z.h),
    ("exponential, with dt = 1", "a = exp(-1/tau)", lambda z: math.exp(-1 / z.tau) + 0 * z.h),
)
GAINS: tuple[Row, ...] = (  # factors of the input, before any scale
    ("r dt/tau", "b = r dt/tau", lambda z: z.r * z.dt / z.tau),
    ("r (1 - a)", "b = r (1 - a)", lambda z: z.r * (1 - z.a)),
    ("r", "b = r", lambda z: z.r),
    ("dt/tau", "b = dt/tau", lambda z: z.without_r * z.h),
    ("1 - a", "b = 1 - a", lambda z: z.without_r * (1 - z.a)),
    ("1", "b = 1", lambda z: z.without_r),
    ("r dt", "b = r dt", lambda z: z.r * z.dt),
)
EXACT_GAIN: tuple[Row, ...] = (  # where the decay is rounded, but the gain follows the exact one
    ("r (1 - exp(-dt/tau))", "b = r (1 - exp(-dt/tau))", lambda z: z.r * -math.expm1(-z.h)),
)
ORDERS: tuple[Row, ...] = (
    ("leak, then input", "U = a R + b x + c", lambda z: z.gain),
    ("input, then leak", "U = a (R + b x) + c", lambda z: z.a * z.gain),
)
LEAKS: tuple[Row, ...] = (
    ("v_leak", "c = (1 - a) v_leak", lambda z: (1 - z.a) * z.v_leak),
    ("v_leak by dt/tau", "c = dt/tau v_leak", lambda z: z.h * z.v_leak),
    ("v_reset", "c = (1 - a) v_reset", lambda z: (1 - z.a) * (z.v_reset or math.nan)),
    ("0", "c = 0", lambda z: 0.0),
)
THEN_ON = "v = v_reset at the time of v = v_threshold, then on"
SUBTRACT, AT_CROSSING = "by subtraction of v_threshold", "at the crossing inside the step"
DIFFERENCE = f"{SUBTRACT} - v_reset"
RESETS: Mapping[str, tuple[Row, ...]] = {  # the value of a reset, or what it subtracts
    "none": (("none", "R = U", lambda z: 0.0),),
    "subtract": (
        (SUBTRACT, "R = U - v_threshold", lambda z: z.v_threshold),
        (DIFFERENCE, "R = U - (v_threshold - v_reset)", lambda z: z.v_threshold - z.v_reset),
    ),
    "crossing": ((f"to v_reset {AT_CROSSING}", THEN_ON, lambda z: z.v_reset),),
    "value": (
        ("to v_reset", "R = v_reset", lambda z: z.v_reset),
        ("to 0", "R = 0", lambda z: 0.0),
        ("to v_leak", "R = v_leak", lambda z: z.v_leak),
        ("to v_threshold", "R = v_threshold", lambda z: z.v_threshold),
    ),
}
SCALES: tuple[Row, ...] = (  # between the parameters' units and those of the trace
    ("1", "as the parameters", lambda z: 1.0),
    ("threshold 1", "v / v_threshold", lambda z: 1 / (z.v_threshold or math.nan)),
    ("input gain 1", "v x {value:.6g}", lambda z: 1 / (z.gain or math.nan)),
    ("1000", "v x 1000 (millivolt)", lambda z: 1000.0),
    ("threshold 1000", "v x 1000 / v_threshold", lambda z: 1000 / (z.v_threshold or math.nan)),
)
POTENTIALS: tuple[Row, ...] = (  # before the first step
    ("0", "R = 0", lambda z: 0.0),
    ("v_leak", "R = v_leak", lambda z: z.v_leak),
    ("v_reset", "R = v_reset", lambda z: z.v_reset),
)
DECAY_BITS = (8, 12, 16)  # fractional bits of a decay in fixed point
TIMINGS: Mapping[str, str] = {
    "same step": "R[t] = reset(U[t])",
    "after leak": "the reset of step t follows the leak of step t + 1",
    "after input": "the reset of step t follows the leak and the input of step t + 1",
}


@lru_cache(4096)
def named(
    rows: tuple[Row, ...], p: NeuronParameters, a: float = math.nan, gain: float = math.nan
) -> list[Choice]:
    """The rows whose parameters are known; of those with one number the first names the others."""
    known = {name: math.nan if value is None else value for name, value in vars(p).items()}
    z = SimpleNamespace(**known, a=a, gain=gain, without_r=1.0 if p.r != 1 else math.nan)
    z.h = z.dt / z.tau
    z.bits = float(np.rint(np.log2(np.maximum(1 / z.h, 1))))
    found = [(name, text, rule(z)) for name, text, rule in rows]
    choices = (Choice(name, text.format(z=z, value=value), value) for name, text, value in found)
    return merged((c for c in choices if not math.isnan(c.value)), lambda c: digits(c.value))


T = TypeVar("T", "Choice", "Candidate")


def merged(found: Iterable[T], numbers: Callable[[T], object]) -> list[T]:
    """One of those with the same numbers, which names the others."""
    first: dict[object, T] = {}
    for one in found:
        key = numbers(one)
        first[key] = first[key].also(one) if key in first else one
    return list(first.values())


def digits(number: float) -> str:
    """Of numbers that differ by rounding only, the same: 0.1 and 1 - 0.9."""
    return f"{number + 0.0:.12g}"


def decays(p: NeuronParameters, *, fixed_point: bool = False) -> list[Choice]:
    """The named decays; of fixed-point arithmetic also those with 1 - a in a few bits."""
    exact = named(DECAYS, p)
    known = {c.value for c in exact}
    quantised = (
        Choice(f"{c.name} in {bits} bits, {way}", f"a = 1 - {n}/{2**bits}", 1 - n / 2**bits)
        for c in exact[: 2 * fixed_point]
        for bits in DECAY_BITS
        for way, rounding in (("cut off", math.floor), ("to nearest", round))
        for n in [rounding((1 - c.value) * 2**bits)]
    )
    unknown = (c for c in quantised if c.value not in known)
    return exact + merged(unknown, lambda c: digits(c.value))


def numbers(p: NeuronParameters, a: float, *, fixed_point: bool = False) -> Iterator[Names]:
    """Every named gain, order and leak."""
    for gain in named((*GAINS, *EXACT_GAIN) if fixed_point else GAINS, p, a):
        for order, leak in product(named(ORDERS, p, a, gain.value), named(LEAKS, p, a)):
            if gain.value:
                yield {"gain": gain, "order": order, "leak": leak}


class Candidate(NamedTuple):
    """A convention of which some parts are chosen, and how far the trace departs from it."""

    model: Model
    names: Names
    cost: int = 0  # parts that have no name
    scale: float = 1.0  # from the parameters' units to those of the trace
    loose: float = 0.0  # relative error of a scale without a name, which fixed point leaves open
    departures: Array = np.zeros(0)  # whether each step departs from the prediction
    fired: Array = np.zeros(0)  # spikes of each step, before any delay

    def having(self, names: Names, cost: int = 0, **model: Any) -> "Candidate":
        """With more parts chosen, some of them without a name, and other fields of the model."""
        return self._replace(
            model=self.model._replace(**model), names={**self.names, **names}, cost=self.cost + cost
        )

    def reading(self, parts: Iterable[str]) -> "Candidate":
        """With the names of parts that are a word or a whole number of the model."""
        m = self.model
        fires, (word, waits, _) = ">" if m.strict else ">=", WAITING[m.waiting]
        texts: dict[str, tuple[str, str]] = {
            "fires": (fires, f"U {fires} V_th"),
            "several": ("one", "0 or 1") if m.most == 1 else ("several", "floor(U / V_th)"),
            "timing": (m.timing, TIMINGS[m.timing]),
            "shown": (m.shown, SHOWN[m.shown][0]),
            "input_delay": (f"{m.input_delay}", ""),
            "spike_delay": (f"{m.spike_delay}", ""),
            "refractory": (f"{m.refractory:.6g}{word}", waits if m.refractory else ""),
        }
        return self.having({part: Choice(*texts[part]) for part in parts})

    def also(self, other: "Candidate") -> "Candidate":
        """With the other's names noted as the same for these parameters."""
        names = {part: choice.also(other.names[part]) for part, choice in self.names.items()}
        return self._replace(names=names)


def in_short(names: Iterable[str]) -> list[str]:
    """The names, with three or more whole numbers in a row as a range."""

    def run(one: tuple[int, str]) -> tuple[int, str]:
        place, name = one
        number, _, kind = name.partition(" ")
        return (int(number) - place, kind) if number.isdigit() else one

    short: list[str] = []
    for _, group in groupby(enumerate(names), run):
        some = [name for _, name in group]
        short += [f"{some[0].split()[0]} to {some[-1]}"] if len(some) > 2 else some
    return short
