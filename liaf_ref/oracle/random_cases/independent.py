"""The answers of some random cases, computed once more by the independent implementation."""

import numpy as np

from liaf_ref._core.errors import RunError
from liaf_ref.oracle import table
from liaf_ref.oracle.chunks import in_chunks
from liaf_ref.oracle.golden.golden_case import GoldenCase

ROUNDING = 1e-12  # relative, of sums that neither implementation rounds differently by more


def confirm(golden: GoldenCase) -> None:
    """Raise :class:`RunError` if the independent implementation has another answer."""
    answer = in_chunks(table.run)(golden.case)
    for name in sorted(golden.required):
        allowed = ROUNDING * (1 + abs(golden.expected[name]).max(initial=0.0))
        if not golden.exact:
            allowed = allowed + golden.tolerance["float64"][name]
        if not (abs(np.asarray(answer[name]) - golden.expected[name]) <= allowed).all():
            raise RunError(
                f"internal error: {golden.name}: the reference and the independent "
                f"implementation disagree on {name}; please report the seed and the case"
            )
