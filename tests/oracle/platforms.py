"""Neurons of simulators and chips, each a plain loop in the words of its platform."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

Round = Callable[[float], float]
ROUNDINGS: dict[str, Round] = {
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

    def of(self, options: Any) -> Any:
        options = list(options)
        return options[self.random.integers(len(options))]

    def stimulus(self, gain: float) -> list[float]:
        """Pulses in parts of what reaches the threshold in one step."""
        heights = self.random.choice([0, 0, 0, 0.3, 0.45, 0.6, -0.2], self.T)
        heights = heights + self.random.choice([0, 0, 0.05], self.T)
        return [float(f"{h * self.drive * self.v_th / gain:.3g}") for h in heights]

    def recording(self, x: list[float], shown: list[Any], spikes: list[Any],
                  truth: dict[str, str]) -> Recording:  # fmt: skip
        trace = {"input": np.array(x, np.float64), "potential": np.array(shown, np.float64),
                 "spikes": np.array(spikes, np.float64)}  # fmt: skip
        params = {"tau": self.tau, "dt": self.dt, "r": self.r, "v_leak": self.v_leak,
                  "v_threshold": self.v_th, "v_reset": self.v_reset}  # fmt: skip
        return Recording(trace, params, truth)


def late(values: list[Any], steps: int) -> list[Any]:
    return [0.0] * steps + values[: len(values) - steps] if steps else values


def sinabs(n: Neuron) -> Recording:
    """Alpha of the membrane; MembraneReset or MembraneSubtract; one or several spikes."""
    n.r, n.v_leak = 1.0, 0.0
    f = n.number
    alpha = math.exp(-n.dt / n.tau)
    norm, hard, multi = n.of([0, 1]), n.of([0, 1]), n.of([0, 1])
    x = n.stimulus((1 - alpha) if norm else 1.0)
    if multi:
        x = [3 * i if k % 11 == 0 else i for k, i in enumerate(x)]
    v, shown, spikes = f(0), [], []
    for i in x:
        drive = f(f(1 - f(alpha)) * f(i)) if norm else f(i)
        v = f(f(f(alpha) * v) + drive)
        s = 0.0
        if v >= f(n.v_th):
            s = float(math.floor(v / f(n.v_th))) if multi else 1.0
        if hard and s:
            v = f(n.v_reset)
        elif s:
            v = f(v - f(f(s) * f(n.v_th)))
        shown.append(v)
        spikes.append(s)
    truth = {"decay": "exponential", "gain": "r (1 - a)" if norm else "r",
             "reset": "to v_reset" if hard else "by subtraction of v_threshold",
             "timing": "same step", "shown": "after reset", "fires": ">=", "input_delay": "0",
             "spike_delay": "0", "several": "several" if multi else "one"}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def spikingjelly(n: Neuron) -> Recording:
    """LIFNode: the potential decays to v_reset; a soft reset has v_reset None."""
    n.r = 1.0
    f, k = n.number, n.tau / n.dt
    decay_input, soft = n.of([True, False]), n.of([True, False])
    if soft:
        n.v_leak = n.v_reset = 0.0
    else:
        n.v_leak = n.v_reset
    x = n.stimulus(1 / k if decay_input else 1.0)
    v, shown, spikes = f(0 if soft else n.v_reset), [], []
    for i in x:
        to = f(0 if soft else n.v_reset)
        if decay_input:
            v = f(v + f(f(f(i) - f(v - to)) / f(k)))
        else:
            v = f(f(v - f(f(v - to) / f(k))) + f(i))
        s = v >= f(n.v_th)
        if s:
            v = f(v - f(n.v_th)) if soft else to
        shown.append(v)
        spikes.append(float(s))
    truth = {"decay": "forward Euler", "gain": "r dt/tau" if decay_input else "r",
             "leak": "v_leak", "reset": "by subtraction of v_threshold" if soft else "to v_reset",
             "timing": "same step", "shown": "after reset", "fires": ">="}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def brainstate(n: Neuron) -> Recording:
    """LIF of exponential Euler: the reset of the last step comes first."""
    f, soft = n.number, n.of([True, False])
    a = math.exp(-n.dt / n.tau)
    x = n.stimulus(n.r * (1 - a))
    v, shown, spikes = f(n.of([0.0, n.v_leak])), [], []
    s = False
    for i in x:
        if s:
            v = f(v - f(n.v_th - n.v_reset)) if soft else f(n.v_reset)
        slope = f(f(f(n.v_leak) - v) + f(f(n.r) * f(i)))
        v = f(v + f(f(1 - a) * slope))
        s = v >= f(n.v_th)
        shown.append(v)
        spikes.append(float(s))
    truth = {"decay": "exponential", "gain": "r (1 - a)", "leak": "v_leak", "timing": "same step",
             "reset": "by subtraction of v_threshold - v_reset" if soft else "to v_reset",
             "shown": "before reset", "fires": ">="}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def bindsnet(n: Neuron) -> Recording:
    """LIFNodes: while refractory, the input is masked and the leak goes on."""
    n.r = 1.0
    f = n.number
    decay = math.exp(-n.dt / n.tau)
    refrac = n.of([0, 0, 1, 2, 3, 5])
    x = n.stimulus(1.0)
    v, count, shown, spikes = f(n.v_leak), 0, [], []
    for i in x:
        v = f(f(f(decay) * f(v - f(n.v_leak))) + f(n.v_leak))
        if count <= 0:
            v = f(v + f(i))
        count -= 1
        s = v >= f(n.v_th)
        if s:
            count, v = refrac, f(n.v_reset)
        shown.append(v)
        spikes.append(float(s))
    truth = {"decay": "exponential", "gain": "r", "leak": "v_leak", "reset": "to v_reset",
             "timing": "same step", "shown": "after reset", "fires": ">=",
             "refractory": f"{refrac} (leaking)" if refrac else "0", "start": "v_leak"}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def brian(n: Neuron) -> Recording:
    """Exact integration; threshold v > v_th; held while refractory; monitored before the step."""
    f, monitor = n.number, n.of([True, False])
    a = math.exp(-n.dt / n.tau)
    hold = n.of([0, 0, 1, 2, 4, 5])
    x = n.stimulus(n.r * (1 - a))
    v, wait, shown, spikes = f(n.of([0.0, n.v_leak])), 0, [], []
    for i in x:
        if monitor:
            shown.append(v)
        if wait:
            wait -= 1
            s = False
        else:
            rest = f(f(n.v_leak) + f(f(n.r) * f(i)))
            v = f(rest + f(f(a) * f(v - rest)))
            s = v > f(n.v_th)
        if s:
            v, wait = f(n.v_reset), hold
        if not monitor:
            shown.append(v)
        spikes.append(float(s))
    truth = {"decay": "exponential", "gain": "r (1 - a)", "leak": "v_leak", "reset": "to v_reset",
             "timing": "same step", "shown": "after reset", "fires": ">", "refractory": str(hold),
             "input_delay": str(int(monitor)), "spike_delay": str(-int(monitor))}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def nest(n: Neuron) -> Recording:
    """iaf_psc_delta: the exact propagator, pulses in V, held at V_reset while refractory."""
    f = n.number
    n.r = 1.0
    a = math.exp(-n.dt / n.tau)
    hold, delay = n.of([0, 1, 2, 3]), n.of([0, 1, 2])
    x = n.stimulus(1.0)
    v, wait, shown, spikes = f(n.v_leak), 0, [], []
    for i in late(x, delay):
        s = False
        if wait == 0:
            v = f(f(f(n.v_leak) + f(f(a) * f(v - f(n.v_leak)))) + f(i))
        else:
            wait -= 1
        if v >= f(n.v_th) and wait == 0:
            s, wait, v = True, hold, f(n.v_reset)
        shown.append(v)
        spikes.append(float(s))
    truth = {"decay": "exponential", "gain": "r", "leak": "v_leak", "reset": "to v_reset",
             "timing": "same step", "fires": ">=", "refractory": str(hold),
             "input_delay": str(delay), "start": "v_leak"}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def nengo(n: Neuron) -> Recording:
    """LIF: the refractory time ends inside a step; the spike's height is 1/dt."""
    n.r, n.v_leak, n.v_reset = 1.0, 0.0, 0.0
    f = n.number
    tau_ref = n.dt * n.of([0, 0, 1, 2, 2.5])
    x = [abs(i) / n.v_th for i in n.stimulus(1 - math.exp(-n.dt / n.tau))]
    v, rest, shown, spikes = f(0), 0.0, [], []
    for i in x:
        rest -= n.dt
        delta = min(max(n.dt - rest, 0.0), n.dt)
        v = f(v - f(f(f(i) - v) * f(math.expm1(-delta / n.tau))))
        s = v > 1
        if s:
            crossed = n.dt + n.tau * math.log1p(-(float(v) - 1) / (i - 1))
            v, rest = f(0), tau_ref + crossed
        shown.append(v)
        spikes.append(float(s) / n.dt)
    x = [i * n.v_th for i in x]
    truth = {"decay": "exponential", "gain": "r (1 - a)", "reset": "to v_reset", "fires": ">",
             "timing": "same step", "shown": "after reset", "scale": "threshold 1"}  # fmt: skip
    steps = tau_ref / n.dt
    truth["refractory"] = f"{steps:g} (ending inside a step)" if tau_ref else "0"
    return n.recording(x, shown, spikes, truth)


