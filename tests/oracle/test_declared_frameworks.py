"""A framework's neuron with its own reset, threshold and surrogate passes as declared."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from support import LazyModule

import liaf_ref as lr
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import Case, Declined, declare
from liaf_ref.oracle.checker.verdict import judge
from liaf_ref.oracle.table.interpreter import float_dtype, leaf_arrays
from oracle.golden_sets import later_cases

torch = LazyModule("torch")

SUPPORTED_GRAPHS = (["neuron"], ["dense", "neuron"])


class LayerTensors(NamedTuple):
    """One layer of neurons as tensors, those of the case with a gradient."""

    name: str
    options: Mapping[str, Any]
    leaves: dict[str, Any]
    I: Any
    p: dict[str, Any]

    def drive(self, t: int) -> Any:
        """What step t adds to ``alpha R``, Eqs. (3) and (6); after the last step, beta alone."""
        carried = self.p["beta"] if t else self.p["V0"]
        return self.I[t] + carried if t < len(self.I) else carried.expand_as(self.I[0])


def read_layer(case: Case) -> LayerTensors:
    """Read a case as one layer."""
    ops = [node.op for node in case.nodes]
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


def build_answer(
    case: Case, layer: LayerTensors, traces: dict[str, Any], VT: Any
) -> dict[str, Array]:
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
    dtype = float_dtype(case)
    return {name: a.detach().numpy().astype(dtype) for name, a in arrays.items()}


def snntorch_subtracts(case: Case) -> Any:
    """``Leaky`` with its defaults: reset by subtraction after the leak, arctangent."""
    snntorch = pytest.importorskip("snntorch")
    layer = read_layer(case)
    if not bool(((layer.p["alpha"] > 0) & (layer.p["alpha"] < 1)).all()):
        raise Declined("Leaky clamps its beta, whose slope at 0 and 1 depends on PyTorch's version")
    if not bool((layer.p["v_th"] > 0).all()):
        raise Declined("Leaky would reset before the first step")
    grad = snntorch.surrogate.atan(alpha=2.0)
    node = snntorch.Leaky(beta=layer.p["alpha"], threshold=layer.p["v_th"], spike_grad=grad)
    mem = torch.zeros_like(layer.I[0])
    spikes, mems = [], []
    for t in range(len(layer.I) + 1):
        spike, mem = node(layer.drive(t), mem)
        spikes.append(spike)
        mems.append(mem)
    F, U = torch.stack(spikes), torch.stack(mems)
    return build_answer(case, layer, {"Y": F[:-1], "F": F[:-1], "U": U[:-1]}, U[-1])


LAYERS: dict[str, Any] = {"ops": ["neuron", "dense"], "act": ["spike"]}
DECLARED = LAYERS | {
    "fires": ">",
    "reset": "subtract",
    "leak": "before reset",
    "reset_gradient": "never",
    "surrogate": {"shape": "arctan", "alpha": 2.0},
}


def test_it_passes_as_declared_and_not_by_the_paper() -> None:
    pytest.importorskip("torch")
    how: dict[str, Any] = {"seed": 4, "ops": ["neuron"], "max_size": 20}
    cases = later_cases(320, **how)[::4]
    report = lr.check_backend(snntorch_subtracts, cases=cases, declaration=DECLARED)
    assert report.ok, report
    assert len(report.passed) > 4
    paper = later_cases(320, **how, declaration=declare(LAYERS))[::8]
    assert any(judge(snntorch_subtracts, g, "float32").status == "failed" for g in paper)
