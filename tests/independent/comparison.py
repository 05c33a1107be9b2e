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
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, (
        f"{name}: shape {actual.shape}, expected {expected.shape}"
    )
    off = abs(actual - expected)
    scale = abs(expected).max()
    where = np.unravel_index(int(off.argmax()), off.shape)
    entry = name + str([int(i) for i in where])
    assert off.max() <= tolerance * scale, (
        f"{entry}: got {actual[where]!r}, expected {expected[where]!r}; they differ by "
        f"{off.max():.3g}, allowed is {tolerance:.0e} of the largest expected entry {scale:.6g}"
    )


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
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.dtype == expected.dtype, (
        f"{name}: dtype {actual.dtype}, expected {expected.dtype}"
    )
    assert actual.shape == expected.shape, (
        f"{name}: shape {actual.shape}, expected {expected.shape}"
    )
    wrong = np.argwhere(actual != expected)
    assert not len(wrong), (
        f"{name}{wrong[0].tolist()}: got {actual[tuple(wrong[0])]!r}, "
        f"expected exactly {expected[tuple(wrong[0])]!r} ({len(wrong)} entries differ)"
    )
