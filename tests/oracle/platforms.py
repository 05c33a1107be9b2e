"""Neurons of simulators and chips, each a step in the words of its platform."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

Step = Callable[[Any, float], tuple[Any, Any, float]]  # v, input -> next v, shown v, spikes
ROUNDINGS: dict[str, Callable[[float], float]] = {
    "floor": math.floor, "nearest": lambda v: math.floor(v + 0.5), "towards zero": math.trunc,
}  # fmt: skip


class Recording(NamedTuple):
    """What a platform recorded, what is known of its neuron, and the conventions it has."""

    trace: dict[str, np.ndarray]
    params: dict[str, float]
    truth: dict[str, str]


class Neuron:
    """Parameters of one neuron, and its stimulus; a platform adds its own step."""

    def __init__(self, seed: int, T: int = 80, *, drive: float = 1.0, single: bool = False) -> None:
        self.random = np.random.default_rng(seed)
        self.T, self.drive = T, drive
        self.number: Any = np.float32 if single else float
        self.dt = self.of([1.0, 1e-3, 1e-4])
        self.tau = self.dt * self.of([4, 5, 10, 20, 25, 12.5])
        self.r = self.of([1.0, 1.0, 1.5, 0.5])
        self.v_th = self.of([1.0, 0.5, 0.1, 2.0])
        self.v_leak = self.v_th * self.of([0, 0, 0.25, -0.25])
        self.v_reset = self.v_th * self.of([0, 0, 0.125, -0.25])

    @property
    def h(self) -> float:
        return float(self.dt / self.tau)

    def of(self, options: Any) -> Any:
        options = list(options)
        return options[self.random.integers(len(options))]

    def decay(self) -> tuple[float, str]:
        """Of Euler or exact."""
        a, name = self.of([(1 - self.h, "forward Euler"), (math.exp(-self.h), "exponential")])
        return a, name

    def stimulus(self, gain: float) -> list[float]:
        """Pulses in parts of what reaches the threshold in one step."""
        heights = self.random.choice([0, 0, 0, 0.3, 0.45, 0.6, -0.2], self.T)
        heights = heights + self.random.choice([0, 0, 0.05], self.T)
        return [float(f"{h * self.drive * self.v_th / gain:.3g}") for h in heights]

    def record(self, x: list[float], v: Any, step: Step, *, delays: tuple[int, int] = (0, 0),
               **truth: str) -> Recording:  # fmt: skip
        """Run the step; ``delays`` are those of the input and of the spikes."""
        shown, spikes = [], []
        for i in late(x, delays[0]):
            v, u, s = step(v, i)
            shown.append(u)
            spikes.append(float(s))
        trace = {"input": np.array(x, np.float64), "potential": np.array(shown, np.float64),
                 "spikes": np.array(late(spikes, delays[1]), np.float64)}  # fmt: skip
        params = {"tau": self.tau, "dt": self.dt, "r": self.r, "v_leak": self.v_leak,
                  "v_threshold": self.v_th, "v_reset": self.v_reset}  # fmt: skip
        return Recording(trace, params, {"timing": "same step", **truth})


def late(values: list[Any], steps: int) -> list[Any]:
    return [0.0] * steps + values[: len(values) - steps] if steps else values


SUBTRACT, VALUE = "by subtraction of v_threshold", "to v_reset"


def at_rest(n: Neuron) -> Any:
    """A neuron whose potential decays and resets to 0; its arithmetic."""
    n.r, n.v_leak, n.v_reset = 1.0, 0.0, 0.0
    return n.number


def sinabs(n: Neuron) -> Recording:
    """Alpha of the membrane; MembraneReset or MembraneSubtract; one or several spikes."""
    n.r, n.v_leak, f, alpha = 1.0, 0.0, n.number, math.exp(-n.h)
    norm, hard, multi = n.of([0, 1]), n.of([0, 1]), n.of([0, 1])
    x = n.stimulus((1 - alpha) if norm else 1.0)
    if multi:
        x = [3 * i if k % 11 == 0 else i for k, i in enumerate(x)]

    def step(v: Any, i: float) -> tuple[Any, Any, float]:
        drive = f(f(1 - f(alpha)) * f(i)) if norm else f(i)
        v, s = f(f(f(alpha) * v) + drive), 0.0
        if v >= f(n.v_th):
            s = float(math.floor(v / f(n.v_th))) if multi else 1.0
        v = f(n.v_reset) if hard and s else f(v - f(f(s) * f(n.v_th)))
        return v, v, s

    return n.record(x, f(0), step, decay="exponential", gain="r (1 - a)" if norm else "r",
                    reset=VALUE if hard else SUBTRACT, shown="after reset", fires=">=",
                    input_delay="0", spike_delay="0",
                    several="several" if multi else "one")  # fmt: skip


def bindsnet(n: Neuron) -> Recording:
    """LIFNodes: while refractory, the input is masked and the leak goes on."""
    n.r, f, a, refrac = 1.0, n.number, math.exp(-n.h), n.of([0, 0, 1, 2, 3, 5])

    def step(state: Any, i: float) -> tuple[Any, Any, float]:
        v, count = state
        v = f(f(f(a) * f(v - f(n.v_leak))) + f(n.v_leak))
        v = f(v + f(i)) if count <= 0 else v
        s = v >= f(n.v_th)
        v, count = (f(n.v_reset), refrac) if s else (v, count - 1)
        return (v, count), v, s

    return n.record(n.stimulus(1.0), (f(n.v_leak), 0), step, decay="exponential", gain="r",
                    leak="v_leak", reset=VALUE, shown="after reset", fires=">=", start="v_leak",
                    refractory=f"{refrac} (leaking)" if refrac else "0")  # fmt: skip


def brian(n: Neuron) -> Recording:
    """Exact integration; threshold v > v_th; held while refractory; monitored before the step."""
    f, monitor, a = n.number, n.of([True, False]), math.exp(-n.h)
    hold, x = n.of([0, 0, 1, 2, 4, 5]), n.stimulus(n.r * (1 - a))

    def step(state: Any, i: float) -> tuple[Any, Any, float]:
        before, wait = state
        if wait:
            return (before, wait - 1), before, 0.0
        rest = f(f(n.v_leak) + f(f(n.r) * f(i)))
        v = f(rest + f(f(a) * f(before - rest)))
        s = v > f(n.v_th)
        v, wait = (f(n.v_reset), hold) if s else (v, 0)
        return (v, wait), before if monitor else v, s

    return n.record(x, (f(n.of([0.0, n.v_leak])), 0), step, decay="exponential", leak="v_leak",
                    gain="r (1 - a)", reset=VALUE, shown="after reset", fires=">",
                    refractory=str(hold), input_delay=str(int(monitor)),
                    spike_delay=str(-int(monitor)))  # fmt: skip


def nengo(n: Neuron) -> Recording:
    """LIF: the refractory time ends inside a step; the spike's height is 1/dt."""
    f = at_rest(n)
    tau_ref = n.dt * n.of([0, 0, 1, 2, 2.5])
    x = [abs(i) / n.v_th for i in n.stimulus(1 - math.exp(-n.h))]

    def step(state: Any, i: float) -> tuple[Any, Any, float]:
        v, rest = state
        i, rest = i / n.v_th, rest - n.dt
        delta = min(max(n.dt - rest, 0.0), n.dt)
        v = f(v - f(f(f(i) - v) * f(math.expm1(-delta / n.tau))))
        s = v > 1
        if s:
            crossed = n.dt + n.tau * math.log1p(-(float(v) - 1) / (i - 1))
            v, rest = f(0), tau_ref + crossed
        return (v, rest), v, float(s) / n.dt

    steps = f"{tau_ref / n.dt:g} (ending inside a step)" if tau_ref else "0"
    return n.record([i * n.v_th for i in x], (f(0), 0.0), step, decay="exponential",
                    gain="r (1 - a)", reset=VALUE, fires=">", shown="after reset",
                    scale="threshold 1", refractory=steps)  # fmt: skip


