"""The number formats in which a backend is checked, and what represents them in NumPy.

Fixed point is Qm.n: numbers of m + n bits in two's complement, the sign among the m, n after the
point.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_float_dtype

Array = NDArray[Any]
NAME = re.compile(r"q([1-9][0-9]?)\.([0-9]|[1-9][0-9])", re.ASCII)
MIN_INTEGER_BITS, MAX_FRACTION_BITS, MAX_BITS = 2, 20, 32
ALLOWED = "qM.N, such as q4.12, with M >= 2 (a spike is 1), N <= 20, and M + N <= 32 bits"


# How a number of steps that is not whole becomes whole.
ROUNDINGS: Mapping[str, Callable[[Array], Array]] = {
    "nearest even": np.rint,
    "nearest up": lambda x: np.floor(x + 0.5),
    "nearest away": lambda x: np.copysign(np.floor(np.abs(x) + 0.5), x),
    "down": np.floor,
    "to zero": np.trunc,
}


# What becomes of a whole number of steps that has more bits than a word.
OVERFLOWS: Mapping[str, Callable[[Array, float], Array]] = {
    "saturate": lambda x, limit: np.clip(x, -limit, limit - 1),
    "wrap": lambda x, limit: np.mod(x + limit, 2 * limit) - limit,
}


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
    return words and words._replace(rounding=metadata["rounding"], overflow=metadata["overflow"])


@lru_cache
def find_words(name: str) -> Words | None:
    """The format of a name such as ``q4.12``; None if it is none."""
    if found := NAME.fullmatch(name):
        m, n = map(int, found.groups())
        if m >= MIN_INTEGER_BITS and n <= MAX_FRACTION_BITS and m + n <= MAX_BITS:
            return Words(m, n)
    return None


class Format(NamedTuple):
    """A format: its significand, and the dtypes of arrays that hold its numbers."""

    bits: int  # 0: no significand, as of fixed point
    storage: str  # of the arrays that a backend is given
    answers: tuple[str, ...]  # of the arrays that it may return
    smallest: float  # normal number


FORMATS: Mapping[str, Format] = {
    "float32": Format(24, "float32", ("float32",), 2.0**-126),
    "float64": Format(53, "float64", ("float64",), 2.0**-1022),
    "float16": Format(11, "float16", ("float16", "float32"), 2.0**-14),
    "bfloat16": Format(8, "float32", ("float32", "bfloat16"), 2.0**-126),
    "tf32": Format(11, "float32", ("float32",), 2.0**-126),
}
LOW_PRECISION = ("float16", "bfloat16", "tf32")
FIXED_POINT = Format(0, "float64", ("int64", "int32", "int16", "float64", "float32"), 0.0)


def has_own_cases(name: str) -> bool:
    """Whether cases are drawn for this format alone; the stored cases are for no such one."""
    return name in LOW_PRECISION or find_words(name) is not None


def format_of(name: str) -> Format:
    """The format of a name; arrays of a fixed-point format hold its numbers as float64."""
    return FORMATS.get(name, FIXED_POINT)


def check_format(name: str, value: object, where: str) -> str:
    """The name of a format, given as a text or as a dtype of NumPy."""
    if isinstance(value, str) and value.startswith("q"):
        if find_words(value) is None:
            raise InputError.for_argument(name, where, f"expected {ALLOWED}, got {value!r}")
        return value
    if isinstance(value, str) and value in FORMATS:
        return value
    if isinstance(value, type | np.dtype) and getattr(value, "__name__", str(value)) in FORMATS:
        return np.dtype(value).name
    return check_float_dtype(name, value, where, tuple(FORMATS)).name


@cache
def dtype_name(dtype: np.dtype[Any]) -> str:
    """The name of an array's dtype, which NumPy makes anew each time."""
    return dtype.name


def rounded_to(bits: int, x: Array) -> Array:
    """The nearest numbers of ``bits`` significant bits, ties to even."""
    mantissa, exponent = np.frexp(x)
    scale = 2.0**bits
    return np.asarray(np.ldexp(np.rint(mantissa * scale) / scale, exponent).astype(x.dtype))


def to_format(dtype: Any, x: Array) -> Array:
    """Numbers as another dtype, or rounded to a format, in the dtype that represents it."""
    if (words := find_words(str(dtype))) is not None:
        return words.store(x)
    form = FORMATS.get(dtype)
    if form is None or form.storage == dtype:
        return x.astype(dtype)
    return rounded_to(form.bits, x).astype(form.storage)
