"""Read the parameters of the one neuron of a NIR file."""

from pathlib import Path

from liaf_ref._core.errors import InputError
from liaf_ref.interop import nir

FIELDS = ("tau", "r", "v_leak", "v_threshold", "v_reset")


def read_neuron(path: Path) -> dict[str, float]:
    """The fields of the neuron, with the weight and bias in front of it in r and v_leak."""
    nodes = list(nir.read(path).nodes.values())
    neurons = [node for node in nodes if type(node).__name__ == "LIF"]
    if len(neurons) != 1 or neurons[0].tau.size != 1:
        sizes = ", ".join(str(node.tau.size) for node in neurons) or "none"
        raise InputError(f"{path}: expected one LIF node of one neuron, got LIF nodes of {sizes}")
    found = [(name, getattr(neurons[0], name, None)) for name in FIELDS]
    values = {name: float(value.item()) for name, value in found if value is not None}
    for node in nodes:
        if type(node).__name__ not in {"Affine", "Linear"}:
            continue
        if node.weight.size != 1:
            raise InputError(f"{path}: expected one input, got a weight of {node.weight.shape}")
        bias = getattr(node, "bias", None)
        values["v_leak"] += values["r"] * float(bias.item() if bias is not None else 0)
        values["r"] *= float(node.weight.item())
    return values
