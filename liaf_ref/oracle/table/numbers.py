"""What the equations are computed with: the numbers of an arithmetic, and its functions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

FUNCTIONS = ("exp", "expm1", "log", "tanh", "sqrt")


def _floats(a: Any) -> Any:
    return np.asarray(a, float)


@dataclass(frozen=True)
class Numbers:
    """An arithmetic beside ``+ - * /`` and ``@``: its numbers, and functions of its arrays."""

    make: Callable[[Any], Any] = _floats  # from float64
    value: Callable[[Any], Any] = _floats  # as float64, to compare
    exp: Callable[[Any], Any] = np.exp
    expm1: Callable[[Any], Any] = np.expm1
    log: Callable[[Any], Any] = np.log
    tanh: Callable[[Any], Any] = np.tanh
    sqrt: Callable[[Any], Any] = np.sqrt


def elementwise(number: Callable[[float], Any], functions: Any = None) -> Numbers:
    """Arrays of Python's numbers; ``functions`` is a module, such as ``mpmath``."""
    found = {} if functions is None else {f: _each(getattr(functions, f)) for f in FUNCTIONS}
    return Numbers(_each(lambda x: number(float(x))), **found)


def _each(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    over = np.frompyfunc(function, 1, 1)
    return lambda a: np.asarray(over(a), object)


FLOAT64 = Numbers()
LONGDOUBLE = Numbers(lambda a: np.asarray(a, np.longdouble))
FRACTION = elementwise(Fraction)  # exact, and without functions
_CURRENT: ContextVar[Numbers] = ContextVar("numbers", default=FLOAT64)


def current() -> Numbers:
    """The arithmetic in use."""
    return _CURRENT.get()


@contextmanager
def using(numbers: Numbers) -> Iterator[None]:
    """Compute with an arithmetic."""
    token = _CURRENT.set(numbers)
    try:
        yield
    finally:
        _CURRENT.reset(token)
