"""How far rounding can take a backend from the truth: docs/verify/tolerances.md.

The forward text of :mod:`liaf_ref.oracle.table` runs on numbers that carry a bound on their own
error, and the tape takes it through the backward pass.
"""

from liaf_ref.oracle.error_bounds.evaluate import (
    Bounds,
    LazyTolerances,
    bound,
    margins,
    spike_safe,
    tolerances,
)

__all__ = ["Bounds", "LazyTolerances", "bound", "margins", "spike_safe", "tolerances"]
