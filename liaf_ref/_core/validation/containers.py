"""Checks of callables, sequences and mappings."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any, TypeVar

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation.scalars import check_instance, describe_value

T = TypeVar("T")


def check_callable(name: str, value: object, where: str, expected: str) -> Callable[..., Any]:
    """Refuse anything that cannot be called."""
    if not callable(value):
        raise InputError.for_argument(
            name, where, f"expected {expected}, got {describe_value(value)}"
        )
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


def check_items(
    name: str, value: object, item_type: type[T], where: str, expected: str
) -> tuple[T, ...]:
    """Refuse anything but a sequence of objects of one class; a string is no sequence here."""
    try:
        found = tuple(value) if isinstance(value, Iterable) else None
    except TypeError:  # an array without axes
        found = None
    if found is None or isinstance(value, str | bytes):
        raise InputError.for_argument(
            name, where, f"expected {expected}, got {describe_value(value)}"
        )
    for index, item in enumerate(found):
        if not isinstance(item, item_type):
            place = "in the set" if isinstance(value, Set) else f"at index {index}"
            reason = f"expected {expected}, got {describe_value(item)} {place}"
            raise InputError.for_argument(name, where, reason)
    return found


def check_mapping(name: str, value: object, where: str, expected: str) -> Mapping[Any, Any]:
    """Refuse anything but a mapping; its content is not checked."""
    kind: type[Mapping[Any, Any]] = Mapping  # type: ignore[type-abstract]
    return check_instance(name, value, kind, where, expected)