def norse(n: Neuron) -> Recording:
    """lif_box: forward Euler, a spike above the threshold."""
    f = n.number
    n.r = 1.0
    h = n.dt / n.tau
    x = n.stimulus(h)
    v, shown, spikes = f(n.of([0.0, n.v_leak])), [], []
    for i in x:
        v = f(v + f(f(h) * f(f(f(n.v_leak) - v) + f(i))))
        s = v > f(n.v_th)
        v = f(n.v_reset) if s else v
        shown.append(v)
        spikes.append(float(s))
    truth = {"decay": "forward Euler", "gain": "r dt/tau", "leak": "v_leak", "reset": "to v_reset",
             "timing": "same step", "shown": "after reset", "fires": ">"}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def snntorch(n: Neuron) -> Recording:
    """Leaky: the reset of the last step, by subtraction or to zero, follows the input."""
    f = n.number
    n.r, n.v_leak, n.v_reset = 1.0, 0.0, 0.0
    beta = n.of([1 - n.dt / n.tau, math.exp(-n.dt / n.tau)])
    zero = n.of([True, False])
    x = n.stimulus(1.0)
    mem, shown, spikes = f(0), [], []
    for i in x:
        reset = mem > f(n.v_th)
        mem = f(f(f(beta) * mem) + f(i))
        if reset:
            mem = f(0) if zero else f(mem - f(n.v_th))
        shown.append(mem)
        spikes.append(float(mem > f(n.v_th)))
    euler = beta == 1 - n.dt / n.tau
    truth = {"decay": "forward Euler" if euler else "exponential", "gain": "r", "fires": ">",
             "reset": "to v_reset" if zero else "by subtraction of v_threshold",
             "timing": "after input" if zero else "after leak",
             "shown": "before reset"}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def delayed(n: Neuron) -> Recording:
    """Any delay of the input and of the spikes, either comparison, shown before or after."""
    f = n.number
    a = n.of([1 - n.dt / n.tau, math.exp(-n.dt / n.tau)])
    strict, before, subtract = n.of([True, False]), n.of([True, False]), n.of([True, False])
    input_delay, spike_delay = n.of([0, 1, 2, 3]), n.of([0, 1, 2, 3])
    hold = n.of([0, 0, 2, 4, 5])
    hold = 0 if subtract else hold
    x = n.stimulus(n.r * (1 - a))
    v, wait, shown, spikes = f(0), 0, [], []
    for i in late(x, input_delay):
        if wait:
            u, s = v, False
            wait -= 1
        else:
            u = f(f(f(f(a) * v) + f(f(n.r * (1 - a)) * f(i))) + f((1 - a) * n.v_leak))
            s = u > f(n.v_th) if strict else u >= f(n.v_th)
        v = u
        if s:
            wait = hold
            v = f(u - f(n.v_th)) if subtract else f(n.v_reset)
        shown.append(u if before else v)
        spikes.append(float(s))
    truth = {"decay": "forward Euler" if a == 1 - n.dt / n.tau else "exponential",
             "gain": "r (1 - a)", "leak": "v_leak", "timing": "same step",
             "reset": "by subtraction of v_threshold" if subtract else "to v_reset",
             "shown": "before reset" if before else "after reset", "fires": ">" if strict else ">=",
             "input_delay": str(input_delay), "spike_delay": str(spike_delay),
             "refractory": str(hold)}  # fmt: skip
    return n.recording(x, shown, late(spikes, spike_delay), truth)


