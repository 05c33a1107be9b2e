"""Floating-point arithmetic as the bound sees it."""

from typing import Any, NamedTuple

import numpy as np

FUNCTION_ULPS = 4  # of exp, expm1, log, tanh, cosh, pow: oneMKL's low accuracy, the widest promised


FLOAT32_BITS = 24


class ArithmeticModel(NamedTuple):
    """A number format, and what is computed in it."""

    bits: int  # of a significand
    eta: float  # smallest normal number
    factor_bits: int | None = None  # to which the factors of a matrix product are rounded first

    @property
    def u(self) -> float:
        """Unit roundoff."""
        return 2.0**-self.bits

    @property
    def function_error(self) -> float:
        """Relative error of exp and its like: an ulp is at most 2u."""
        return 2 * FUNCTION_ULPS * self.u

    @property
    def constant_bits(self) -> int:
        """Constants of the program that need no more are exact."""
        return min(self.bits, FLOAT32_BITS)

    @property
    def max_exact_integer(self) -> float:
        """Whole numbers below, and the sums of sixteen, are exact."""
        return 2.0 ** (self.constant_bits - 4)

    def gamma(self, k: Any) -> Any:
        """Relative error of ``k`` roundings in a row, Higham (2002), Lemma 3.1."""
        share = k * self.u
        with np.errstate(divide="ignore"):  # so many roundings may lose everything
            return share / np.maximum(1 - share, 0.0)


def arithmetic_model(dtype: Any) -> ArithmeticModel:
    """The model of an IEEE 754 format."""
    info = np.finfo(dtype)
    return ArithmeticModel(info.nmant + 1, float(info.smallest_normal))


FORMATS = {
    "float16": arithmetic_model(np.float16),
    "bfloat16": ArithmeticModel(8, 2.0**-126),
    "tf32": ArithmeticModel(FLOAT32_BITS, 2.0**-126, factor_bits=11),
}
