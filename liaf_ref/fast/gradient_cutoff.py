"""Set tiny gradients to zero in steps whose outputs have no gradient.

There, gradients decay, and arithmetic on subnormal numbers is a hundred times slower.  An entry
below 2^-48 times the largest changes no float32 sum and is set to 0; so is an entry less than
2^16 times the smallest normal number.
"""

import numpy as np

from liaf_ref.fast.masks import ZERO
from liaf_ref.kernels.array import Array

CUTOFF_RATIO = 2.0**-48  # does not change float32 sums, and is far above the subnormals
MIN_CUTOFF = 2.0**-110
CHECK_INTERVAL = 16  # steps between two checks


class GradientCutoff:
    """The cutoff of one backward pass."""

    def __init__(self, steps_without_grad: int) -> None:
        self.last_step = steps_without_grad - 1
        self.cutoff = 0.0

    def flush_to_zero(self, t: int, *grads: Array) -> bool:
        """Set tiny entries of gradients into step ``t`` to zero; return whether all are zero."""
        past = self.last_step - t
        if past < 0 or past % CHECK_INTERVAL:
            return False
        if past == 0:
            largest = max(float(np.abs(g).max()) for g in grads)
            self.cutoff = max(CUTOFF_RATIO * largest, MIN_CUTOFF) if np.isfinite(largest) else 0.0
        for g in grads:
            np.copyto(g, ZERO, where=np.abs(g) < self.cutoff)
        return not any(g.any() for g in grads)
