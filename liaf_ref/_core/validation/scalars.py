"""Checks of single values: choices, numbers, booleans, generators and paths."""

import math
import os
import sys
from collections.abc import Callable, Collection, Mapping, Sized
from pathlib import Path
from typing import TypeVar

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.plural import count

T = TypeVar("T")
MAX_REPR_LENGTH = 120  # of a printed value
MAX_SHOWN_ITEMS, MAX_SHOWN_LENGTH = 8, 40  # of a list that is shown and not only counted


def short_repr(value: object) -> str:
    """Return the repr of a value on one line, shortened."""
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - the value's own code may raise anything
        text = f"a value that cannot be printed ({type(error).__name__})"
    return " ".join(text.split())[:MAX_REPR_LENGTH]


def short_text(value: object) -> str:
    """Return a value of a file on one line, shortened; a string without quotes."""
    return (
        " ".join(value.split())[:MAX_REPR_LENGTH] if isinstance(value, str) else short_repr(value)
    )


def describe_value(value: object) -> str:
    """Describe the type and the value briefly."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    kind, items = type(value).__name__, _arrays_in(value)
    if items:
        of = f"{kind} of {count(len(items), 'array')}: {', '.join(items)}"
        return of if len(of) <= MAX_REPR_LENGTH else of[: MAX_REPR_LENGTH - 4] + " ..."
    if isinstance(value, Sized) and type(value) in {list, tuple, dict, set} and _is_long(value):
        return f"{kind} of {count(len(value), 'item')}"
    text = short_repr(value.item() if isinstance(value, np.generic) else value)  # 0.5, unadorned
    text = text if text.startswith(f"{kind}(") else f"{kind} {text}"
    return text if len(text) <= MAX_REPR_LENGTH else text[: MAX_REPR_LENGTH - 4] + " ..."


def _arrays_in(value: object) -> list[str]:
    """The names or shapes of the arrays that a mapping or sequence consists of."""
    named = dict(value) if isinstance(value, Mapping) else None
    items = list(value) if isinstance(value, tuple | list) else list((named or {}).values())
    if not all(isinstance(item, np.ndarray) for item in items):
        return []
    return [str(item.shape) for item in items] if named is None else [str(name) for name in named]


def _is_long(items: Sized) -> bool:
    return len(items) > MAX_SHOWN_ITEMS or len(short_repr(items)) > MAX_SHOWN_LENGTH


def check_choice(name: str, value: object, choices: Collection[str], where: str) -> str:
    """Refuse anything but one of the given names."""
    if not isinstance(value, str) or value not in choices:
        expected = f"expected one of {', '.join(choices)}"
        raise InputError.for_argument(name, where, f"{expected}, got {describe_value(value)}")
    return value


def check_bool(name: str, value: object, where: str) -> bool:
    """Refuse anything but True or False."""
    if not isinstance(value, bool | np.bool_):
        raise InputError.for_argument(
            name, where, f"expected True or False, got {describe_value(value)}"
        )
    return bool(value)


def check_positive_int(name: str, value: object, where: str) -> int:
    """Refuse anything but an integer from 1 to ``sys.maxsize``."""
    return check_int(name, value, where, minimum=1, maximum=sys.maxsize)


def check_int(name: str, value: object, where: str, minimum: int, maximum: int = 2**128 - 1) -> int:
    """Refuse anything but an integer in a range."""
    number = int(value) if isinstance(value, int | np.integer) else None
    if isinstance(value, bool) or number is None or not minimum <= number <= maximum:
        limit = f" and <= {maximum}" if number is not None and number > maximum else ""
        expected = f"expected an integer >= {minimum}{limit}"
        raise InputError.for_argument(name, where, f"{expected}, got {short_repr(value)}")
    return number


def check_number(
    name: str,
    value: object,
    where: str,
    predicate: Callable[[float], bool] = math.isfinite,
    expected: str = "a finite number",
) -> float:
    """Refuse anything but a finite real number that satisfies ``predicate``."""
    number = math.nan
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    if not math.isfinite(number) or not predicate(number):
        raise InputError.for_argument(name, where, f"expected {expected}, got {short_repr(value)}")
    return number


def check_number_within(name: str, value: object, where: str, low: float, high: float) -> float:
    """Refuse anything but a number in [low, high]."""
    expected = f"a number in [{low:g}, {high:g}]"
    return check_number(name, value, where, lambda number: low <= number <= high, expected)


def check_rng(name: str, value: object, where: str) -> np.random.Generator:
    """Return a random generator, or make one from a seed."""
    if isinstance(value, np.random.Generator):
        return value
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 0:
        reason = f"expected a numpy.random.Generator or a seed >= 0, got {describe_value(value)}"
        raise InputError.for_argument(name, where, reason)
    return np.random.default_rng(int(value))


def check_instance(
    name: str, value: object, expected_type: type[T], where: str, expected: str
) -> T:
    """Refuse anything but an object of one class."""
    if not isinstance(value, expected_type):
        raise InputError.for_argument(
            name, where, f"expected {expected}, got {describe_value(value)}"
        )
    return value


def check_path(name: str, value: object, where: str) -> Path:
    """Refuse anything but the name of a file or folder."""
    text = value.__fspath__() if isinstance(value, os.PathLike) else value
    if not isinstance(text, str) or not text:
        raise InputError.for_argument(name, where, f"expected a path, got {describe_value(value)}")
    return Path(text)
