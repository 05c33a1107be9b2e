"""Tolerances for two implementations that sum in different orders."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

# No number here has seen more than a thousand roundings on its way, each of at most 2^-53
# of what was rounded: for a gradient a term of some gradient of the case, which may cancel
# in its own array but not in the largest.
TOLERANCE = 1000 * 2.0**-53
GRADIENTS = ("grad/", "dbg/")


def assert_close(actual: Mapping[str, NDArray[Any]], expected: Mapping[str, NDArray[Any]]) -> None:
    """The same names, shapes and, but for roundings, numbers."""
    assert set(actual) == set(expected)
    largest = {name: float(np.max(np.abs(array))) for name, array in expected.items()}
    of_all = max((size for name, size in largest.items() if name.startswith(GRADIENTS)), default=0)
    for name, array in expected.items():
        scale = of_all if name.startswith(GRADIENTS) else largest[name]
        assert actual[name].shape == array.shape, name
        assert np.max(np.abs(actual[name] - array)) <= TOLERANCE * scale, name
