"""Spike codes: values in [0, 1] to spikes in k sub-intervals of a time step, and back."""

from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
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
    """A code of values in spikes, whose first axis is the sub-interval, earliest first."""

    @property
    def name(self) -> str:
        """Name in tables."""

    def encode(self, u: Array, k: int) -> Spikes:
        """Spikes ``(k, *u.shape)`` of values in [0, 1]."""

    def decode(self, spikes: Spikes, dtype: Any) -> Array:
        """Values in [0, 1], of shape ``(...)``, of spikes ``(k, ...)``."""

    def max_error(self, k: int) -> float:
        """Largest difference of a decoded value from the encoded one, without rounding errors."""

    def op_count(self, synaptic_events: int) -> Operations:
        """Operations to add that many spikes, each times its weight, to potentials."""


def check_values(u: object, k: object, where: str) -> tuple[Array, int]:
    """Refuse values outside [0, 1], and anything but a number of sub-intervals."""
    array = as_array("u", u, where)
    check_float_array("u", array, array.shape, where)
    if array.dtype.kind != "f" or (array.size and not 0 <= array.min() <= array.max() <= 1):
        actual = f"{array.min()} to {array.max()}" if array.dtype.kind == "f" else array.dtype
        raise InputError.for_argument("u", where, f"expected values in [0, 1], got {actual}")
    return array, check_sub_intervals(k, where)


def check_sub_intervals(k: object, where: str) -> int:
    """Refuse anything but a number of sub-intervals."""
    return check_int("k", k, where, minimum=1, maximum=MAX_SUB_INTERVALS)


def check_real_dtype(dtype: object, where: str) -> np.dtype[Any]:
    """Refuse anything but a dtype of real numbers for what is decoded."""
    found = check_float_dtype("dtype", dtype, where)
    if found.kind != "f":
        raise InputError.for_argument("dtype", where, f"expected real numbers, got {found}")
    return found


def check_spikes(spikes: object, where: str) -> Spikes:
    """Refuse anything but an array of bool with an axis of sub-intervals."""
    array = as_array("spikes", spikes, where)
    if array.dtype != np.bool_ or not array.ndim or not len(array):
        reason = "expected bool of shape (k, ...), k >= 1"
        raise InputError.for_argument("spikes", where, f"{reason}, got {array.dtype} {array.shape}")
    return array
