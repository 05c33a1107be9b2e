"""Checks of what is called, and of what comes in a row or by name."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from liaf_ref.door.values import check_instance, describe
from liaf_ref.errors import InputError

Kind = TypeVar("Kind")


def check_callable(name: str, value: object, source: str, wanted: str) -> Callable[..., Any]:
    """Refuse anything that cannot be called.

    Parameters
    ----------
    name, value, source
        As in :func:`check_shape`.
    wanted : str
        What it is to be, for the message.

    Returns
    -------
    callable
        ``value`` itself.

    Raises
    ------
    InputError
        If ``value`` is something else.
    """
    if not callable(value):
        raise InputError.of(name, source, f"expected {wanted}, got {describe(value)}")
    return value


def check_items(
    name: str, value: object, kind: type[Kind], source: str, wanted: str
) -> tuple[Kind, ...]:
    """Refuse anything but a row of objects of one class; a text is no row.

    Parameters
    ----------
    name, value, source
        As in :func:`check_shape`.
    kind : type
        The class.
    wanted : str
        What the row holds, for the message.

    Returns
    -------
    tuple
        What ``value`` yields.

    Raises
    ------
    InputError
        If ``value`` cannot be gone through, or holds something else.
    """
    try:
        found = tuple(value) if isinstance(value, Iterable) else None
    except TypeError:  # an array without axes
        found = None
    if found is None or isinstance(value, str | bytes):
        raise InputError.of(name, source, f"expected {wanted}, got {describe(value)}")
    for item in found:
        check_instance(name, item, kind, source, f"{wanted} only")
    return found


def check_mapping(name: str, value: object, source: str, wanted: str) -> Mapping[Any, Any]:
    """Refuse anything but a mapping; what is in it is for its user to check.

    Parameters
    ----------
    name, value, source
        As in :func:`check_shape`.
    wanted : str
        What it is to hold, for the message.

    Returns
    -------
    mapping
        ``value`` itself.

    Raises
    ------
    InputError
        If ``value`` is something else.
    """
    kind: type[Mapping[Any, Any]] = Mapping  # type: ignore[type-abstract]
    return check_instance(name, value, kind, source, wanted)
