"""The answer in fixed point: what an equation gives is exact, then stored as words.

A number that has a name in the equations is stored once: the synaptic input, U, R, V, Y, and each
gradient of them.  Sums and products inside an equation are exact, as in a wide accumulator.  A
parameter's gradient is the exact sum over steps and samples, stored once.  A spike is a bit.
"""

from typing import Any

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.error_bounds.bounded import Arithmetic, Bounded, bounded_numbers
from liaf_ref.oracle.fixed_point.words import Words
from liaf_ref.oracle.no_rounding import InexactError
from liaf_ref.oracle.table import PAPER, Text, run

BITS = 53  # of float64, in which sums and products are exact


def fixed_point_answer(case: Case, words: Words, text: Text = PAPER) -> dict[str, Array]:
    """The answer in fixed point; :class:`InexactError` where float64 may not be exact."""

    def store(x: Any) -> Bounded:
        if x.e.any():
            raise InexactError
        return x.made(words.store(x.v), None)  # type: ignore[no-any-return]

    numbers = bounded_numbers(Arithmetic.of(BITS, 0.0))
    found = run(case, numbers, {**text, "store": store})
    return {name: store(a).v for name, a in found.items()}
