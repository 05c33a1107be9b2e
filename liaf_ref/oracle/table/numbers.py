"""What the equations are computed with: the numbers of an arithmetic, and its functions."""

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Numbers:
    """An arithmetic beside ``+ - * /`` and ``@``: its numbers, and functions of its arrays."""

    make: Function  # from float64
    value: Function = lambda a: np.asarray(a, float)  # to compare
    exp: Function = np.exp
    expm1: Function = np.expm1
    log: Function = np.log
    tanh: Function = np.tanh
    sqrt: Function = np.sqrt
    sigmoid: Function = lambda a: 1 / (1 + np.exp(-a))
    stack: Callable[..., Any] = np.stack
    concatenate: Callable[..., Any] = np.concatenate
    where: Callable[..., Any] = np.where
    stop: Function = lambda a: a  # where arrays know their own gradients: without them
    # What an arithmetic that follows rounding is told: which node comes, how far each comparison is
    # from its limit, what a right backend may compute by way of another number, or take apart in
    # products, and what a number cannot exceed.
    enter: Callable[[str], None] = lambda node: None
    decided: Callable[[Any], None] = lambda distance: None
    via: Callable[[Any, Any], Any] = lambda a, other: a
    apart: Callable[[Any, Any], Any] = lambda a, other: a
    joined: Callable[[Any, Any], Any] = operator.add
    within: Callable[[Any, float], Any] = lambda a, limit: a


def elementwise(function: Function) -> Function:
    """A function of Python's numbers, of arrays of them."""
    over = np.frompyfunc(function, 1, 1)
    return lambda a: np.asarray(over(a), object)


def floats(dtype: Any) -> Numbers:
    """NumPy's of a dtype."""
    return Numbers(lambda a: np.asarray(a, dtype))


FLOAT64, LONGDOUBLE = floats(np.float64), floats(np.longdouble)
FRACTION = Numbers(elementwise(lambda x: Fraction(float(x))))  # exact, and without functions
_CURRENT: ContextVar[Numbers] = ContextVar("numbers", default=FLOAT64)


def current() -> Numbers:
    """The arithmetic in use."""
    return _CURRENT.get()


@contextmanager
def using(numbers: Numbers) -> Iterator[None]:
    """Compute with an arithmetic, without warnings: what is not finite is in the answer."""
    outer = _CURRENT.set(numbers)
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        _CURRENT.reset(outer)
