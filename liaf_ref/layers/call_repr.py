"""The repr of a layer: the call that makes it."""

import inspect
from dataclasses import MISSING, Field, fields
from typing import Any

from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window, step

RESOLVED = "resolved"  # in a field's metadata: what a default of None is replaced by


def call_repr(layer: Any) -> str:
    """The call that makes a dataclass: what must be given, then what is not the default."""
    has_mu = "mu" in inspect.signature(type(layer)).parameters
    options = [
        _option(f.name, value, has_mu)
        for f in fields(layer)
        if f.init and f.repr and not _required(f)
        if (value := getattr(layer, f.name)) != _default(f)
    ]
    return f"{type(layer).__name__}({', '.join(required_arguments(layer) + options)})"


def required_arguments(layer: Any) -> list[str]:
    """The arguments that have no default, as they print."""
    return [repr(getattr(layer, f.name)) for f in fields(layer) if f.init and _required(f)]


def _required(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _default(field: "Field[Any]") -> Any:
    if RESOLVED in field.metadata:
        return field.metadata[RESOLVED]
    return field.default if field.default_factory is MISSING else field.default_factory()


def _option(name: str, value: Any, has_mu: bool) -> str:
    if isinstance(value, Pair):
        if has_mu and name == "spike" and value.value is step and isinstance(value.slope, Window):
            return f"mu={value.slope.mu!r}"
        return f"{name}={_pair(value)}"
    return f"{name}={value!r}"


def _pair(pair: Pair) -> str:
    value, slope = (getattr(part, "__name__", None) or repr(part) for part in pair)
    return f"Pair({value}, {slope})"
