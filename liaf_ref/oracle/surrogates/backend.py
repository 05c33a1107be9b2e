"""Calling the function under test."""

import inspect
import warnings
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.imports import format_exception
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.surrogates.shape import Values


class Answer(NamedTuple):
    """What a function returned; ``problem`` says why there is nothing, ``warning`` what it said."""

    arrays: tuple[Array, ...] = ()
    problem: str = ""
    warning: str = ""


def accepted_parameters(
    function: Callable[..., Any], names: Collection[str], positional: int
) -> tuple[str, ...]:
    """The parameters of a shape that the function has as arguments, after the first ones."""
    try:
        arguments = list(inspect.signature(function).parameters.values())[positional:]
    except (TypeError, ValueError):
        return ()
    named = {p.name for p in arguments if p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}}
    return tuple(name for name in names if name in named)


def ask(function: Callable[..., Any], size: int, count: int, *args: Any, **values: Any) -> Answer:
    """Call the function, and check the form of what it returns."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        try:
            found = function(*args, **values)
            parts = (found,) if count == 1 else tuple(found)
            arrays = tuple(np.asarray(part, float) for part in parts)
        except Exception as error:  # noqa: BLE001 - user code may raise anything
            return Answer(problem=format_exception(error))
    messages = [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]
    if len(arrays) != count:
        return Answer(problem=f"expected {count} arrays, got {len(arrays)}")
    for array in arrays:
        if array.shape != (size,):
            return Answer(problem=f"expected an array of shape ({size},), got {array.shape}")
    return Answer(arrays, warning=messages[0] if messages else "")


def selected(values: Values, names: Collection[str]) -> dict[str, float]:
    """The values that are passed to the function."""
    return {name: values[name] for name in names}