def snntorch(n: Neuron) -> Recording:
    """Leaky: the reset of the last step, by subtraction or to zero, follows the input."""
    f = at_rest(n)
    (beta, decay), zero = n.decay(), n.of([True, False])

    def step(mem: Any, i: float) -> tuple[Any, Any, float]:
        reset = mem > f(n.v_th)
        mem = f(f(f(beta) * mem) + f(i))
        if reset:
            mem = f(0) if zero else f(mem - f(n.v_th))
        return mem, mem, mem > f(n.v_th)

    return n.record(n.stimulus(1.0), f(0), step, decay=decay, gain="r", fires=">",
                    reset=VALUE if zero else SUBTRACT, shown="before reset",
                    timing="after input" if zero else "after leak")  # fmt: skip


def loihi(n: Neuron) -> Recording:
    """Fixed point: the decayed potential is cut off, the input is an integer."""
    at_rest(n)
    dv, th = n.of([int(4096 * n.dt / n.tau), round(4096 * n.dt / n.tau)]), n.of([1600, 6400])
    weight = round(th / n.v_th * n.dt / n.tau)
    x = [float(round(i)) for i in n.stimulus(weight / th * n.v_th)]
    delay = n.of([0, 1])

    def step(v: Any, i: float) -> tuple[Any, Any, float]:
        v = math.trunc(v * (4096 - dv) / 4096) + weight * int(i)
        s = v > th
        v = 0 if s else v
        return v, v, s

    return n.record(x, 0, step, delays=(delay, 0), reset=VALUE, input_delay=str(delay), fires=">")


