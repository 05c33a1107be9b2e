"""Spike codes: convert values in [0, 1] to spikes in k sub-intervals, and back."""

from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import describe_value
from liaf_ref._core.validation import as_array, check_float_array, check_float_dtype, check_int

Array = NDArray[Any]
Spikes = NDArray[np.bool_]
MAX_SUB_INTERVALS = 2**16  # sub-intervals


class Operations(NamedTuple):
    """Multiplications and additions."""

    muls: int
    adds: int


@runtime_checkable
class SpikeCode(Protocol):
    """Encodes values as spikes; the first axis is the sub-interval, the earliest first."""

    @property
    def name(self) -> str:
        """Name in tables."""

    def encode(self, u: Array, k: int) -> Spikes:
        """Encode values in [0, 1] as spikes ``(k, *u.shape)``."""

    def decode(self, spikes: Spikes, dtype: Any) -> Array:
        """Decode spikes ``(k, ...)`` to values ``(...)`` in [0, 1]."""

    def max_error(self, k: int) -> float:
        """Largest error of a decoded value, without rounding errors."""

    def op_count(self, synaptic_events: int) -> Operations:
        """Operations to add this many spikes, each times a weight, to potentials."""


def check_values(u: object, k: object, where: str) -> tuple[Array, int]:
    """Check values in [0, 1] and the number of sub-intervals."""
    array = as_array("u", u, where)
    check_float_array("u", array, array.shape, where)
    if array.dtype.kind != "f" or (array.size and not 0 <= array.min() <= array.max() <= 1):
        actual = f"{array.min()} to {array.max()}" if array.dtype.kind == "f" else array.dtype
        raise InputError.for_argument("u", where, f"expected values in [0, 1], got {actual}")
    return array, check_sub_intervals(k, where)


def check_sub_intervals(k: object, where: str) -> int:
    """Check the number of sub-intervals."""
    return check_int("k", k, where, minimum=1, maximum=MAX_SUB_INTERVALS)


def check_real_dtype(dtype: object, where: str) -> np.dtype[Any]:
    """Check a real dtype for decoded values."""
    found = check_float_dtype("dtype", dtype, where)
    if found.kind != "f":
        raise InputError.for_argument("dtype", where, f"expected a real dtype, got {found}")
    return found


def check_spikes(spikes: object, where: str) -> Spikes:
    """Check a boolean array with a first axis for the sub-intervals."""
    array = as_array("spikes", spikes, where)
    if array.dtype != np.bool_ or not array.ndim or not len(array):
        reason = "expected a boolean array of shape (k, ...), k >= 1"
        raise InputError.for_argument("spikes", where, f"{reason}, got {describe_value(array)}")
    return array
