"""What is left of a gradient that is carried through steps without outputs of their own.

It decays, and arithmetic on subnormal numbers is a hundred times slower.  Below 2^-48 of
the largest it is taken as 0, since no float32 sum sees it, and so is what is within 2^16
of the subnormal numbers.
"""

import numpy as np

from liaf_ref.fast.masks import ZERO
from liaf_ref.kernels.array import Array

CUTOFF_RATIO = 2.0**-48  # the rounding of a rounding, and far above the subnormals
MIN_CUTOFF = 2.0**-110
CHECK_INTERVAL = 16  # steps between looks


class GradientCutoff:
    """One walk back through time."""

    def __init__(self, steps_without_grad: int) -> None:
        self.last_step = steps_without_grad - 1
        self.cutoff = 0.0

    def flush_to_zero(self, t: int, *grads: Array) -> bool:
        """Drop what is faint of the gradients that come into step ``t``; say if all has gone."""
        past = self.last_step - t
        if past < 0 or past % CHECK_INTERVAL:
            return False
        if past == 0:
            largest = max(float(np.abs(g).max()) for g in grads)
            self.cutoff = max(CUTOFF_RATIO * largest, MIN_CUTOFF) if np.isfinite(largest) else 0.0
        for g in grads:
            np.copyto(g, ZERO, where=np.abs(g) < self.cutoff)
        return not any(g.any() for g in grads)
