"""Compare two computations entry by entry."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

Arrays = Mapping[str, Array]


class Equivalence(NamedTuple):
    """A statement of Section II-C about LIAF, measured."""

    item: int  # 1 LIF, 2 perceptron and convolution, 3 RNN
    liaf: str
    baseline: str
    dtype: str
    # Largest difference for each array, outputs first, in units in the last place of its
    # largest entry; 0 is bit for bit but for the sign of a zero.
    ulps: dict[str, float]
    explanation: str  # of a difference, where there is one


def max_ulp_errors(actual: Arrays, desired: Arrays) -> dict[str, float]:
    """Return the largest difference of each array, in ulps."""
    return {name: _max_ulp_error(actual[name], array) for name, array in desired.items()}


def _max_ulp_error(a: Array, b: Array) -> float:
    largest = max(abs(a).max(), abs(b).max())
    return float(abs(a - b).max() / np.spacing(largest))
