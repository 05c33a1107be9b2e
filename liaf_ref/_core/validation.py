"""Checks of arguments of public functions."""

# Kernels do not check their arguments; layers, networks and readers call these functions first.
# Nothing is clipped or repaired: the error names the argument, the layer, equation or option, the
# expected and the given value. Use the value that a check returns: it may be converted, such as an
# array of another library to a NumPy array.

import inspect
import math
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError, unexpected
from liaf_ref._core.kinds import flag, one_of, whole
from liaf_ref._core.system import is_file_name
from liaf_ref._core.text import describe_value, short_repr

T = TypeVar("T")
Array = NDArray[Any]
Dim = int | str

REAL = ("float32", "float64")  # the dtypes that other programs have too
FLOAT_DTYPES = "float32, float64, longdouble or complex"
FLOATS = frozenset(map(np.dtype, (np.float32, np.float64, np.longdouble, np.complex128)))
MAX_ARRAY_SIZE = 2**36  # entries of an array; a broadcast view can have more than fit into memory
MAX_LISTED_NAMES = 16  # names listed in a message

# Single values.
check_bool: Callable[[str, object, str], bool] = flag.check
check_positive_int: Callable[[str, object, str], int] = whole().check


def check_choice(name: str, value: object, choices: Collection[str], where: str) -> str:
    """Refuse anything but one of the given names."""
    return str(one_of(*choices).check(name, value, where))


def check_int(name: str, value: object, where: str, minimum: int, maximum: int = 2**128 - 1) -> int:
    """Refuse anything but an integer in a range."""
    return int(whole(minimum, maximum).check(name, value, where))


def check_rng(name: str, value: object, where: str) -> np.random.Generator:
    """Return a random generator, or make one from a seed."""
    if isinstance(value, np.random.Generator):
        return value
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 0:
        raise unexpected(name, value, where, "a numpy.random.Generator or a seed >= 0")
    return np.random.default_rng(int(value))


def check_instance(name: str, value: object, cls: type[T], where: str, expected: str) -> T:
    """Refuse anything but an object of one class."""
    if not isinstance(value, cls):
        raise unexpected(name, value, where, expected)
    return value


def check_new_name(name: str, taken: Collection[str], letters: str, where: str) -> str:
    """Refuse a name that is taken, or that no option or no file of some system can have."""
    fits = isinstance(name, str) and re.fullmatch(f"[a-z][{letters}]*", name)
    if not fits or name in taken or not is_file_name(name):
        expected = f"a new name of {letters}, and no device of Windows, got {short_repr(name)}"
        text = f"expected {expected}; registered: {', '.join(taken)}"
        raise InputError.for_argument("name", where, text)
    return name


def check_path(name: str, value: object, where: str) -> Path:
    """Refuse anything but the name of a file or folder."""
    text = value.__fspath__() if isinstance(value, os.PathLike) else value
    if not isinstance(text, str) or not text:
        raise unexpected(name, value, where, "a path")
    return Path(text)


def check_callable(name: str, value: object, where: str, expected: str) -> Callable[..., Any]:
    """Refuse anything that cannot be called."""
    if not callable(value):
        raise unexpected(name, value, where, expected)
    return value


def check_takes_one_argument(
    name: str, value: Callable[..., Any], where: str, call: str, hint: str = ""
) -> None:
    """Refuse a callable whose signature does not allow a call with one argument."""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):  # some built-in functions have none
        return
    try:
        signature.bind(None)
    except TypeError:
        reason = f"expected a function of one argument, {call}"
        takes = f"got one that takes ({', '.join(signature.parameters)})"
        raise InputError.for_argument(name, where, f"{reason}, {takes}{hint}") from None


# Sequences and mappings.


def check_items(name: str, value: object, cls: type[T], where: str, expected: str) -> tuple[T, ...]:
    """Refuse anything but a sequence of objects of one class; a string is no sequence here."""
    try:
        found = tuple(value) if isinstance(value, Iterable) else None
    except TypeError:  # an array without axes
        found = None
    if found is None or isinstance(value, str | bytes):
        raise unexpected(name, value, where, expected)
    for index, item in enumerate(found):
        if not isinstance(item, cls):
            place = "in the set" if isinstance(value, Set) else f"at index {index}"
            reason = f"expected {expected}, got {describe_value(item)} {place}"
            raise InputError.for_argument(name, where, reason)
    return found


