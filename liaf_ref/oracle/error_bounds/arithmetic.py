"""What is assumed of a backend's arithmetic, docs/tolerances.md, "The model"."""

from typing import Any, NamedTuple

import numpy as np

FUNCTION_ULPS = 4  # of exp, expm1, log, tanh, cosh, pow: oneMKL's low accuracy, the widest promised


class ArithmeticModel(NamedTuple):
    """Floating-point arithmetic as the bound sees it.

    Parameters
    ----------
    u : float
        Unit roundoff: one operation is off by at most ``u`` times its result.
    eta : float
        Smallest normal number: what is lost where a result is subnormal, or flushed to 0.
    function_error : float
        Relative error of an elementary function; an ulp is at most ``2 u``.
    """

    u: float
    eta: float
    function_error: float

    def gamma(self, k: int) -> float:
        """Relative error of ``k`` roundings in a row, Higham (2002), Lemma 3.1."""
        return k * self.u / (1 - k * self.u) if k > 0 else 0.0


def arithmetic_model(dtype: Any) -> ArithmeticModel:
    """The model of an IEEE 754 format.

    Parameters
    ----------
    dtype : dtype
        float32 or float64; of any other binary format as well.

    Returns
    -------
    ArithmeticModel
        Its unit roundoff and smallest normal number.
    """
    info = np.finfo(dtype)
    u = float(info.eps) / 2
    return ArithmeticModel(u, float(info.smallest_normal), 2 * FUNCTION_ULPS * u)
