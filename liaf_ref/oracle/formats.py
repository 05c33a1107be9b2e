"""The number formats in which a backend is checked, and what represents them in NumPy."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_float_dtype
from liaf_ref.oracle.fixed_point.words import ALLOWED, find_words

Array = NDArray[Any]


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


def rounded_to(bits: int, x: Array) -> Array:
    """The nearest numbers of ``bits`` significant bits, ties to even."""
    mantissa, exponent = np.frexp(x)
    scale = 2.0**bits
    return np.asarray(np.ldexp(np.rint(mantissa * scale) / scale, exponent).astype(x.dtype))


def to_format(name: str, x: Array) -> Array:
    """Numbers rounded to a format, in the dtype that represents it."""
    if (words := find_words(name)) is not None:
        return words.store(x)
    form = FORMATS[name]
    if form.storage == name:
        return x.astype(name)
    return rounded_to(form.bits, x).astype(form.storage)
