"""Checks of a frozen dataclass's fields, which then hold what the checks gave.

What a check lets in may be a NumPy scalar, whose products wrap around or widen an array.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Concatenate, ParamSpec

Told = ParamSpec("Told")


def keep(
    record: object,
    names: tuple[str, ...],
    check: Callable[Concatenate[str, Any, Told], object],
    *args: Told.args,
    **kwargs: Told.kwargs,
) -> None:
    """Check fields, and have them hold what the check returns.

    Parameters
    ----------
    record : dataclass
        Whose ``__post_init__`` this is called in.
    names : tuple of str
        Of the fields.
    check : callable
        Of this package, or of one of the same form: it takes name, value and what follows.
    *args, **kwargs
        What it is told besides.

    Raises
    ------
    InputError
        As the check does.
    """
    for name in names:
        object.__setattr__(record, name, check(name, getattr(record, name), *args, **kwargs))


def keep_given(
    record: object,
    names: tuple[str, ...],
    check: Callable[Concatenate[str, Any, Told], object],
    *args: Told.args,
    **kwargs: Told.kwargs,
) -> None:
    """As :func:`keep`, of the fields that are not None, left out that is.

    Parameters
    ----------
    record, names, check, *args, **kwargs
        As for :func:`keep`.

    Raises
    ------
    InputError
        As the check does.
    """
    given = tuple(name for name in names if getattr(record, name) is not None)
    keep(record, given, check, *args, **kwargs)


def adopt(record: Any, *made: object) -> None:
    """Have fields hold what dataclasses made of them hold under the same names.

    Parameters
    ----------
    record : dataclass
        Whose ``__post_init__`` this is called in.
    *made : dataclass
        They have checked what they were made of.
    """
    own = {field.name for field in fields(record)}
    for other in made:
        for name in own & vars(other).keys():
            object.__setattr__(record, name, vars(other)[name])
