"""Checks of single values: names, numbers, generators."""

import math
from collections.abc import Callable, Collection

import numpy as np

from liaf_ref.errors import InputError


def describe(value: object) -> str:
    """What came, in a few words."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return f"{type(value).__name__} {value!r}"[:120]


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
            f"{name} of {source}: expected one of {', '.join(choices)}, got {describe(value)}"
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
            f"{name} of {source}: expected a numpy.random.Generator, got {describe(value)}"
        )
    return value
