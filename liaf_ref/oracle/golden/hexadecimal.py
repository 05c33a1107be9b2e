"""Hexadecimal files for ``$readmemh``: exact cases in fixed point."""

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import as_array, check_int
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.kernels.array import Array

WORD_BITS = 32  # bits of a word, two's complement
DIGITS = WORD_BITS // 4


def dumps(array: Array, frac_bits: int) -> bytes:
    """Write an array, one word a line, in C order."""
    array = as_array("array", array, "hex")
    frac_bits = check_int("frac_bits", frac_bits, "hex", minimum=0, maximum=WORD_BITS)
    if array.dtype.kind not in "if" or not np.isfinite(array).all():
        raise InputError.for_argument(
            "array", "hex", f"expected finite numbers, got {describe_value(array)}"
        )
    scaled = np.ldexp(array, frac_bits) if array.dtype.kind == "f" else array
    words = scaled.astype(np.int64).ravel()
    if (words != scaled.ravel()).any() or (abs(words) >= 2 ** (WORD_BITS - 1)).any():
        raise InputError.for_argument(
            "array",
            "hex",
            f"expected numbers that fit into {WORD_BITS} bits with {frac_bits} fraction "
            "bits, got others",
        )
    return "".join(f"{word % 2**WORD_BITS:0{DIGITS}x}\n" for word in words.tolist()).encode()


def file_name(case: str, array: str) -> str:
    """Where an array of a case is: ``hex/CASE.ARRAY.hex``, with a dash for the slash."""
    return f"hex/{case}.{array.replace('/', '-')}.hex"
