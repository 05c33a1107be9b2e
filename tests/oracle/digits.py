"""The independent implementation with many digits."""

from typing import Any

import mpmath

from liaf_ref.oracle import table
from liaf_ref.oracle.case import Case


def run_in_digits(case: Case, digits: int = 50) -> dict[str, Any]:
    """The answer to a case as numbers of mpmath."""
    with mpmath.workdps(digits):
        return table.run(case, table.elementwise(mpmath.mpf, mpmath))
