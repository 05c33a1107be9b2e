"""The named choices for each part of a convention: a name, an equation, a number or a formula."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.oracle.explain.trace import NeuronParameters


class Choice(NamedTuple):
    """A named choice, its equation, and what it is in a model, for the given parameters."""

    name: str
    equation: str = ""
    value: Any = 0.0
    cost: int = 0  # 1: a number that has no name
    same: tuple[str, ...] = ()  # names of other choices with this number, for these parameters

    def also(self, other: "Choice") -> "Choice":
        """With the other's name noted as the same."""
        known = other.name in {self.name, *self.same}
        return self if known else self._replace(same=(*self.same, other.name))

    def times(self, factor: float) -> "Choice":
        """The same in other units."""
        return self._replace(value=factor * self.value)


Names = Mapping[str, Choice]  # the choice of each part


def cost(names: Names) -> int:
    """How many parts have no name."""
    return sum(choice.cost for choice in names.values())


class Part(NamedTuple):
    """A part of a convention, and why a trace may leave it open."""

    label: str
    reason: str = "this trace has the same result for each of them"
    parameter: str = ""  # that it shows
    field: str = ""  # of the model that has its value


TOGETHER = "gain and scale are known only together"
SAME = "the resets of this trace have the same result"
SOON = "no input arrives so soon after a spike; at most 6 are tried"
PARTS: Mapping[str, Part] = {  # in the order in which a report lists them
    "decay": Part("decay", parameter="tau", field="a"),
    "rounding": Part("rounding of the decay", field="rounding"),
    "gain": Part("input gain", TOGETHER, "r"),
    "order": Part("leak and input", field="b"),
    "leak": Part("leak towards", parameter="v_leak", field="c"),
    "threshold": Part("threshold", parameter="v_threshold", field="threshold"),
    "fires": Part("fires at", "no step has U = V_th", field="strict"),
    "several": Part("spikes in one step", "no step has U >= 2 V_th", field="most"),
    "reset": Part("reset", SAME, "v_reset", "amount"),
    "timing": Part("time of the reset", SAME),
    "shown": Part("shown potential", "the recorded potential is the same"),
    "input_delay": Part("input delay", field="input_delay"),
    "spike_delay": Part("spike delay", field="spike_delay"),
    "refractory": Part("refractory steps", SOON, "", "refractory"),
    "scale": Part("scale", TOGETHER),
    "bounds": Part("bounds", "the potential is seldom so low", "", "low"),
    "start": Part("potential before the first step", "not shown by the first step", "", "start"),
}

Formula = Callable[..., Any]
Row = tuple[str, str, Formula]  # of z: the parameters, h = dt/tau, a, the gain

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
    # Of fixed point, where the decay is rounded, but the gain follows the exact one.
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


class Reset(NamedTuple):
    """What a spike does to the potential: R, of U, the spikes F and the input, and its amounts."""

    R: Formula
    amounts: tuple[Row, ...]  # its value, or what it subtracts