def solvers(n: Neuron) -> Recording:
    """Heun, trapezoidal rule and backward Euler with the input constant in a step."""
    f, h = n.number, n.dt / n.tau
    solver = n.of(["Heun", "trapezoidal", "backward Euler"])
    x = n.stimulus(n.r * h)
    v, shown, spikes = f(0), [], []
    for i in x:
        to = f(f(n.v_leak) + f(f(n.r) * f(i)))
        if solver == "Heun":
            k1 = f(to - v)
            k2 = f(to - f(v + f(f(h) * k1)))
            v = f(v + f(f(h / 2) * f(k1 + k2)))
        elif solver == "trapezoidal":
            v = f(f(v + f(f(h / 2) * f(f(to - v) + to))) / f(1 + h / 2))
        else:
            v = f(f(v + f(f(h) * to)) / f(1 + h))
        s = v >= f(n.v_th)
        v = f(n.v_reset) if s else v
        shown.append(v)
        spikes.append(float(s))
    truth = {"decay": solver, "gain": "r (1 - a)", "leak": "v_leak", "reset": "to v_reset",
             "timing": "same step", "shown": "after reset", "fires": ">="}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def loihi(n: Neuron) -> Recording:
    """Fixed point: the decayed potential is cut off, the input is an integer."""
    n.r, n.v_leak, n.v_reset = 1.0, 0.0, 0.0
    dv = n.of([int(4096 * n.dt / n.tau), round(4096 * n.dt / n.tau)])
    th = n.of([1600, 6400])
    weight = round(th / n.v_th * n.dt / n.tau)
    x = [float(round(i)) for i in n.stimulus(weight / th * n.v_th)]
    delay, v, shown, spikes = n.of([0, 1]), 0, [], []
    for i in late(x, delay):
        v = math.trunc(v * (4096 - dv) / 4096) + weight * int(i)
        s = v > th
        v = 0 if s else v
        shown.append(v)
        spikes.append(float(s))
    truth = {"reset": "to v_reset", "input_delay": str(delay), "timing": "same step",
             "fires": ">"}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def fixed_point(n: Neuron) -> Recording:
    """Integers with a rounding after each operation of a step."""
    n.r, n.v_leak = 1.0, 0.0
    way = n.of(ROUNDINGS)
    rounded, bits = ROUNDINGS[way], n.of([8, 12, 16])
    euler = n.of([True, False])
    a = 1 - n.dt / n.tau if euler else math.exp(-n.dt / n.tau)
    scale = n.of([1000, 4096, 16384]) / n.v_th
    A, B, th = round(a * 2**bits), round((1 - a) * scale * 2**4), round(n.v_th * scale)
    x, reset, subtract = n.stimulus(1 - a), round(n.v_reset * scale), n.of([True, False])
    x = [float(round(4 * i) / 4) for i in x] if max(map(abs, x)) > 10 else x
    v: float = 0
    shown, spikes = [], []
    for i in x:
        v = rounded(A * v / 2**bits) + rounded(B * i / 2**4)
        s = v >= th
        if s:
            v = v - th if subtract else reset
        shown.append(v)
        spikes.append(float(s))
    truth = {"reset": "by subtraction of v_threshold" if subtract else "to v_reset",
             "timing": "same step", "fires": ">=", "input_delay": "0"}  # fmt: skip
    if bits == 16:
        truth["decay"] = "forward Euler" if euler else "exponential"
    return n.recording(x, shown, spikes, truth)


