"""Checks of a frozen dataclass's fields, which then hold what the checks gave.

What a check lets in may be a NumPy scalar, whose products wrap around or widen an array.
"""

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
    """Check fields, and have them hold what the check returns."""
    for name in names:
        object.__setattr__(instance, name, check(name, getattr(instance, name), *args, **kwargs))


def validate_optional_fields(
    instance: object,
    names: tuple[str, ...],
    check: Callable[Concatenate[str, Any, P], object],
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """As :func:`keep`, of the fields that are not None, left out that is."""
    given = tuple(name for name in names if getattr(instance, name) is not None)
    validate_fields(instance, given, check, *args, **kwargs)


def copy_fields(instance: Any, *sources: object) -> None:
    """Have fields hold what dataclasses made of them hold under the same names."""
    own = {field.name for field in fields(instance)}
    for other in sources:
        for name in own & vars(other).keys():
            object.__setattr__(instance, name, vars(other)[name])