THRESHOLD = "by subtraction of v_threshold"
DIFFERENCE = f"{THRESHOLD} - v_reset"
AT_CROSSING = "to v_reset at the crossing inside the step"
THEN_ON = "v = v_reset at the time of v = v_threshold, then on"
NONE = Reset(lambda m, U, F, x: U, (("none", "R = U", lambda z: 0.0),))
VALUE = Reset(
    lambda m, U, F, x: np.where(F > 0, m.amount, U),
    (
        ("to v_reset", "R = v_reset", lambda z: z.v_reset),
        ("to 0", "R = 0", lambda z: 0.0),
        ("to v_leak", "R = v_leak", lambda z: z.v_leak),
        ("to v_threshold", "R = v_threshold", lambda z: z.v_threshold),
    ),
)
SUBTRACT = Reset(
    lambda m, U, F, x: U - F * m.amount,
    (
        (THRESHOLD, "R = U - v_threshold", lambda z: z.v_threshold),
        (DIFFERENCE, "R = U - (v_threshold - v_reset)", lambda z: z.v_threshold - z.v_reset),
    ),
)
CROSSING = Reset(
    lambda m, U, F, x: np.where(
        (F > 0) & (m.threshold < np.inf), m.decayed(m.amount, x, 1 - m.crossing(U, x)), U
    ),
    ((AT_CROSSING, THEN_ON, lambda z: z.v_reset),),
)
FIRES = tuple(Choice(sign, f"U {sign} V_th", sign == ">") for sign in (">=", ">"))
COUNTS = (Choice("one", "0 or 1", 1.0), Choice("several", "floor(U / V_th)", np.inf))
# When the reset takes place.
SAME_STEP = Choice("same step", "R[t] = reset(U[t])")
AFTER_LEAK = Choice("after leak", "the reset of step t follows the leak of step t + 1")
LATE = "the reset of step t follows the leak and the input of step t + 1"
AFTER_INPUT = Choice("after input", LATE)
# What a recording has, of U, R and the spikes F.
SHOWN_R = Choice("after reset", "R[t]", lambda m, U, R, F: R)
SHOWN_U = Choice("before reset", "U[t]", lambda m, U, R, F: U)
SHOWN_V = Choice("after leak", "a R[t] + c", lambda m, U, R, F: m.a * R + m.c)
EITHER = "U[t], or a fixed number at a spike"
MARKER = Choice("marker", EITHER, lambda m, U, R, F: np.where(F > 0, m.marker, R))
# U of a refractory step, of R before it.
HELD = Choice("", "the potential is held", lambda m, R, x, hold: R)
LEAK_ONLY = "the input is ignored, the leak goes on"
LEAKING = Choice(" (leaking)", LEAK_ONLY, lambda m, R, x, hold: m.leaked(R) + m.c)
INSIDE = Choice(
    " (ending inside a step)",
    "the refractory time begins at the crossing and ends inside a step",
    lambda m, R, x, hold: m.decayed(R, x, np.clip(1 - hold, 0, 1)),
)
WAITS = (HELD, LEAKING)
STRUCTURES: tuple[tuple[Reset, Choice, Choice, tuple[Choice, ...]], ...] = (
    # What a spike does, when, the shown potential, and what happens in refractory steps.
    (VALUE, SAME_STEP, SHOWN_R, (*WAITS, INSIDE)),
    (SUBTRACT, SAME_STEP, SHOWN_R, WAITS),
    (VALUE, SAME_STEP, SHOWN_U, WAITS),
    (SUBTRACT, SAME_STEP, SHOWN_U, WAITS),
    (VALUE, AFTER_LEAK, SHOWN_U, ()),
    (SUBTRACT, AFTER_LEAK, SHOWN_U, ()),
    (VALUE, AFTER_INPUT, SHOWN_U, ()),
    (VALUE, SAME_STEP, SHOWN_V, WAITS),
    (SUBTRACT, SAME_STEP, SHOWN_V, WAITS),
    (NONE, SAME_STEP, SHOWN_R, ()),
    (NONE, SAME_STEP, SHOWN_V, ()),
    (CROSSING, SAME_STEP, SHOWN_R, ()),
    (VALUE, SAME_STEP, MARKER, (HELD,)),
)
DECAY_BITS = (8, 12, 16)  # fractional bits of a decay in fixed point
WAYS = (("cut off", math.floor), ("to nearest", round))  # to have 1 - a in these bits


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
    return merged(c for c in choices if not math.isnan(c.value))


def merged(found: Iterable[Choice]) -> list[Choice]:
    """One of those with the same number, which names the others."""
    first = dict[str, Choice]()
    for one in found:
        key = digits(one.value)
        first[key] = first[key].also(one) if key in first else one
    return list(first.values())


def digits(number: float) -> str:
    """Of numbers that differ by rounding only, the same: 0.1 and 1 - 0.9."""
    return f"{number + 0.0:.12g}"


def decays(p: NeuronParameters, *, fixed_point: bool = False) -> list[Choice]:
    """The named decays; of fixed-point arithmetic also those with 1 - a in a few bits."""
    exact, quantised = named(DECAYS, p), list[Choice]()
    for c, bits, (way, rounding) in product(exact[: 2 * fixed_point], DECAY_BITS, WAYS):
        n = rounding((1 - c.value) * 2**bits)
        name, equation = f"{c.name} in {bits} bits, {way}", f"a = 1 - {n}/{2**bits}"
        quantised.append(Choice(name, equation, 1 - n / 2**bits))
    known = {c.value for c in exact}
    return exact + merged(c for c in quantised if c.value not in known)


def numbers(p: NeuronParameters, a: float, *, fixed_point: bool = False) -> Iterator[Names]:
    """Every named gain, order and leak."""
    for gain in named(GAINS if fixed_point else GAINS[:-1], p, a):
        for order, leak in product(named(ORDERS, p, a, gain.value), named(LEAKS, p, a)):
            if gain.value:
                yield {"gain": gain, "order": order, "leak": leak}
