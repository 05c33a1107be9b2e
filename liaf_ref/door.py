"""Checks at the door: what a public function expects, said once.

Kernels trust their caller; layers, networks and readers call these first.
Nothing is converted, clipped or repaired here: a wrong guest is refused with
what was expected, what came, and the equation or option it was meant for.
"""

import math
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref.errors import InputError

Array = NDArray[Any]
Axis = int | str

FLOATING = "float32, float64, longdouble or complex"


def _describe(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return f"{type(value).__name__} {value!r}"[:120]


def check_shape(name: str, value: object, shape: Sequence[Axis], source: str) -> Array:
    """Refuse anything but an array of the given shape.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : object
        What came.
    shape : sequence of int or str
        An ``int`` fixes the size of an axis, a ``str`` names a free one.
    source : str
        The equation, table or option the argument belongs to.

    Returns
    -------
    ndarray
        ``value`` itself.

    Raises
    ------
    InputError
        If ``value`` is no array, or its rank or a fixed size differs.
    """
    wanted = "(" + ", ".join(str(axis) for axis in shape) + ("," if len(shape) == 1 else "") + ")"
    if not isinstance(value, np.ndarray):
        raise InputError(
            f"{name} of {source}: expected an array of shape {wanted}, got {_describe(value)}"
        )
    fits = value.ndim == len(shape) and all(
        isinstance(axis, str) or axis == size for axis, size in zip(shape, value.shape, strict=True)
    )
    if not fits:
        raise InputError(f"{name} of {source}: expected shape {wanted}, got shape {value.shape}")
    return value


def check_float(
    name: str, value: object, shape: Sequence[Axis], source: str, dtype: Any = None
) -> Array:
    """Refuse anything but a finite floating or complex array of the given shape.

    Parameters
    ----------
    name, value, shape, source
        As in :func:`check_shape`.
    dtype : dtype, optional
        The exact dtype required; precision is never mixed silently.

    Returns
    -------
    ndarray
        ``value`` itself.

    Raises
    ------
    InputError
        On a wrong rank, size or dtype, or a non-finite entry; the first one is
        named by its index.
    """
    array = check_shape(name, value, shape, source)
    check_floating(name, array.dtype, source)
    if dtype is not None and array.dtype != dtype:
        raise InputError(
            f"{name} of {source}: expected dtype {np.dtype(dtype)} like the parameters, "
            f"got {array.dtype}; convert it explicitly"
        )
    if not np.isfinite(array).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise InputError(
            f"{name} of {source}: expected finite values, got {array[index]} at index {index}"
        )
    return array


def check_floating(name: str, dtype: Any, source: str) -> Any:
    """Refuse any dtype that does not run through the equations as it is.

    Parameters
    ----------
    name, source
        As in :func:`check_shape`.
    dtype : dtype
        What came.

    Returns
    -------
    dtype
        ``dtype`` itself.

    Raises
    ------
    InputError
        If it is neither complex nor a float of at least 32 bits.
    """
    if dtype.kind not in "fc" or dtype.itemsize < 4:
        raise InputError(f"{name} of {source}: expected dtype {FLOATING}, got {dtype}")
    return dtype


def check_index(name: str, value: object, shape: Sequence[Axis], size: int, source: str) -> Array:
    """Refuse anything but an integer array with entries in ``0 .. size - 1``.

    Parameters
    ----------
    name, value, shape, source
        As in :func:`check_shape`.
    size : int
        One more than the largest entry allowed.

    Returns
    -------
    ndarray
        ``value`` itself.

    Raises
    ------
    InputError
        On a wrong rank, size or dtype, or an entry out of range.
    """
    array = check_shape(name, value, shape, source)
    if array.dtype.kind not in "iu":
        raise InputError(f"{name} of {source}: expected integers, got dtype {array.dtype}")
    if array.size and (array.min() < 0 or array.max() >= size):
        bad = array[(array < 0) | (array >= size)].flat[0]
        raise InputError(f"{name} of {source}: expected entries in 0 .. {size - 1}, got {bad}")
    return array


def check_choice(name: str, value: object, choices: Collection[str], source: str) -> str:
    """Refuse anything but one of the given names.

    Parameters
    ----------
    name, value, source
        As in :func:`check_shape`.
    choices : collection of str
        The names allowed.

    Returns
    -------
    str
        ``value`` itself.

    Raises
    ------
    InputError
        If ``value`` is not one of ``choices``.
    """
    if not isinstance(value, str) or value not in choices:
        raise InputError(
            f"{name} of {source}: expected one of {', '.join(choices)}, got {_describe(value)}"
        )
    return value


def check_positive(name: str, value: object, source: str) -> int:
    """Refuse anything but a whole number of at least 1.

    Parameters
    ----------
    name, value, source
        As in :func:`check_shape`.

    Returns
    -------
    int
        ``value`` as a Python ``int``.

    Raises
    ------
    InputError
        If ``value`` is no integer or is below 1.
    """
    return check_whole(name, value, source, least=1)


def check_whole(name: str, value: object, source: str, least: int) -> int:
    """Refuse anything but a whole number of at least ``least``.

    Parameters
    ----------
    name, value, source
        As in :func:`check_shape`.
    least : int
        The smallest number allowed.

    Returns
    -------
    int
        ``value`` as a Python ``int``.

    Raises
    ------
    InputError
        If ``value`` is no integer or is below ``least``.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(f"{name} of {source}: expected a whole number >= {least}, got {value!r}")
    return int(value)


def check_number(
    name: str,
    value: object,
    source: str,
    fits: Callable[[float], bool] = math.isfinite,
    wanted: str = "a finite number",
) -> float:
    """Refuse anything but a finite real number in the range given.

    Parameters
    ----------
    name, value, source
        As in :func:`check_shape`.
    fits : callable
        Whether a finite number is in the range.
    wanted : str
        The range in words, for the message.

    Returns
    -------
    float
        ``value`` as a Python ``float``.

    Raises
    ------
    InputError
        If ``value`` is no number, not finite or out of range.
    """
    number = math.nan
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        number = float(value)
    if not math.isfinite(number) or not fits(number):
        raise InputError(f"{name} of {source}: expected {wanted}, got {value!r}")
    return number


def check_generator(name: str, value: object, source: str) -> np.random.Generator:
    """Refuse anything but a random generator, a seed for instance.

    Parameters
    ----------
    name, value, source
        As in :func:`check_shape`.

    Returns
    -------
    numpy.random.Generator
        ``value`` itself.

    Raises
    ------
    InputError
        If ``value`` is something else.
    """
    if not isinstance(value, np.random.Generator):
        raise InputError(
            f"{name} of {source}: expected a numpy.random.Generator, got {_describe(value)}"
        )
    return value
