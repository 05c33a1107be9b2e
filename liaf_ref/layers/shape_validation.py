"""Checks of shapes and sizes: of time steps, kernels, windows."""

import sys
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_int, validate_fields
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.kernels.grid import Pad, Size

P = ParamSpec("P")


def validate_shape(
    layer: Any, check: Callable[Concatenate[str, Any, P], Size], *args: P.args, **kwargs: P.kwargs
) -> None:
    """Check the field ``shape``."""
    validate_fields(layer, ("shape",), check, *args, **kwargs)


def check_sizes(name: str, value: object, length: int, where: str, minimum: int = 1) -> Size:
    """Refuse anything but a tuple of that many whole numbers."""
    if type(value) is not tuple or len(value) != length:  # a Pair is no size
        number = isinstance(value, int) and minimum <= value <= sys.maxsize
        example = f", such as {(value,) * length}" if number else ""
        reason = f"expected a tuple of {length} integers{example}, got {describe_value(value)}"
        raise InputError.for_argument(name, where, reason)
    return tuple(check_int(name, size, where, minimum, sys.maxsize) for size in value)


def check_image_shape(name: str, value: object, where: str) -> Size:
    """Refuse anything but the shape of a time step of images."""
    if type(value) is not tuple or len(value) != 3:
        reason = f"expected (height, width, channels), got {describe_value(value)}"
        raise InputError.for_argument(name, where, reason)
    return check_sizes(name, value, 3, where)


def check_step_shape(name: str, value: object, where: str) -> Size:
    """Refuse anything but the shape of a time step, ``(L,)`` or ``(H, W, L)``."""
    if type(value) is not tuple or len(value) not in {1, 3}:
        raise InputError.for_argument(
            name, where, f"expected (L,) or (H, W, L), got {describe_value(value)}"
        )
    return check_sizes(name, value, len(value), where)


def check_window(shape: Size, window: Size, pad: Pad, where: str) -> None:
    """Refuse a window that is larger than what it is to be put on."""
    *size, channels = shape
    minimum = tuple(max(1, k - sum(zeros)) for k, zeros in zip(window, pad, strict=True))
    if any(n < k for n, k in zip(size, minimum, strict=True)):
        zeros = f" with {pad} zeros around" if any(map(any, pad)) else ""
        expected = f"expected at least {(*minimum, channels)} for a window of {window}{zeros}"
        raise InputError.for_argument("shape", where, f"{expected}, got {shape}")
