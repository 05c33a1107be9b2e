"""The line of the equations that gives an array, by operation and quantity."""

from liaf_ref.oracle.case import Case
from liaf_ref.oracle.opset import OPS, OPTIMIZERS

ADJOINTS = {"U": "dU = dR (1 - F) + dx + dz", "V": "dV of a step = dU of the next step"}
DERIVED = "dR = alpha dV; dF = dR (v_reset - U); dx = dF inside the window, else 0; dz = dY Act'"
EQUATIONS = {
    ("neuron", "exp/U"): "(3) U = X + V, V of the step before",
    ("neuron", "exp/F"): "(4) F = 1 where U - v_th >= 0, else 0",
    ("neuron", "exp/R"): "(5) R = F v_reset + (1 - F) U",
    ("neuron", "exp/V"): "(6) V = alpha R + beta",
    ("neuron", "exp/Y"): "(8) Y = Act(U - v_th); Act(U) if mode is NTR; F if act is spike",
    ("neuron", "dbg/dU"): f"(12) {ADJOINTS['U']}",
    ("neuron", "dbg/dV"): f"(3) {ADJOINTS['V']}",
    ("neuron", "grad/X"): "(12) dX = dU = dR (1 - F) + dx + dz",
    ("neuron", "grad/V0"): "(3) dV0 = dU of step 1",
    ("neuron", "grad/v_th"): "(13) dv_th = -sum(dx + dz), without dz if mode is NTR",
    ("neuron", "grad/v_reset"): "(5) dv_reset = sum(dR F)",
    ("neuron", "grad/alpha"): "(6) dalpha = sum(dV R)",
    ("neuron", "grad/beta"): "(6) dbeta = sum(dV)",
    ("dense", "grad/X"): "dX = dI W^T",
    ("dense", "grad/W"): "dW = X^T dI, summed over batch and time",
    ("dense", "grad/b"): "db = dI, summed over batch and time",
    ("conv", "grad/X"): "dX = sum over all windows of dI W^T",
    ("conv", "grad/W"): "dW = sum over all windows of X^T dI",
    ("conv", "grad/b"): "db = dI, summed over all windows",
}


def equation_of(case: Case, tensor: str) -> str:
    """The equation behind an array; empty for what only has a description in prose."""
    prefix, _, rest = tensor.partition("/")
    if prefix == "step1" or rest == "curve":
        return "" if case.optimizer is None else _plain(OPTIMIZERS[case.optimizer["name"]].about)
    _, _, given = rest.rpartition("/")
    node, dot, quantity = given.partition(".")
    ops = {n.name: n.op for n in case.nodes}
    if not dot:
        node = next((n.name for n in case.nodes if rest in n.inputs), "")
        quantity = "X"
    if node not in ops:
        return ""
    found = EQUATIONS.get((ops[node], f"{prefix}/{quantity}"))
    if found is None:
        about = _plain(OPS[ops[node]].about)
        found = about if prefix == "exp" else f"backward pass of {ops[node]}, {about}"
    return found


def _plain(about: str) -> str:
    return about.replace("`", "")
