"""Unknown keyword arguments of public functions."""

import difflib
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from liaf_ref._core.errors import UnknownArgumentError

Function = TypeVar("Function", bound=Callable[..., Any])


def suggest_keywords(hints: Mapping[str, str]) -> Callable[[Function], Function]:
    """Decorate a function: an unknown keyword is refused with a hint, or the one that was meant."""

    def decorate(function: Function) -> Function:
        known = list(inspect.signature(function).parameters)

        @functools.wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            for name in kwargs:
                if name not in known:
                    hint = hints.get(name) or did_you_mean(name, known)
                    raise UnknownArgumentError(function.__name__, name, known, hint)
            return function(*args, **kwargs)

        return cast("Function", checked)

    return decorate


def did_you_mean(name: str, known: Sequence[str]) -> str | None:
    """A question that names the most similar of the known names, if one is similar."""
    similar = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {similar[0]!r}?" if similar else None
