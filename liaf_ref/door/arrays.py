"""Checks of arrays: shape, dtype, and that every entry can be meant."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref.door.values import describe
from liaf_ref.errors import InputError

Array = NDArray[Any]
Axis = int | str

FLOATING = "float32, float64, longdouble or complex"


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
            f"{name} of {source}: expected an array of shape {wanted}, got {describe(value)}"
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
