"""Whether no sum and no product of a case rounds, in whatever order it is computed."""

from liaf_ref.oracle.case import Case
from liaf_ref.oracle.error_bounds.bounded import Arithmetic, Bounded, bounded_numbers
from liaf_ref.oracle.table import PAPER, Text, run


class InexactError(Exception):
    """A sum or a product of the case may round."""


def prove_no_rounding(
    case: Case, bits: int = 24, smallest: float = 2.0**-126, text: Text = PAPER
) -> None:
    """Run a case with error bounds; :class:`InexactError` where something may round."""
    found: dict[str, Bounded] = run(case, bounded_numbers(Arithmetic.of(bits, smallest)), text)
    if any(a.e.any() or (abs(a.v[a.v != 0]) < smallest).any() for a in found.values()):
        raise InexactError
