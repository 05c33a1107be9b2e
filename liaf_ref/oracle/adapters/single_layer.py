"""Shared code of the adapters to spiking frameworks: read a case as one layer, build an answer.

The neuron of a framework has its own form.  Terms that it lacks become part of the input
current: Eqs. (3) and (6) add V^0 in the first step and beta in the others, and autograd
differentiates these terms too.  Everything runs in float64, so that rounding in the
adapter is not counted as an error of the framework; the answer has the case's dtype.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.adapters.framework import floating_dtype, leaf_arrays
from liaf_ref.oracle.adapters.torch_backend import ACTIVATIONS, Spike
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.declined import Declined

Tensors = dict[str, Any]
SUPPORTED_GRAPHS = (["neuron"], ["dense", "neuron"])


def surrogate_spike(mu: float) -> Callable[[Any], Any]:
    """S of Eq. (4) with the window of Eq. (13), as a function of U - V_th alone."""
    return lambda x: Spike.apply(x, mu)


class LayerTensors(NamedTuple):
    """One layer of neurons as tensors, those of the case with a gradient."""

    name: str
    options: Mapping[str, Any]
    leaves: Tensors
    I: Any
    p: Tensors

    def drive(self, t: int) -> Any:
        """What step t adds to ``alpha R``, Eqs. (3) and (6); after the last step, beta alone."""
        carried = self.p["beta"] if t else self.p["V0"]
        return self.I[t] + carried if t < len(self.I) else carried.expand_as(self.I[0])

    def analog_output(self, U: Any) -> Any:
        """Act of Eq. (8) on U, or on U - V_th."""
        return ACTIVATIONS[self.options["act"]](U - self.p["v_th"] * (self.options["mode"] == "TR"))

    def apply_leak(self, R: Any) -> Any:
        """V of Eq. (6)."""
        return self.p["alpha"] * R + self.p["beta"]


def read_layer(case: Case) -> LayerTensors:
    """Read a case as one layer."""
    ops = [node.op for node in case.nodes]
    if case.chunks is not None and case.chunks.bptt == "truncated":
        raise Declined("truncated BPTT")
    if ops not in SUPPORTED_GRAPHS:
        raise Declined("expected a single neuron layer (neuron, or dense + neuron)")
    node = case.nodes[-1]
    leaves = {
        name: torch.tensor(array, dtype=torch.float64, requires_grad=True)
        for name, array in leaf_arrays(case).items()
    }
    I = leaves["in/X"]
    if ops[0] == "dense":
        I = I @ leaves[f"par/{case.nodes[0].name}.W"]
        I = I + leaves.get(f"par/{case.nodes[0].name}.b", 0.0)
    own = {
        name.rpartition(".")[2]: leaf for name, leaf in leaves.items() if f"/{node.name}." in name
    }
    return LayerTensors(node.name, node.options, leaves, I.movedim(1, 0), own)


def build_answer(case: Case, layer: LayerTensors, traces: Tensors, VT: Any) -> dict[str, Array]:
    """Differentiate and name what a framework gave."""
    arrays = {f"exp/{layer.name}.{name}": value.movedim(0, 1) for name, value in traces.items()}
    above = {name: torch.from_numpy(case[name]).double() for name in case if name[:3] == "up/"}
    target = (arrays[f"exp/{layer.name}.Y"] * above[f"up/{layer.name}.Y"]).sum()
    if f"up/{layer.name}.VT" in above:
        target = target + (VT * above[f"up/{layer.name}.VT"]).sum()
    found = torch.autograd.grad(
        target, list(layer.leaves.values()), allow_unused=True, materialize_grads=True
    )
    arrays |= {f"grad/{name}": g for name, g in zip(layer.leaves, found, strict=True)}
    if case.is_gate_forced:
        raise Declined("gate-forced: this adapter makes its own decisions")
    dtype = floating_dtype(case)
    return {name: a.detach().numpy().astype(dtype) for name, a in arrays.items()}
