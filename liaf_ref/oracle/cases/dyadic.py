"""Numbers that prove a case exact: they know how many bits every sum behind them needs.

Run a case on them, and each number of the answer carries two bounds over everything
it was computed from, for any order of summation and with products expanded or not:

- every term is a multiple of ``2**-bits``;
- no partial sum exceeds ``peak``, the largest sum of magnitudes.

If ``peak * 2**bits < 2**24``, every partial sum is a whole number of steps below
``2**24``: a float32, and one fixed-point format of 25 bits holds the whole case.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.table import PAPER, Numbers, Text, run


class Dyadic:
    """A dyadic fraction with its history, all of it in whole numbers."""

    __slots__ = ("bits", "magnitude", "max_magnitude", "step", "value")

    def __init__(
        self, value: int, magnitude: int, step: int, bits: int, max_magnitude: int
    ) -> None:
        self.value, self.magnitude, self.step, self.bits, self.max_magnitude = (
            value,
            magnitude,
            step,
            bits,
            max_magnitude,
        )

    @classmethod
    def from_float(cls, number: float) -> "Dyadic":
        """A number that was given."""
        value, denominator = number.as_integer_ratio()
        step = denominator.bit_length() - 1
        return cls(value, abs(value), step, step, abs(value))

    def _combine(self, other: "Dyadic", value: int, magnitude: int, step: int) -> "Dyadic":
        bits = max(step, self.bits, other.bits)
        peaks = self.max_magnitude << (bits - self.bits), other.max_magnitude << (bits - other.bits)
        return Dyadic(value, magnitude, step, bits, max(magnitude << (bits - step), *peaks))

    def __add__(self, other: object) -> "Dyadic":
        b = _as_dyadic(other)
        step = max(self.step, b.step)
        i, j = step - self.step, step - b.step
        return self._combine(
            b, (self.value << i) + (b.value << j), (self.magnitude << i) + (b.magnitude << j), step
        )

    def __neg__(self) -> "Dyadic":
        return self * -1

    def __sub__(self, other: object) -> "Dyadic":
        return self + -_as_dyadic(other)

    def __rsub__(self, other: object) -> "Dyadic":
        return _as_dyadic(other) - self

    def __mul__(self, other: object) -> "Dyadic":
        b = _as_dyadic(other)
        return self._combine(
            b, self.value * b.value, self.magnitude * b.magnitude, self.step + b.step
        )

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: int) -> "Dyadic":
        return self * (1 / other)

    def __abs__(self) -> "Dyadic":
        return self if self.value >= 0 else -self

    def __ge__(self, other: object) -> bool:
        return self._difference(other) >= 0

    def __gt__(self, other: object) -> bool:
        return self._difference(other) > 0

    def __lt__(self, other: object) -> bool:
        return self._difference(other) < 0

    def _difference(self, other: object) -> int:
        b = _as_dyadic(other)
        step = max(self.step, b.step)
        return (self.value << (step - self.step)) - (b.value << (step - b.step))


class ExactnessProof(NamedTuple):
    """What a case needs."""

    frac_bits: int
    partial_sum_bits: int


def prove_exact(case: Case, text: Text = PAPER) -> ExactnessProof:
    """Run a case on :class:`Dyadic` and read off what it needs."""
    lift: Any = np.vectorize(Dyadic.from_float, otypes=[object])
    lifted = {name: lift(a) for name, a in case.items() if a.dtype.kind == "f"}
    answer = run(case, Numbers(lambda a: lift(np.asarray(a, float)), _floats), text)
    numbers = [_as_dyadic(x) for arrays in (lifted, answer) for x in _dyadic_entries(arrays)]
    frac_bits = max(x.bits for x in numbers)
    peak = max(x.max_magnitude << (frac_bits - x.bits) for x in numbers)
    return ExactnessProof(frac_bits, peak.bit_length())


def _floats(a: Any) -> Array:
    return np.vectorize(lambda x: x.value * 2.0**-x.step, otypes=[float])(a)  # type: ignore[no-any-return]


def _as_dyadic(x: object) -> Dyadic:
    return x if isinstance(x, Dyadic) else Dyadic.from_float(x)  # type: ignore[arg-type]


def _dyadic_entries(arrays: Mapping[str, Array]) -> list[object]:
    return [x for a in arrays.values() if a.dtype == object for x in a.ravel()]
