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
}
GAINS: dict[str, Callable[[float], float]] = {
    "r dt/tau": lambda a: R * DT / TAU,
    "r (1 - a)": lambda a: R * (1 - a),
    "r": lambda a: R,
}
AMOUNTS = {"to v_reset": V_RESET, "to 0": 0.0, SUBTRACT: V_TH,
           f"{SUBTRACT} - v_reset": V_TH - V_RESET, "none": 0.0}  # fmt: skip
SCALES = {"1": 1.0, "threshold 1": 1 / V_TH, "1000": 1000.0, "16000": 16000.0}
STARTS = {"0": 0.0, "v_leak": V_LEAK, "v_reset": V_RESET}
STRUCTURES = [
    ("to v_reset", "same step", "after reset"),
    ("to v_reset", "same step", "before reset"),
    ("to v_reset", "same step", "after leak"),
    ("to v_reset", "after leak", "before reset"),
    ("to v_reset", "after input", "before reset"),
    ("to 0", "same step", "after reset"),
    (SUBTRACT, "same step", "after reset"),
    (SUBTRACT, "same step", "before reset"),
    (SUBTRACT, "same step", "after leak"),
    (SUBTRACT, "after leak", "before reset"),
    (f"{SUBTRACT} - v_reset", "same step", "after reset"),
    ("none", "same step", "after reset"),
]


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


def draw(random: np.random.Generator) -> Convention:
    """A convention of the product of all choices."""

    def of(options: Any) -> Any:
        options = list(options)
        return options[random.integers(len(options))]

    reset, timing, shown = of(STRUCTURES)
    refractory = of("0002") if reset.startswith("to") and timing == "same step" else "0"
    return Convention(of(DECAYS), of(GAINS), of(["leak, then input", "input, then leak"]),
                      of(["v_leak", "0"]), reset, timing, shown, of([">=", ">"]), of("001"),
                      of("001"), refractory, of(["1", "1", "threshold 1", "1000"]),
                      of(["0", "v_leak", "v_reset"]))  # fmt: skip


def draw_input(c: Convention, T: int, random: np.random.Generator) -> np.ndarray:
    """Pulses of several heights, close together and far apart, that make some spikes."""
    a = DECAYS[c.decay]
    gain = GAINS[c.gain](a)
    heights = random.choice([0, 0, 0, 0.3, 0.45, 0.6, -0.2], T) + random.choice([0, 0, 0.05], T)
    x: np.ndarray = np.round(heights / gain, 3)
    return x


def record(
    c: Convention, x: np.ndarray, number: Callable[[float], Any] = float
) -> dict[str, np.ndarray]:
    """Potential and spikes; every result of an operation is rounded by ``number``."""
    scale, a = SCALES[c.scale], DECAYS[c.decay]
    b = GAINS[c.gain](a) * scale * (1 if c.order == "leak, then input" else a)
    constant = number((1 - a) * V_LEAK * scale if c.leak == "v_leak" else 0.0)
    a, b, threshold, amount = map(number, (a, b, V_TH * scale, AMOUNTS[c.reset] * scale))
    potential, fired, wait = number(STARTS[c.start] * scale), False, 0
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
    return {"input": x, "potential": np.array(shown, np.float64),
            "spikes": np.array([0.0] * late + spikes[: len(spikes) - late])}  # fmt: skip
