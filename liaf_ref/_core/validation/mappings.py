"""Checks of mappings: parameters, gradients, options."""

from collections.abc import Mapping
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation.arrays import Array, check_float_array
from liaf_ref._core.validation.scalars import describe_value

MAX_LISTED_NAMES = 16  # names listed in a message


def check_keys(
    value: object, required: Mapping[str, Any], where: str, argument: str = "parameters"
) -> Mapping[str, Any]:
    """Check a mapping with the required keys."""
    expected = (
        f"expected the keys {_join_names(list(required))}" if required else "expected no keys"
    )
    if not isinstance(value, Mapping):
        raise InputError.for_argument(
            argument, where, f"{expected} in a mapping, got {describe_value(value)}"
        )
    if value.keys() != required.keys():
        lists = {
            "missing": [name for name in required if name not in value],
            "unknown": [name for name in value if name not in required],
        }
        parts = [f"{kind}: {_join_names(found)}" for kind, found in lists.items() if found]
        raise InputError.for_argument(argument, where, f"{expected}; {'; '.join(parts)}")
    return value


def _join_names(names: list[Any]) -> str:
    """Join names; shorten a long list."""
    more = f", ... ({len(names)} in all)" if len(names) > MAX_LISTED_NAMES else ""
    return ", ".join(str(name)[:40] for name in names[:MAX_LISTED_NAMES]) + more


def check_params(
    value: object, shapes: Mapping[str, tuple[int, ...]], where: str
) -> dict[str, Array]:
    """Check parameters: their names, shapes and common dtype."""
    if type(value) is dict and value.keys() == shapes.keys():
        params: Mapping[str, Any] = value
    else:
        params = check_keys(value, shapes, where)
    found: dict[str, Array] = {}
    dtype = None
    for name, shape in shapes.items():
        found[name] = check_float_array(name, params[name], shape, where, dtype)
        dtype = found[name].dtype
    return found
