"""Record a neuron of any convention, step by step, independently of the search for it."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

TAU, DT, R, V_LEAK, V_TH, V_RESET = 10.0, 1.0, 1.5, 0.125, 1.0, 0.25
PARAMS = {"tau": TAU, "dt": DT, "r": R, "v_leak": V_LEAK, "v_threshold": V_TH, "v_reset": V_RESET}
SUBTRACT = "by subtraction of v_threshold"
DECAYS = {
    "forward Euler": 1 - DT / TAU,
    "exponential": math.exp(-DT / TAU),
    "backward Euler": 1 / (1 + DT / TAU),
    "Heun": 1 - DT / TAU + (DT / TAU) ** 2 / 2,
    "trapezoidal": (1 - DT / TAU / 2) / (1 + DT / TAU / 2),
}
GAINS: dict[str, Callable[[float], float]] = {
    "r dt/tau": lambda a: R * DT / TAU,
    "r (1 - a)": lambda a: R * (1 - a),
    "r": lambda a: R,
}
DIFFERENCE = f"{SUBTRACT} - v_reset"
AMOUNTS = {"to v_reset": V_RESET, "to 0": 0.0, "none": 0.0, SUBTRACT: V_TH}
AMOUNTS[DIFFERENCE] = V_TH - V_RESET
SCALES = {"1": 1.0, "threshold 1": 1 / V_TH, "1000": 1000.0, "16000": 16000.0}
STARTS = {"0": 0.0, "v_leak": V_LEAK, "v_reset": V_RESET}


class Convention(NamedTuple):
    """The truth of a recorded trace."""

    decay: str = "forward Euler"
    gain: str = "r dt/tau"
    order: str = "leak, then input"
    leak: str = "v_leak"
    reset: str = "to v_reset"
    timing: str = "same step"
    shown: str = "after reset"
    fires: str = ">="
    input_delay: str = "0"
    spike_delay: str = "0"
    refractory: str = "0"
    scale: str = "1"
    start: str = "0"


CONVENTIONS = [  # every value of every part
    Convention(refractory="2", scale="1000"),
    Convention("exponential", "r (1 - a)", shown="before reset", input_delay="1", fires=">"),
    Convention("backward Euler", "r", "input, then leak", shown="after leak"),
    Convention("Heun", shown="before reset", timing="after leak", spike_delay="1"),
    Convention("trapezoidal", "r (1 - a)", shown="before reset", timing="after input"),
    Convention(reset="to 0", leak="0", start="v_leak", input_delay="3", spike_delay="2"),
    Convention(reset=SUBTRACT, scale="threshold 1", start="v_reset"),
    Convention("exponential", reset=SUBTRACT, shown="before reset"),
    Convention(reset=SUBTRACT, shown="after leak"),
    Convention("exponential", "r", reset=SUBTRACT, timing="after leak", shown="before reset"),
    Convention(reset=DIFFERENCE, order="input, then leak"),
    Convention(reset="none"),
]


def draw_input(c: Convention, T: int, random: np.random.Generator) -> np.ndarray:
    """Pulses of several heights, close together and far apart, that make some spikes."""
    a = DECAYS[c.decay]
    gain = GAINS[c.gain](a)
    heights = random.choice([0, 0, 0, 0.3, 0.45, 0.6, -0.2], T) + random.choice([0, 0, 0.05], T)
    x: np.ndarray = np.round(heights / gain, 3)
    return x


def numbers(c: Convention) -> dict[str, float]:
    """Of the recurrence and the spikes, in the units of the record."""
    scale, a = SCALES[c.scale], DECAYS[c.decay]
    b = GAINS[c.gain](a) * (1 if c.order == "leak, then input" else a)
    constant = (1 - a) * V_LEAK if c.leak == "v_leak" else 0.0
    found = {"b": b, "c": constant, "threshold": V_TH, "reset": AMOUNTS[c.reset]}
    return {"a": a, **{name: number * scale for name, number in found.items()}}


def record(
    c: Convention, x: np.ndarray, number: Callable[[float], Any] = float
) -> dict[str, np.ndarray]:
    """Potential and spikes; every result of an operation is rounded by ``number``."""
    a, b, constant, threshold, amount = map(number, numbers(c).values())
    potential, fired, wait = number(STARTS[c.start] * SCALES[c.scale]), False, 0
    shown, spikes, hard = list[float](), list[float](), c.reset.startswith("to")
    delay, late = int(c.input_delay), int(c.spike_delay)
    for i in np.concatenate([np.zeros(delay), x])[: len(x)]:
        drive = number(b * i)
        U = number(number(number(a * potential) + drive) + constant)
        if fired and c.timing != "same step":
            U = number(U - amount) if not hard else amount
            U = number(U + drive) if hard and c.timing == "after leak" else U
        U = potential if wait else U
        fired = not wait and bool(threshold <= U if c.fires == ">=" else threshold < U)
        potential = U
        if fired and c.timing == "same step" and c.reset != "none":
            potential = amount if hard else number(U - amount)
        wait = int(c.refractory) if fired else max(wait - 1, 0)
        leaked = number(number(a * potential) + constant)
        shown.append({"before reset": U, "after leak": leaked}.get(c.shown, potential))
        spikes.append(float(fired))
    recorded = {"input": x, "potential": np.array(shown, np.float64)}
    return recorded | {"spikes": np.array([0.0] * late + spikes[: len(spikes) - late])}
