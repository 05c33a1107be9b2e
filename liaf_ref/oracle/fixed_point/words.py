"""Qm.n: numbers of m + n bits in two's complement, the sign among the m, and n after the point."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
NAME = re.compile(r"q([1-9][0-9]?)\.([0-9]|[1-9][0-9])", re.ASCII)
MIN_INTEGER_BITS, MAX_FRACTION_BITS, MAX_BITS = 2, 20, 32
ALLOWED = "qM.N, such as q4.12, with M >= 2 (a spike is 1), N <= 20, and M + N <= 32 bits"


def _away_from_zero(x: Array) -> Array:
    return np.copysign(np.floor(np.abs(x) + 0.5), x)


# How a number of steps that is not whole becomes whole.
ROUNDINGS: Mapping[str, Callable[[Array], Array]] = {
    "nearest even": np.rint,
    "nearest up": lambda x: np.floor(x + 0.5),
    "nearest away": _away_from_zero,
    "down": np.floor,
    "to zero": np.trunc,
}


def _saturate(x: Array, limit: float) -> Array:
    return np.clip(x, -limit, limit - 1)


def _wrap(x: Array, limit: float) -> Array:
    return np.mod(x + limit, 2 * limit) - limit


# What becomes of a whole number of steps that has more bits than a word.
OVERFLOWS: Mapping[str, Callable[[Array, float], Array]] = {"saturate": _saturate, "wrap": _wrap}


class Words(NamedTuple):
    """A fixed-point format, and how a result becomes one of its numbers."""

    integer_bits: int
    fraction_bits: int
    rounding: str = "nearest even"
    overflow: str = "saturate"

    @property
    def name(self) -> str:
        """Such as ``q4.12``."""
        return f"q{self.integer_bits}.{self.fraction_bits}"

    def store(self, x: Array) -> Array:
        """Round to the grid of the format, then fit into its range."""
        steps = ROUNDINGS[self.rounding](np.ldexp(np.asarray(x, np.float64), self.fraction_bits))
        limit = 2.0 ** (self.integer_bits + self.fraction_bits - 1)
        words = OVERFLOWS[self.overflow](steps, limit)
        return np.asarray(np.ldexp(words, -self.fraction_bits) + 0.0)  # no minus zero

    def from_words(self, words: Array) -> Array:
        """The numbers of integers: each times 2 to the power of minus n."""
        return np.asarray(np.ldexp(words.astype(np.float64), -self.fraction_bits))

    def metadata(self) -> dict[str, Any]:
        """The entries of a manifest for a case in these words; inverse of :func:`words_of`."""
        rules = {"rounding": self.rounding, "overflow": self.overflow}
        return {"dtype": self.name, "frac_bits": self.fraction_bits} | rules


def words_of(metadata: Mapping[str, Any]) -> Words | None:
    """The words of a case by the entries of its manifest; None if it is not in fixed point."""
    words = find_words(str(metadata.get("dtype")))
    if words is None:
        return None
    return words._replace(rounding=metadata["rounding"], overflow=metadata["overflow"])


@lru_cache
def find_words(name: str) -> Words | None:
    """The format of a name such as ``q4.12``; None if it is none."""
    found = NAME.fullmatch(name)
    if found is None:
        return None
    m, n = map(int, found.groups())
    allowed = m >= MIN_INTEGER_BITS and n <= MAX_FRACTION_BITS and m + n <= MAX_BITS
    return Words(m, n) if allowed else None
