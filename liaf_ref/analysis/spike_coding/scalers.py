"""Scalers: map real values to one or two lines in [0, 1] and back.

There is one line for each sign, or one line with an offset.  The range comes from sample values,
such as a percentile of the training data; values outside the range saturate.
"""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import as_array, check_float_array, check_number, validate_fields

Array = NDArray[Any]
WHERE = "a scaler"


@runtime_checkable
class Scaler(Protocol):
    """Maps a range of values to lines in [0, 1]."""

    @property
    def name(self) -> str:
        """Name in tables."""

    @property
    def span(self) -> float:
        """Difference in value that corresponds to 1 on a line."""

    def transform(self, x: Array) -> Array:
        """Map values to ``(lines, *x.shape)`` in [0, 1]; values outside the range saturate."""

    def inverse_transform(self, u: Array) -> Array:
        """The inverse of :meth:`transform` within the range."""


@dataclass(frozen=True)
class SignedScaler:
    """Two lines, for the positive and the negative part of values in [-scale, scale]."""

    scale: float
    name: str = "sign"

    def __post_init__(self) -> None:
        validate_fields(
            self, ("scale",), check_number, WHERE, lambda x: x > 0, "a finite number > 0"
        )

    @classmethod
    def from_percentile(cls, x: Array, percentile: float) -> "SignedScaler":
        """Use a percentile of the magnitudes as scale."""
        return cls(float(np.percentile(abs(_check_samples(x)), _check_percentile(percentile))))

    @property
    def span(self) -> float:
        return self.scale

    def transform(self, x: Array) -> Array:
        return np.stack([np.clip(x / self.scale, 0, 1), np.clip(-x / self.scale, 0, 1)])

    def inverse_transform(self, u: Array) -> Array:
        positive, negative = u
        return np.asarray((positive - negative) * self.scale)


@dataclass(frozen=True)
class OffsetScaler:
    """One line for values in [low, high]; zero has no code of its own."""

    low: float
    high: float
    name: str = "offset"

    def __post_init__(self) -> None:
        validate_fields(self, ("low",), check_number, WHERE)
        above = f"a finite number > {self.low}"
        validate_fields(self, ("high",), check_number, WHERE, lambda x: x > self.low, above)

    @classmethod
    def from_percentile(cls, x: Array, percentile: float) -> "OffsetScaler":
        """Use a percentile at both ends as range."""
        maximum = _check_percentile(percentile)
        low, high = np.percentile(_check_samples(x), [100 - maximum, maximum])
        return cls(float(low), float(high))

    @property
    def span(self) -> float:
        return self.high - self.low

    def transform(self, x: Array) -> Array:
        return np.asarray(np.clip((x - self.low) / self.span, 0, 1))[None]

    def inverse_transform(self, u: Array) -> Array:
        (line,) = u
        return np.asarray(self.low + self.span * line)


def _check_samples(x: object) -> Array:
    array = as_array("x", x, WHERE)
    if not array.size:
        raise InputError.for_argument("x", WHERE, "expected at least one value, got an empty array")
    return check_float_array("x", array, array.shape, WHERE)


def _check_percentile(percentile: object) -> float:
    expected = "a percentile in (50, 100]"
    return check_number("percentile", percentile, WHERE, lambda p: 50 < p <= 100, expected)
