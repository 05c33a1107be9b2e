"""Errors for calls that do not match a signature, with a hint at the intended argument."""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, ParamSpec, Self, TypeVar

from liaf_ref._core.errors import CallError
from liaf_ref._core.suggestions import suggest_name

P = ParamSpec("P")
R = TypeVar("R")
_signature = functools.lru_cache(1024)(inspect.signature)  # of a class of layers, for each layer


class CheckedConstructor:
    """Base class whose constructor checks calls as :func:`checked_call` does for functions."""

    _usage: ClassVar[str | None] = None  # a hint that replaces the signature in the message

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        # Copy and pickle make an instance without arguments, unless the class names them.
        if args or kwargs or hasattr(cls, "__getnewargs_ex__"):
            init: Any = cls.__init__
            hints = getattr(cls, "_not_arguments", {})  # by unknown keyword
            _check_call(cls.__name__, init, (None, *args), kwargs, hints, cls._usage)
        return super().__new__(cls)


def checked_call(
    usage: str | None = None, **hints: str
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a public function to raise :class:`CallError` for wrong arguments."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except TypeError:
                _check_call(_called_name(function, args), function, args, kwargs, hints, usage)
                raise  # the call fits: the error comes from within

        return call

    return decorate


def format_call(name: str, function: Callable[..., Any]) -> str:
    """Return a call with the required arguments, such as ``Dense(K, L, ...)``."""
    parameters = _parameters(function)
    required = [p.name for p in parameters if p.default is p.empty and p.kind < p.VAR_POSITIONAL]
    options = ["..."] if len(required) < len(parameters) else []
    return f"{name}({', '.join(required + options)})"


def _check_call(
    called: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    hints: Mapping[str, str],
    usage: str | None,
) -> None:
    parameters = _parameters(function)
    known = [p.name for p in parameters]
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        for name in kwargs:
            if name not in known:
                reason = hints.get(name) or _did_you_mean(name, known)
                raise CallError(f"{called}() has no argument {name!r}; {reason}", name)
    try:
        _signature(function).bind(*args, **kwargs)
    except TypeError as error:
        expected = usage or f"expected {format_call(called.rpartition('.')[2], function)}"
        raise CallError(f"{called}(): {error}; {expected}") from None


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    parameters = _signature(function).parameters.values()
    return [p for p in parameters if p.name != "self"]


def _called_name(function: Callable[..., Any], args: tuple[Any, ...]) -> str:
    name = function.__name__
    if not args or not hasattr(type(args[0]), name):  # no method, or called on its class
        return function.__qualname__
    return f"{type(args[0]).__name__}.{name}"


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    near = suggest_name(name, known)
    return f"did you mean {near!r}?" if near else f"its arguments are {', '.join(known)}"
