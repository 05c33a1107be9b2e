"""The answers of some random cases, computed once more by the independent implementation."""

import numpy as np

from liaf_ref._core.errors import RunError
from liaf_ref.oracle import exact
from liaf_ref.oracle.chunks import in_chunks
from liaf_ref.oracle.golden.golden_case import GoldenCase

MAX_NUMBERS = 500  # of a case's answer: it computes number by number
ROUNDING = 1e-12  # relative, of sums that neither implementation rounds differently by more


def confirm(golden: GoldenCase) -> None:
    """Raise :class:`RunError` if the independent implementation has another answer."""
    if not is_small(golden):
        return
    answer = in_chunks(exact.run)(golden.case)
    for name in sorted(golden.required):
        allowed = ROUNDING * (1 + abs(golden.expected[name]).max(initial=0.0))
        if not golden.exact:
            allowed = allowed + golden.tolerance["float64"][name]
        if not (abs(np.asarray(answer[name]) - golden.expected[name]) <= allowed).all():
            raise RunError(
                f"internal error: {golden.name}: the reference and the independent "
                f"implementation disagree on {name}; please report the seed and the case"
            )


def is_small(golden: GoldenCase) -> bool:
    """Whether it can be computed number by number in a moment."""
    numbers = sum(a.size for a in (*golden.case.values(), *golden.expected.values()))
    return numbers <= MAX_NUMBERS and not any(
        node.op == "conv3d" and _changes_steps(node.options) for node in golden.case.nodes
    )


def _changes_steps(options: object) -> bool:
    """Whether a convolution over time has a stride, or not as many steps as it was given."""
    (before, after), stride, kernel = options["pad"][0], options["stride"][0], options["kernel"][0]  # type: ignore[index]
    return bool(stride != 1 or before + after != kernel - 1)
