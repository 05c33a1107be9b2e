"""Backends with conventions of their own, written by hand as plain loops, and their declarations.

None of them uses the conventions of the oracle.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle import Case, Declined

ONE_LIF_LAYER: dict[str, Any] = {"ops": ["neuron"], "act": ["spike"]}


class Layer:
    """One LIF layer of a case: its arrays, and sums of gradients by the shape of a parameter."""

    def __init__(self, case: Case) -> None:
        if [node.op for node in case.nodes] != ["neuron"]:
            raise Declined("one layer only")
        (self.node,) = case.nodes
        self.case, self.name = case, self.node.name
        self.p = case.node_arrays(self.node)
        self.X, self.V0 = case["in/X"], case[f"in/{self.name}.V0"]
        self.dY = case[f"up/{self.name}.Y"]
        self.dVT = case.get(f"up/{self.name}.VT", np.zeros_like(self.V0))
        self.steps = range(self.X.shape[1])
        self.sums = {name: np.zeros_like(self.V0) for name in self.p}

    def answer(self, spikes: list[Array], dX: Array, dV0: Array) -> dict[str, Array]:
        grads = {f"grad/par/{self.name}.{k}": self._total(k) for k in self.p}
        own = {f"exp/{self.name}.Y": np.stack(spikes, axis=1), f"grad/in/{self.name}.V0": dV0}
        return {**grads, **own, "grad/in/X": dX}

    def _total(self, name: str) -> Any:
        shape, total = self.p[name].shape, self.sums[name].sum(axis=0)
        if shape == (1,):
            return total.sum().reshape(shape)
        while total.ndim > len(shape):
            total = total.sum(axis=0)
        return total


def subtracts_one_step_late(case: Case, v_th_factor: float = 1.0) -> dict[str, Array]:
    """As snnTorch: the spike of the previous membrane is subtracted after its leak; fires on >."""
    layer = Layer(case)
    p, mem, spike = layer.p, layer.V0, None
    mems, spikes = [], []
    for t in layer.steps:
        if spike is not None:
            mem = p["alpha"] * mem + p["beta"] - spike * p["v_th"]
        mem = mem + layer.X[:, t]
        spike = (mem > p["v_th"]).astype(mem.dtype)
        mems.append(mem)
        spikes.append(spike)
    dX, d = np.zeros_like(layer.X), layer.dVT
    for t in reversed(layer.steps):
        dspike = layer.dY[:, t] - d * p["v_th"]
        slope = (abs(mems[t] - p["v_th"]) < layer.node.options["mu"]).astype(d.dtype)
        layer.sums["alpha"] += d * mems[t]
        layer.sums["beta"] += d
        layer.sums["v_th"] -= d * spikes[t] * v_th_factor + dspike * slope
        d = dX[:, t] = d * p["alpha"] + dspike * slope
    return layer.answer(spikes, dX, d)


def arctan_and_detached(case: Case) -> dict[str, Array]:
    """As SpikingJelly: a hard reset that is detached, and an arctangent surrogate."""
    layer = Layer(case)
    p, v = layer.p, layer.V0
    hs, spikes = [], []
    for t in layer.steps:
        h = v + layer.X[:, t]
        spike = np.where(h >= p["v_th"], 1, 0).astype(h.dtype)
        hs.append(h)
        spikes.append(spike)
        v = (h - spike * (h - p["v_reset"])) * p["alpha"] + p["beta"]
    dX, d = np.zeros_like(layer.X), layer.dVT
    for t in reversed(layer.steps):
        x, h, spike = hs[t] - p["v_th"], hs[t], spikes[t]
        du = layer.dY[:, t] * (1 / (1 + (np.pi * x) ** 2)).astype(x.dtype)
        left = h - spike * (h - p["v_reset"])
        layer.sums["alpha"] += d * left
        layer.sums["beta"] += d
        layer.sums["v_reset"] += d * p["alpha"] * spike
        layer.sums["v_th"] -= du
        d = dX[:, t] = d * p["alpha"] * (1 - spike) + du
    return layer.answer(spikes, dX, d)


def integrates_to_the_threshold(case: Case) -> dict[str, Array]:
    """No leak, a reset to the threshold, and every call starts at rest."""
    layer = Layer(case)
    p, v = layer.p, np.zeros_like(layer.V0)
    us, spikes = [], []
    for t in layer.steps:
        u = v + layer.X[:, t]
        spike = (u >= p["v_th"]).astype(u.dtype)
        us.append(u)
        spikes.append(spike)
        v = np.where(spike == 1, p["v_th"], u)
    dX, d = np.zeros_like(layer.X), np.zeros_like(layer.V0)
    for t in reversed(layer.steps):
        x = us[t] - p["v_th"]
        slope = (abs(x) < layer.node.options["mu"]).astype(x.dtype)
        through_spike = (layer.dY[:, t] - d * x) * slope
        layer.sums["v_th"] += d * spikes[t] - through_spike
        d = dX[:, t] = d * (1 - spikes[t]) + through_spike
    answer = layer.answer(spikes, dX, d)
    del answer[f"grad/in/{layer.name}.V0"]
    return answer


LATE = {"fires": ">", "reset": "subtract", "leak": "before reset", "reset_gradient": "always"}
TO_THRESHOLD = {"reset": "threshold", "leak": "none", "carry": "none", "reset_gradient": "always"}
SMOOTH = {"reset_gradient": "never", "surrogate": "arctan"}
BY_HAND: dict[str, tuple[Callable[[Case], Any], dict[str, Any]]] = {
    "subtracts one step late": (subtracts_one_step_late, LATE | ONE_LIF_LAYER),
    "arctan and detached": (arctan_and_detached, SMOOTH | ONE_LIF_LAYER),
    "integrates to the threshold": (integrates_to_the_threshold, TO_THRESHOLD | ONE_LIF_LAYER),
}
