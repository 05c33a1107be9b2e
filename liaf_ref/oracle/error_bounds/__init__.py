"""How far rounding can take a backend from the truth: docs/verify/tolerances.md.

The kernels run once on numbers that carry a bound on their own error.  The bound holds
for every order of summation and every rewriting that docs/verify/tolerances.md lists.
"""

from liaf_ref.oracle.error_bounds.evaluate import Bounds, bound, margins, spike_safe, tolerances
from liaf_ref.oracle.error_bounds.lazy import LazyTolerances
from liaf_ref.oracle.error_bounds.margin import Margin

__all__ = ["Bounds", "LazyTolerances", "Margin", "bound", "margins", "spike_safe", "tolerances"]
