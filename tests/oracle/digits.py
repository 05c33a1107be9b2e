"""The independent implementation with many digits."""

from typing import Any

import mpmath

from liaf_ref.oracle import table
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.table.tape import Numbers, elementwise


def run_in_digits(case: Case, digits: int = 50) -> dict[str, Any]:
    """The answer to a case as numbers of mpmath."""
    exp, expm1, log, tanh, sqrt = (
        elementwise(getattr(mpmath, name)) for name in ("exp", "expm1", "log", "tanh", "sqrt")
    )
    number, value = elementwise(lambda x: mpmath.mpf(float(x))), Numbers.value
    numbers = Numbers(number, value, exp, expm1, log, tanh, sqrt, lambda a: 1 / (1 + exp(-a)))
    with mpmath.workdps(digits):
        return table.run(case, numbers)
