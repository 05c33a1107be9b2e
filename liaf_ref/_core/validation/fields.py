"""Check fields of a frozen dataclass and replace them by what the checks return."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Concatenate, ParamSpec

P = ParamSpec("P")


def validate_fields(
    instance: object,
    names: tuple[str, ...],
    check: Callable[Concatenate[str, Any, P], object],
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """Check fields, and replace each by what the check returns."""
    # A check may let a NumPy scalar in, whose products wrap around or widen an array: the field
    # holds the Python number that the check returns.
    for name in names:
        object.__setattr__(instance, name, check(name, getattr(instance, name), *args, **kwargs))


def validate_optional_fields(
    instance: object,
    names: tuple[str, ...],
    check: Callable[Concatenate[str, Any, P], object],
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """Check the fields that are not None."""
    given = tuple(name for name in names if getattr(instance, name) is not None)
    validate_fields(instance, given, check, *args, **kwargs)


def copy_fields(instance: Any, *sources: object) -> None:
    """Copy the fields of ``sources`` to the fields of the same names of ``instance``."""
    own = {field.name for field in fields(instance)}
    for other in sources:
        for name in own & vars(other).keys():
            object.__setattr__(instance, name, vars(other)[name])
