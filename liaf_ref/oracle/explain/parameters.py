"""What is known of the neuron: its parameters, in the notation of NIR."""

import json
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation.scalars import short_repr


class NeuronParameters(NamedTuple):
    """Parameters of ``tau dv/dt = (v_leak - v) + r I``; None: unknown."""

    tau: float | None = None
    r: float = 1.0
    v_leak: float = 0.0
    v_threshold: float | None = None
    v_reset: float = 0.0
    dt: float | None = None


def make_parameters(values: Mapping[str, Any], where: str) -> NeuronParameters:
    """Check names and numbers."""
    for name, value in values.items():
        if name not in NeuronParameters._fields:
            expected = ", ".join(NeuronParameters._fields)
            raise InputError(f"{where}: expected {expected}, got {short_repr(name)}")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value):
            raise InputError(f"{where}: {name}: expected a finite number, got {short_repr(value)}")
        if name in {"tau", "dt"} and value <= 0:
            raise InputError(f"{where}: {name}: expected a number > 0, got {value:g}")
        if name == "r" and value == 0:
            raise InputError(f"{where}: r: expected a number other than 0, got 0")
    return NeuronParameters(**{name: float(value) for name, value in values.items()})


def read_parameters(path: Path) -> dict[str, Any]:
    """Read a TOML or JSON file, or the one LIF neuron of a ``.nir`` file."""
    if path.suffix == ".nir":
        return _from_nir(path)
    try:
        text = path.read_text("utf-8")
        values = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: expected TOML, JSON or NIR: {error}") from None
    if not isinstance(values, dict):
        raise InputError(f"{path}: expected names and numbers, got {short_repr(values)}")
    return values


def _from_nir(path: Path) -> dict[str, Any]:
    """The neuron, with the weight and bias in front of it as part of r and v_leak."""
    from liaf_ref.interop import nir  # noqa: PLC0415 - imports optional packages

    nodes = list(nir.read(path).nodes.values())
    neurons = [node for node in nodes if type(node).__name__ == "LIF"]
    if len(neurons) != 1 or neurons[0].tau.size != 1:
        raise InputError(f"{path}: expected one LIF neuron, got {len(neurons)} LIF nodes")
    fields = ("tau", "r", "v_leak", "v_threshold", "v_reset")
    values = {name: float(getattr(neurons[0], name).item()) for name in fields
              if getattr(neurons[0], name, None) is not None}  # fmt: skip
    for node in nodes:
        weight = getattr(node, "weight", None)
        if weight is None or type(node).__name__ not in {"Affine", "Linear"}:
            continue
        if weight.size != 1:
            raise InputError(f"{path}: expected one input, got a weight of shape {weight.shape}")
        bias = getattr(node, "bias", None)
        values["v_leak"] += values["r"] * float(bias.item() if bias is not None else 0)
        values["r"] *= float(weight.item())
    return values
