"""Arrays of numbers that carry their error, and back."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.bound.model import Model
from liaf_ref.oracle.bound.number import Bounded, by_way_of, exact, widest


def each(function: Callable[..., Any], *arrays: Any) -> Array:
    """Apply a function to every entry, broadcasting; the result is an array of dtype object."""
    result: Array = np.asarray(np.frompyfunc(function, len(arrays), 1)(*arrays), object)
    return result


def given(a: Array, model: Model) -> Array:
    """An array as every backend is given it: without error."""
    return each(lambda v: exact(float(v), model), a)


def numbers(a: Any, model: Model) -> Array:
    """The same array without Python's own numbers, which are exact."""
    return each(lambda x: x if isinstance(x, Bounded) else exact(float(x), model), a)


def finished(a: Array, model: Model) -> Array:
    """The same array with every open sum computed."""
    return each(Bounded.finished, numbers(a, model))


def values(a: Any) -> Array:
    """The values alone, float64."""
    return each(lambda x: x.v if isinstance(x, Bounded) else x, a).astype(np.float64)


def errors(a: Any) -> Array:
    """The errors alone, float64; infinite where nothing is known."""
    found = each(lambda x: x.error if isinstance(x, Bounded) else 0.0, a).astype(np.float64)
    return np.where(np.isnan(found), np.inf, found)


def worst(first: Array, *others: Array) -> Array:
    """One array computed in several ways: the first's values, the largest errors."""
    return each(widest, first, *others)


def detour(a: Array, b: Array) -> Array:
    """``a`` as ``(a + b) - b``."""
    return each(by_way_of, a, b)
