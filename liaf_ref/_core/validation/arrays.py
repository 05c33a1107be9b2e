"""Checks of arrays: shape, dtype, size and finite entries."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation.scalars import describe_value, short_repr

Array = NDArray[Any]
Dim = int | str

FLOAT_DTYPES = "float32, float64, longdouble or complex"
FLOATS = frozenset(map(np.dtype, (np.float32, np.float64, np.longdouble, np.complex128)))
MAX_ARRAY_SIZE = 2**36  # entries of an array; a broadcast view can have more than fit into memory


def as_array(name: str, value: object, where: str, expected: str = "an array") -> Array:
    """Convert to a NumPy array: an ndarray, or an object with ``__array__`` or ``__dlpack__``."""
    if type(value) is np.ndarray:
        return _check_size(name, value, where)
    offered = not isinstance(value, type | np.generic)
    if isinstance(value, np.ma.MaskedArray) or not offered:
        raise InputError.for_argument(
            name, where, f"expected {expected}, got {describe_value(value)}"
        )
    try:
        if hasattr(value, "__array__"):
            return _check_size(name, np.asarray(value), where)
        if hasattr(value, "__dlpack__"):
            return _check_size(name, np.from_dlpack(value), where)
    except InputError:
        raise
    except Exception as error:  # another library's code may raise anything
        reason = f"NumPy cannot read: {short_repr(error)}; convert or detach it explicitly"
        raise InputError.for_argument(
            name, where, f"expected {expected}, got {type(value).__name__}, which {reason}"
        ) from error
    hint = ""
    if isinstance(value, list | tuple):  # which has no dtype of its own
        hint = f"; convert it: np.asarray({name})"
    actual = describe_value(value)
    raise InputError.for_argument(name, where, f"expected {expected}, got {actual}{hint}")


def check_shape(name: str, value: object, shape: Sequence[Dim], where: str) -> Array:
    """Refuse anything but an array of the given shape."""
    expected = "(" + ", ".join(str(axis) for axis in shape) + ("," if len(shape) == 1 else "") + ")"
    array = as_array(name, value, where, f"an array of shape {expected}")
    fits = array.ndim == len(shape) and all(
        isinstance(axis, str) or axis == size for axis, size in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise InputError.for_argument(
            name, where, f"expected shape {expected}, got shape {array.shape}"
        )
    return array


def _check_size(name: str, array: Array, where: str) -> Array:
    """Return the array unless it has more entries than fit into any memory."""
    if array.size > MAX_ARRAY_SIZE:
        reason = f"expected at most {MAX_ARRAY_SIZE} entries, got shape {array.shape}"
        raise InputError.for_argument(name, where, reason)
    return array


def check_float_array(
    name: str, value: object, shape: Sequence[Dim], where: str, dtype: Any = None
) -> Array:
    """Refuse anything but a finite floating or complex array of the given shape."""
    if (
        type(value) is np.ndarray
        and value.dtype in FLOATS
        and (dtype is None or value.dtype == dtype)
        and (value.shape == shape or _has_shape(value, shape))
        and value.size <= MAX_ARRAY_SIZE
        and np.isfinite(value).all()
    ):
        return value  # words only for what is not right
    array = check_shape(name, value, shape, where)
    check_float_dtype(name, array.dtype, where)
    if dtype is not None and array.dtype != dtype:
        expected = f"expected dtype {np.dtype(dtype)} like the parameters"
        raise InputError.for_argument(
            name, where, f"{expected}, got {array.dtype}; convert it explicitly"
        )
    if not np.isfinite(array).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        reason = f"expected finite values, got {array[index]} at index {index}"
        raise InputError.for_argument(name, where, reason)
    return array


def _has_shape(array: Array, shape: Sequence[Dim]) -> bool:
    pairs = zip(shape, array.shape, strict=False)
    return array.ndim == len(shape) and not [a for a, b in pairs if a != b and type(a) is not str]


def check_float_dtype(
    name: str, dtype: object, where: str, choices: Sequence[str] = ()
) -> np.dtype[Any]:
    """Parse a dtype; refuse one that is not in ``choices`` or that no kernel supports."""
    found = _parse_dtype(dtype)
    runs = found is not None and found.kind in "fc" and found.itemsize >= 4 and found.isnative
    if found is None or not runs or (choices and found.name not in choices):
        expected = " or ".join(choices) or FLOAT_DTYPES
        actual = found if found is not None else describe_value(dtype)
        raise InputError.for_argument(name, where, f"expected dtype {expected}, got {actual}")
    return found


def _parse_dtype(value: Any) -> np.dtype[Any] | None:
    """Return the NumPy dtype for a name or type; None if there is none."""
    if not isinstance(value, str | type | np.dtype):  # np.dtype would take None and any array
        return None
    try:
        return np.dtype(value)
    except (TypeError, ValueError, SyntaxError):
        return None


def check_index_array(
    name: str, value: object, shape: Sequence[Dim], size: int | None, where: str
) -> Array:
    """Refuse anything but an integer array with entries in ``0 .. size - 1``."""
    array = check_shape(name, value, shape, where)
    if array.dtype.kind not in "iu":
        raise InputError.for_argument(name, where, f"expected integers, got dtype {array.dtype}")
    limit = math.inf if size is None else size
    if array.size and (array.min() < 0 or array.max() >= limit):
        bad = array[(array < 0) | (array >= limit)].flat[0]
        expected = ">= 0" if size is None else f"in 0 .. {size - 1}"
        raise InputError.for_argument(name, where, f"expected entries {expected}, got {bad}")
    return array
