"""Numbers that prove a case exact: they know how many bits every sum behind them needs.

Run a case on them, and each number of the answer carries two bounds over everything
it was computed from, for any order of summation and with products expanded or not:

- every term is a multiple of ``2**-bits``;
- no partial sum exceeds ``peak``, the largest sum of magnitudes.

If ``peak * 2**bits < 2**24``, every partial sum is a whole number of steps below
``2**24``: a float32, and one fixed-point format of 25 bits holds the whole case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.reference import run


@dataclass(frozen=True, slots=True)
class Dyadic:
    """A dyadic fraction with its history.

    Parameters
    ----------
    value : Fraction
        The number.
    mass : Fraction
        Its terms' magnitudes, summed.
    step : int
        Its terms are multiples of ``2**-step``.
    bits, peak
        The largest step and mass of it and of all it was computed from.
    """

    value: Fraction
    mass: Fraction
    step: int
    bits: int
    peak: Fraction

    @classmethod
    def of(cls, number: float) -> "Dyadic":
        """A number that was given."""
        value = Fraction(number)
        step = value.denominator.bit_length() - 1
        return cls(value, abs(value), step, step, abs(value))

    def _with(self, other: object, value: Fraction, mass: Fraction, step: int) -> "Dyadic":
        peer = _lift(other)
        bits = max(step, self.bits, peer.bits)
        return Dyadic(value, mass, step, bits, max(mass, self.peak, peer.peak))

    def __add__(self, other: object) -> "Dyadic":
        b = _lift(other)
        step = max(self.step, b.step)
        return self._with(b, self.value + b.value, self.mass + b.mass, step)

    def __neg__(self) -> "Dyadic":
        return self * -1

    def __sub__(self, other: object) -> "Dyadic":
        return self + -_lift(other)

    def __rsub__(self, other: object) -> "Dyadic":
        return _lift(other) - self

    def __mul__(self, other: object) -> "Dyadic":
        b = _lift(other)
        return self._with(b, self.value * b.value, self.mass * b.mass, self.step + b.step)

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: int) -> "Dyadic":
        return self * (1 / other)

    def __abs__(self) -> "Dyadic":
        return self if self.value >= 0 else -self

    def __ge__(self, other: float) -> bool:
        return self.value >= other

    def __gt__(self, other: float) -> bool:
        return self.value > other

    def __lt__(self, other: float) -> bool:
        return self.value < other


class Proof(NamedTuple):
    """What a case needs.

    Parameters
    ----------
    frac_bits : int
        Every term of every sum is a multiple of ``2**-frac_bits``.
    bits : int
        Bits of the largest partial sum in these steps, without the sign; a float32
        has 24.
    """

    frac_bits: int
    bits: int


def prove(case: Case) -> Proof:
    """Run a case on :class:`Dyadic` and read off what it needs.

    Parameters
    ----------
    case : Case
        Without a loss; every number dyadic.

    Returns
    -------
    Proof
        Of all arrays given and answered.
    """
    lifted: dict[str, Array] = {
        name: np.vectorize(Dyadic.of, otypes=[object])(a) if a.dtype.kind == "f" else a
        for name, a in case.items()
    }
    answer = run(case.given(lifted | _no_bias(case)))
    numbers = [_lift(x) for arrays in (lifted, answer) for x in _flat(arrays)]
    frac_bits = max(x.bits for x in numbers)
    peak = max(x.peak for x in numbers) * 2**frac_bits
    return Proof(frac_bits, int(peak).bit_length())


def _lift(x: object) -> Dyadic:
    return x if isinstance(x, Dyadic) else Dyadic.of(x)  # type: ignore[arg-type]


def _flat(arrays: Mapping[str, Array]) -> list[object]:
    return [x for a in arrays.values() if a.dtype == object for x in a.ravel()]


def _no_bias(case: Case) -> dict[str, Array]:
    """A bias of zero where there is none: the kernel's sum to shape () knows no objects."""
    zero = Dyadic.of(0)
    absent = (n for n in case.nodes if "W" in case.of(n) and "b" not in case.of(n))
    return {f"par/{n.name}.b": np.full(case[f"par/{n.name}.W"].shape[-1], zero) for n in absent}
