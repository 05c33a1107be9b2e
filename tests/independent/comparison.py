"""Assertions that arrays agree, with messages that name the entry."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = Mapping[str, Array]
Value = Callable[[Arrays], Array]


def assert_agree(name: str, actual: Array, expected: Array, tolerance: float) -> None:
    """Largest difference at most ``tolerance`` times the largest entry of ``expected``.

    A tensor whose expected entries are all zero has to be exactly zero.
    """
    assert np.shape(actual) == np.shape(expected), f"{name}: another shape"
    most = tolerance * abs(np.asarray(expected)).max()
    np.testing.assert_allclose(actual, expected, rtol=0, atol=most, equal_nan=False, err_msg=name)


def assert_all_agree(actual: Arrays, expected: Arrays, tolerance: float) -> None:
    """:func:`assert_agree` for every tensor; both sides have the same names."""
    assert set(actual) == set(expected), f"tensors {sorted(actual)}, expected {sorted(expected)}"
    for name, tensor in expected.items():
        assert_agree(name, actual[name], tensor, tolerance)


def worst(actual: Arrays, expected: Arrays) -> float:
    """Largest difference over the largest entry of its tensor, of all tensors that are not zero."""
    pairs = [(np.asarray(actual[name]), np.asarray(tensor)) for name, tensor in expected.items()]
    parts = [float(abs(g - w).max() / abs(w).max()) for g, w in pairs if abs(w).max() > 0]
    return max(parts, default=0.0)


def assert_same(name: str, actual: Array, expected: Array) -> None:
    """Equal to the last bit, in shape and in dtype."""
    np.testing.assert_array_equal(actual, np.asarray(expected), err_msg=name, strict=True)
