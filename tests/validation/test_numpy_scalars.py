"""A configuration made from NumPy scalars equals one made from Python numbers, and holds these."""

from dataclasses import is_dataclass
from typing import Any

import numpy as np
import pytest
from support import trees_equal
from test_declared import VALUES

from liaf_ref._core.declared import declarations
from validation import error_messages

KINDS = (np.int8, np.uint8, np.int16, np.int64, np.float32, np.float64, np.longdouble, np.bool_)
ONLY = {"data.simulator.sources.DigitSource": ("scale",)}  # which takes an int and nothing else
DECLARED = {
    f"{number} {type(value).__name__}": (
        type(value),
        {each.name: getattr(value, each.name) for each in declarations(type(value))},
    )
    for number, value in enumerate(VALUES)
}
MADE = DECLARED | {
    made: (kind, {name: value for name, value in right.items() if name not in ONLY.get(made, ())})
    for group in error_messages.GROUPS
    for made, (kind, right) in error_messages.valid_calls(group).items()
    if isinstance(kind, type) and is_dataclass(kind)
}


def turned(value: Any, kind: Any) -> Any:
    """The value as a NumPy scalar of that kind, if the kind can hold it."""
    if type(value) is tuple:
        return tuple(turned(each, kind) for each in value)
    if type(value) is int and issubclass(kind, np.integer):
        return kind(value) if np.iinfo(kind).min <= value <= np.iinfo(kind).max else value
    alike = {bool: np.bool_, float: np.floating}.get(type(value))
    return kind(value) if alike and issubclass(kind, alike) else value


def python(value: Any) -> Any:
    """The same in Python's."""
    if type(value) is tuple:
        return tuple(map(python, value))
    if isinstance(value, np.floating):
        return float(value)
    return value.item() if isinstance(value, np.generic) else value


def scalars(value: Any) -> bool:
    inside = isinstance(value, tuple) and any(map(scalars, value))
    return inside or isinstance(value, np.generic)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MADE)
def test_numpy_scalars_become_python_numbers(name: str, kind: type[np.generic]) -> None:
    make, right = MADE[name]
    actual = {name: turned(value, kind) for name, value in right.items()}
    made = make(**actual)
    assert [name for name, value in vars(made).items() if scalars(value)] == []
    other = make(**{name: python(value) for name, value in actual.items()})
    assert trees_equal(vars(made), vars(other))