def xylo(n: Neuron) -> Recording:
    """Bit-shift decay by at least 1, 16 bits with saturation, several spikes by subtraction."""
    dash = n.of([2, 3, 4])
    n.r, n.v_leak, n.v_reset, n.tau = 1.0, 0.0, 0.0, n.dt * 2**dash
    n.v_th = n.of([400.0, 1000.0, 8000.0])
    x = [float(round(i)) for i in n.stimulus(1.0)]
    v, shown, spikes = 0, [], []
    for i in x:
        dv = v >> dash
        if dv == 0:
            dv = (v > 0) - (v < 0)
        v = max(min(v - dv + int(i), 32767), -32768)
        s = min(int(v // n.v_th), 15) if v >= n.v_th else 0
        v -= s * int(n.v_th)
        shown.append(v)
        spikes.append(float(s))
    truth = {"gain": "r", "reset": "by subtraction of v_threshold", "fires": ">=",
             "timing": "same step", "input_delay": "0"}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def spinnaker2(n: Neuron) -> Recording:
    """float32 with a weight of few bits, a threshold of the weight before; a spike comes later."""
    n.r, n.v_leak, n.v_reset = 1.0, 0.0, 0.0
    f = np.float32
    euler, subtract, delay = n.of([True, False]), n.of([True, False]), n.of([0, 1, 2])
    a = 1 - n.dt / n.tau if euler else math.exp(-n.dt / n.tau)
    weight, n.v_th = n.of([7, 15, 127]), n.of([6, 12, 24]) * n.dt / n.tau
    th = f(n.v_th * (weight + n.of([0, 0.25])) / (n.dt / n.tau))
    x = [float(round(i)) for i in n.stimulus(n.dt / n.tau)]
    v, shown, spikes = f(0), [], []
    for i in late(x, 1):
        v = f(f(f(a) * v) + f(weight * i))
        s = v > th
        if s:
            v = f(v - th) if subtract else f(0)
        shown.append(v)
        spikes.append(float(s))
    truth = {"decay": "forward Euler" if euler else "exponential", "timing": "same step",
             "reset": "by subtraction of v_threshold" if subtract else "to v_reset",
             "input_delay": "1", "spike_delay": str(delay)}  # fmt: skip
    return n.recording(x, shown, late(spikes, delay), truth)


def bounded(n: Neuron) -> Recording:
    """A potential with a lower bound, like min_v_mem of sinabs and min_voltage of Nengo."""
    n.r, n.v_leak, n.v_reset = 1.0, 0.0, 0.0
    f, low = n.number, n.of([0.0, -0.05 * n.v_th])
    a = math.exp(-n.dt / n.tau)
    x = n.stimulus(1.0)
    v, shown, spikes = f(0), [], []
    for i in x:
        v = max(f(f(f(a) * v) + f(i)), f(low))
        s = v >= f(n.v_th)
        v = f(v - f(n.v_th)) if s else v
        shown.append(v)
        spikes.append(float(s))
    truth = {"decay": "exponential", "gain": "r", "reset": "by subtraction of v_threshold",
             "timing": "same step", "fires": ">="}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def lava(n: Neuron) -> Recording:
    """LIF with a current that lasts one step: it acts one step later, and fires above."""
    n.r, n.v_leak, n.v_reset = 1.0, 0.0, 0.0
    f, h = n.number, n.dt / n.tau
    x = n.stimulus(h)
    v, shown, spikes = f(0), [], []
    for i in late(x, 1):
        v = f(f(v * f(1 - h)) + f(f(h) * f(i)))
        s = v > f(n.v_th)
        v = f(0) if s else v
        shown.append(v)
        spikes.append(float(s))
    truth = {"decay": "forward Euler", "gain": "r dt/tau", "reset": "to v_reset", "fires": ">",
             "timing": "same step", "shown": "after reset", "input_delay": "1",
             "spike_delay": "0"}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def rockpool(n: Neuron) -> Recording:
    """LIFTorch: several spikes a step, each subtracts the threshold; Euler's input gain."""
    n.r, n.v_leak, n.v_reset = 1.0, 0.0, 0.0
    f, delay = n.number, n.of([0, 1])
    alpha = math.exp(-n.dt / n.tau)
    x = [3 * i if k % 7 == 0 else i for k, i in enumerate(n.stimulus(n.dt / n.tau))]
    v, shown, spikes = f(0), [], []
    for i in late(x, delay):
        v = f(f(f(alpha) * v) + f(f(n.dt / n.tau) * f(i)))
        s = float(math.floor(v / f(n.v_th))) if v > 0 else 0.0
        v = f(v - f(f(s) * f(n.v_th)))
        shown.append(v)
        spikes.append(s)
    truth = {"decay": "exponential", "gain": "r dt/tau", "reset": "by subtraction of v_threshold",
             "timing": "same step", "shown": "after reset", "fires": ">=", "several": "several",
             "input_delay": str(delay), "spike_delay": "0"}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


def spyx(n: Neuron) -> Recording:
    """LIF: the spike is of the potential before the step, which then subtracts the threshold."""
    n.r, n.v_leak, n.v_reset = 1.0, 0.0, 0.0
    f, euler = n.number, n.of([True, False])
    beta = 1 - n.dt / n.tau if euler else math.exp(-n.dt / n.tau)
    x = n.stimulus(1.0)
    v, shown, spikes = f(0), [], []
    for i in x:
        s = float(v > f(n.v_th))
        v = f(f(f(f(beta) * v) + f(i)) - f(f(s) * f(n.v_th)))
        shown.append(v)
        spikes.append(s)
    truth = {"decay": "forward Euler" if euler else "exponential", "gain": "r", "fires": ">",
             "reset": "by subtraction of v_threshold", "timing": "after leak",
             "shown": "before reset", "spike_delay": "1"}  # fmt: skip
    return n.recording(x, shown, spikes, truth)


FLOATS: dict[str, Callable[[Neuron], Recording]] = {
    "sinabs": sinabs, "spikingjelly": spikingjelly, "brainstate": brainstate, "bindsnet": bindsnet,
    "brian2": brian, "nest": nest, "nengo": nengo, "norse": norse, "snntorch": snntorch,
    "delays": delayed, "Heun and others": solvers, "spinnaker2": spinnaker2,
    "lower bound": bounded, "lava": lava, "rockpool": rockpool, "spyx": spyx,
}  # fmt: skip
INTEGERS: dict[str, Callable[[Neuron], Recording]] = {
    "loihi": loihi, "fixed point": fixed_point, "xylo": xylo,
}  # fmt: skip
SIMULATORS = FLOATS | INTEGERS


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
