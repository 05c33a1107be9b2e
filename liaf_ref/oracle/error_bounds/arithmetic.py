"""What is assumed of a backend's arithmetic, docs/tolerances.md, "The model"."""

from typing import Any, NamedTuple

import numpy as np

FUNCTION_ULPS = 4  # of exp, expm1, log, tanh, cosh, pow: oneMKL's low accuracy, the widest promised


class ArithmeticModel(NamedTuple):
    """Floating-point arithmetic as the bound sees it."""

    u: float
    eta: float
    function_error: float

    def gamma(self, k: int) -> float:
        """Relative error of ``k`` roundings in a row, Higham (2002), Lemma 3.1."""
        return k * self.u / (1 - k * self.u) if k > 0 else 0.0


def arithmetic_model(dtype: Any) -> ArithmeticModel:
    """The model of an IEEE 754 format."""
    info = np.finfo(dtype)
    u = float(info.eps) / 2
    return ArithmeticModel(u, float(info.smallest_normal), 2 * FUNCTION_ULPS * u)
