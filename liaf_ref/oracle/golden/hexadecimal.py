"""Hexadecimal files for ``$readmemh``: exact cases in fixed point."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import describe_value
from liaf_ref._core.validation import as_array, check_int
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.fixed_point.words import words_of

WORD_BITS = 32  # bits of a word, two's complement, unless a case has its own fixed point


def word_bits(metadata: Mapping[str, Any]) -> int:
    """The bits of a case's words: of its fixed-point format, or 32."""
    words = words_of(metadata)
    return WORD_BITS if words is None else words.integer_bits + words.fraction_bits


def dumps(array: Array, frac_bits: int, bits: int = WORD_BITS) -> bytes:
    """Write an array, one word a line, in C order."""
    array = as_array("array", array, "hex")
    frac_bits = check_int("frac_bits", frac_bits, "hex", minimum=0, maximum=bits)
    if array.dtype.kind not in "if" or not np.isfinite(array).all():
        raise InputError.for_argument(
            "array", "hex", f"expected finite numbers, got {describe_value(array)}"
        )
    scaled = np.ldexp(array, frac_bits) if array.dtype.kind == "f" else array
    words = scaled.astype(np.int64).ravel()
    limit = 2 ** (bits - 1)
    if (words != scaled.ravel()).any() or ((words < -limit) | (words >= limit)).any():
        raise InputError.for_argument(
            "array",
            "hex",
            f"expected numbers that fit into {bits} bits with {frac_bits} fraction "
            "bits, got others",
        )
    digits = -(-bits // 4)
    return "".join(f"{word % 2**bits:0{digits}x}\n" for word in words.tolist()).encode()


def file_name(case: str, array: str) -> str:
    """Where an array of a case is: ``hex/CASE.ARRAY.hex``, with a dash for the slash."""
    return f"hex/{case}.{array.replace('/', '-')}.hex"
