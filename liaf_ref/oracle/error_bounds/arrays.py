"""Arrays of numbers that carry their error, and back."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.error_bounds.number import (
    ArithmeticModel,
    BoundedNumber,
    exact_number,
    with_detour_error,
    worst_case,
)


def apply_elementwise(function: Callable[..., Any], *arrays: Any) -> Array:
    """Apply a function to every entry, broadcasting; the result is an array of dtype object."""
    result: Array = np.asarray(np.frompyfunc(function, len(arrays), 1)(*arrays), object)
    return result


def exact_array(a: Array, model: ArithmeticModel) -> Array:
    """An array as every backend is given it: without error."""
    return apply_elementwise(lambda v: exact_number(float(v), model), a)


def as_bounded_array(a: Any, model: ArithmeticModel) -> Array:
    """The same array without Python's own numbers, which are exact."""
    return apply_elementwise(
        lambda x: x if isinstance(x, BoundedNumber) else exact_number(float(x), model), a
    )


def evaluate_sums(a: Array, model: ArithmeticModel) -> Array:
    """The same array with every open sum computed."""
    return apply_elementwise(BoundedNumber.evaluate_sum, as_bounded_array(a, model))


def values(a: Any) -> Array:
    """The values alone, float64."""
    return apply_elementwise(lambda x: x.v if isinstance(x, BoundedNumber) else x, a).astype(
        np.float64
    )


def errors(a: Any) -> Array:
    """The errors alone, float64; infinite where nothing is known."""
    found = apply_elementwise(lambda x: x.error if isinstance(x, BoundedNumber) else 0.0, a).astype(
        np.float64
    )
    return np.where(np.isnan(found), np.inf, found)


def worst_case_array(first: Array, *others: Array) -> Array:
    """One array computed in several ways: the first's values, the largest errors."""
    return apply_elementwise(worst_case, first, *others)


def array_with_detour_error(a: Array, b: Array) -> Array:
    """``a`` as ``(a + b) - b``."""
    return apply_elementwise(with_detour_error, a, b)