def check_mapping(name: str, value: object, where: str, expected: str) -> Mapping[Any, Any]:
    """Refuse anything but a mapping; its content is not checked."""
    kind: type[Mapping[Any, Any]] = Mapping  # type: ignore[type-abstract]
    return check_instance(name, value, kind, where, expected)


def check_keys(
    value: object, required: Mapping[str, Any], where: str, argument: str = "parameters"
) -> Mapping[str, Any]:
    """Check a mapping with the required keys."""
    keys = f"the keys {_join_names(list(required))}" if required else "no keys"
    given = check_mapping(argument, value, where, f"{keys} in a mapping")
    if given.keys() != required.keys():
        lists = {
            "missing": [name for name in required if name not in given],
            "unknown": [name for name in given if name not in required],
        }
        parts = [f"{kind}: {_join_names(found)}" for kind, found in lists.items() if found]
        raise InputError.for_argument(argument, where, f"expected {keys}; {'; '.join(parts)}")
    return given


def _join_names(names: list[Any]) -> str:
    more = f", ... ({len(names)} in all)" if len(names) > MAX_LISTED_NAMES else ""
    return ", ".join(str(name)[:40] for name in names[:MAX_LISTED_NAMES]) + more


# Arrays.


def as_array(name: str, value: object, where: str, expected: str = "an array") -> Array:
    """Convert to a NumPy array: an ndarray, or an object with ``__array__`` or ``__dlpack__``."""
    if type(value) is np.ndarray:
        return _check_size(name, value, where)
    if isinstance(value, np.ma.MaskedArray | type | np.generic):
        raise unexpected(name, value, where, expected)
    try:
        if hasattr(value, "__array__"):
            return _check_size(name, np.asarray(value), where)
        if hasattr(value, "__dlpack__"):
            return _check_size(name, np.from_dlpack(value), where)
    except InputError:
        raise
    except Exception as error:  # another library's code may raise anything
        reason = f"NumPy cannot read: {short_repr(error)}; convert or detach it explicitly"
        actual = f"{type(value).__name__}, which {reason}"
        raise InputError.for_argument(name, where, f"expected {expected}, got {actual}") from error
    hint = f"; convert it: np.asarray({name})" if isinstance(value, list | tuple) else ""
    raise unexpected(name, value, where, expected, hint)  # a list has no dtype of its own


def _check_size(name: str, array: Array, where: str) -> Array:
    """Return the array unless it has more entries than fit into any memory."""
    if array.size > MAX_ARRAY_SIZE:
        reason = f"expected at most {MAX_ARRAY_SIZE} entries, got shape {array.shape}"
        raise InputError.for_argument(name, where, reason)
    return array


def check_shape(name: str, value: object, shape: Sequence[Dim], where: str) -> Array:
    """Refuse anything but an array of the given shape."""
    expected = "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
    array = as_array(name, value, where, f"an array of shape {expected}")
    if not _has_shape(array, shape):
        reason = f"expected shape {expected}, got shape {array.shape}"
        raise InputError.for_argument(name, where, reason)
    return array


def _has_shape(array: Array, shape: Sequence[Dim]) -> bool:
    for expected, actual in zip(shape, array.shape, strict=False):
        if expected != actual and type(expected) is not str:
            return False
    return array.ndim == len(shape)


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
        and np.logical_and.reduce(np.isfinite(value), axis=None)  # all() is a slower call of it
    ):
        return value  # words only for what is not right
    array = check_shape(name, value, shape, where)
    check_float_dtype(name, array.dtype, where)
    if dtype is not None and array.dtype != dtype:
        expected = f"expected dtype {np.dtype(dtype)} like the parameters"
        reason = f"{expected}, got {array.dtype}; convert it explicitly"
        raise InputError.for_argument(name, where, reason)
    if not np.isfinite(array).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        reason = f"expected finite values, got {array[index]} at index {index}"
        raise InputError.for_argument(name, where, reason)
    return array


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


def check_params(
    value: object, shapes: Mapping[str, tuple[int, ...]], where: str, dtypes: Sequence[str] = ()
) -> dict[str, Array]:
    """Check parameters: their names, shapes and common dtype, which may have to be one of some."""
    if type(value) is dict and value.keys() == shapes.keys():
        params: Mapping[str, Any] = value
    else:
        params = check_keys(value, shapes, where)
    found: dict[str, Array] = {}
    dtype = None
    for name, shape in shapes.items():
        found[name] = check_float_array(name, params[name], shape, where, dtype)
        dtype = found[name].dtype
    if dtype is not None and dtypes:
        check_float_dtype("parameters", dtype, where, dtypes)
    return found
