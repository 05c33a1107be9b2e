"""The repr of a layer, and the error for an unknown keyword argument."""

import difflib
import inspect
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from liaf_ref._core.errors import UnknownArgumentError
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window, step

RESOLVED = "resolved"  # in a field's metadata: what a default of None is replaced by
# Names that other frameworks use, by the name they have here.
ALIASES = {
    "act": ("activation", "nonlinearity", "act_fn", "activation_fn"),
    "K": ("in_features", "input_size", "input_dim", "in_channels"),
    "L": ("out_features", "hidden_size", "units", "filters", "out_channels", "size"),
    "bias": ("use_bias",),
    "kernel": ("kernel_size",),
    "pad": ("padding",),
    "stride": ("strides",),
    "size": ("pool_size", "kernel_size"),
    "rate": ("p", "dropout"),
    "eps": ("epsilon",),
    "v_th": ("threshold", "v_threshold", "thr"),
    "alpha": ("decay", "leak", "tau"),
    "spike": ("surrogate", "spike_grad", "surrogate_function"),
    "mu": ("window", "width", "half_width", "a"),
    "lr": ("learning_rate", "eta"),
}


def check_keywords(cls: type, keywords: Mapping[str, Any]) -> None:
    """Reject keywords that the constructor does not have, and name the one that was meant."""
    parameters = inspect.signature(cls.__init__).parameters  # type: ignore[misc]
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    known = [name for name in parameters if name != "self"]
    reasons: Mapping[str, str] = getattr(cls, "not_arguments", {})
    for name in keywords:
        if name not in known:
            near = suggestion(name, known)
            hint = reasons.get(name) or (f"did you mean {near!r}?" if near else None)
            raise UnknownArgumentError(cls.__name__, name, known, hint)


def suggestion(name: str, known: list[str]) -> str | None:
    """The known name that an unknown one stands for: a foreign name or a misspelling."""
    for own in known:
        if name.lower() in ALIASES.get(own, ()):
            return own
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return near[0] if near else None


def call_repr(layer: Any) -> str:
    """The call that makes a dataclass: what must be given, then what is not the default."""
    shown = [field for field in fields(layer) if field.init and field.repr]
    required = [repr(getattr(layer, f.name)) for f in shown if _required(f)]
    has_mu = "mu" in inspect.signature(type(layer)).parameters
    options = [
        _option(f.name, value, has_mu)
        for f in shown
        if not _required(f) and (value := getattr(layer, f.name)) != _default(f)
    ]
    return f"{type(layer).__name__}({', '.join(required + options)})"


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
