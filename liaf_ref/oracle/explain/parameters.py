"""What is known of the neuron: its parameters, in the notation of NIR."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.errors import InputError
from liaf_ref._core.safe_load import MAX_RECORD_BYTES, read_json_object, read_toml
from liaf_ref._core.text import short_repr


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
            reason = f"expected a finite number, got {short_repr(value)}"
            raise InputError.for_argument(name, where, reason)
        if name in {"tau", "dt"} and value <= 0:
            raise InputError.for_argument(name, where, f"expected a number > 0, got {value:g}")
        if name == "r" and value == 0:
            raise InputError.for_argument(name, where, "expected a number other than 0, got 0")
    return NeuronParameters(**{name: float(value) for name, value in values.items()})


def read_parameters(path: Path) -> dict[str, Any]:
    """Read a TOML or JSON file."""
    if path.suffix == ".nir":
        reason = "expected TOML or JSON, got a .nir file; read it with"
        raise InputError(f"{path}: {reason} liaf_ref.interop.nir.read_neuron")
    if path.suffix == ".json":
        return read_json_object(path, MAX_RECORD_BYTES)
    return read_toml(path, "TOML or JSON")[0]