def fixed_point(n: Neuron) -> Recording:
    """Integers with a rounding after each operation of a step."""
    n.r, n.v_leak = 1.0, 0.0
    rounded, bits = ROUNDINGS[n.of(ROUNDINGS)], n.of([8, 12, 16])
    a, decay = n.decay()
    scale = n.of([1000, 4096, 16384]) / n.v_th
    A, B, th = round(a * 2**bits), round((1 - a) * scale * 2**4), round(n.v_th * scale)
    x, reset, subtract = n.stimulus(1 - a), round(n.v_reset * scale), n.of([True, False])
    x = [float(round(4 * i) / 4) for i in x] if max(map(abs, x)) > 10 else x

    def step(v: Any, i: float) -> tuple[Any, Any, float]:
        v = rounded(A * v / 2**bits) + rounded(B * i / 2**4)
        s = v >= th
        v = (v - th if subtract else reset) if s else v
        return v, v, s

    return n.record(x, 0, step, reset=SUBTRACT if subtract else VALUE, fires=">=",
                    input_delay="0", decay=decay)  # fmt: skip


def xylo(n: Neuron) -> Recording:
    """Bit-shift decay by at least 1, 16 bits with saturation, several spikes by subtraction."""
    dash = n.of([2, 3, 4])
    at_rest(n)
    n.tau, n.v_th = n.dt * 2**dash, n.of([400.0, 1000.0, 8000.0])
    x = [float(round(i)) for i in n.stimulus(1.0)]

    def step(v: Any, i: float) -> tuple[Any, Any, float]:
        dv = (v >> dash) or (v > 0) - (v < 0)
        v = max(min(v - dv + int(i), 32767), -32768)
        s = min(int(v // n.v_th), 15) if v >= n.v_th else 0
        v -= s * int(n.v_th)
        return v, v, s

    return n.record(x, 0, step, gain="r", reset=SUBTRACT, fires=">=", input_delay="0")


def spinnaker2(n: Neuron) -> Recording:
    """float32 with a weight of few bits, a threshold of the weight before; a spike comes later."""
    at_rest(n)
    f, (a, decay) = np.float32, n.decay()
    subtract, delay = n.of([True, False]), n.of([0, 1, 2])
    weight, n.v_th = n.of([7, 15, 127]), n.of([6, 12, 24]) * n.dt / n.tau
    th = f(n.v_th * (weight + n.of([0, 0.25])) / n.h)

    def step(v: Any, i: float) -> tuple[Any, Any, float]:
        v = f(f(f(a) * v) + f(weight * i))
        s = v > th
        v = (f(v - th) if subtract else f(0)) if s else v
        return v, v, s

    x = [float(round(i)) for i in n.stimulus(n.h)]
    return n.record(x, f(0), step, delays=(1, delay), decay=decay, input_delay="1",
                    reset=SUBTRACT if subtract else VALUE, spike_delay=str(delay))  # fmt: skip


def bounded(n: Neuron) -> Recording:
    """A potential with a lower bound, like min_v_mem of sinabs and min_voltage of Nengo."""
    f = at_rest(n)
    low, a = n.of([0.0, -0.05 * n.v_th]), math.exp(-n.h)

    def step(v: Any, i: float) -> tuple[Any, Any, float]:
        v = max(f(f(f(a) * v) + f(i)), f(low))
        s = v >= f(n.v_th)
        v = f(v - f(n.v_th)) if s else v
        return v, v, s

    return n.record(n.stimulus(1.0), f(0), step, decay="exponential", gain="r", reset=SUBTRACT,
                    fires=">=")  # fmt: skip


def spyx(n: Neuron) -> Recording:
    """LIF: the spike is of the potential before the step, which then subtracts the threshold."""
    f = at_rest(n)
    beta, decay = n.decay()

    def step(v: Any, i: float) -> tuple[Any, Any, float]:
        s = float(v > f(n.v_th))
        v = f(f(f(f(beta) * v) + f(i)) - f(f(s) * f(n.v_th)))
        return v, v, s

    return n.record(n.stimulus(1.0), f(0), step, decay=decay, gain="r", fires=">",
                    reset=SUBTRACT, timing="after leak", shown="before reset",
                    spike_delay="1")  # fmt: skip


SIMULATORS: dict[str, Callable[[Neuron], Recording]] = {
    **{"sinabs": sinabs, "bindsnet": bindsnet, "brian2": brian, "nengo": nengo},
    **{"snntorch": snntorch, "spinnaker2": spinnaker2, "lower bound": bounded, "spyx": spyx},
    **{"loihi": loihi, "fixed point": fixed_point, "xylo": xylo},
}


def wrong_parts(found: Any, truth: dict[str, str]) -> Iterator[str]:
    """Parts that the explanation asserts although the platform has another choice."""
    early = min(int(truth.get("spike_delay", 0)), 0)
    if early and "shown" not in found.conventions:  # a potential that is recorded before its step
        delay = str(int(truth["input_delay"]) + early)
        truth = truth | {"input_delay": delay, "spike_delay": "0"}
    for part, name in truth.items():
        if part not in found.conventions:
            continue
        named = {found.conventions[part], *found.alternatives.get(part, ()),
                *found.equal.get(part, ())}  # fmt: skip
        if name not in named and not (part == "decay" and any(s.startswith(name) for s in named)):
            yield f"{part}: {' or '.join(sorted(named))}, not {name}"
