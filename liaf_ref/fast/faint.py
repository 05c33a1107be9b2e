"""What is left of a gradient that is carried through steps without outputs of their own.

It decays, and arithmetic on subnormal numbers is a hundred times slower.  Below 2^-48 of
the largest it is taken as 0, since no float32 sum sees it, and so is what is within 2^16
of the subnormal numbers.
"""

import numpy as np

from liaf_ref.fast.masks import ZERO
from liaf_ref.kernels.array import Array

FAINT = 2.0**-48  # the rounding of a rounding, and far above the subnormals
SMALL = 2.0**-110
EVERY = 16  # steps between looks


class Fading:
    """One walk back through time.

    Parameters
    ----------
    silent : int
        Number of steps before the first with an output's gradient.
    """

    def __init__(self, silent: int) -> None:
        self.last = silent - 1
        self.floor = 0.0

    def is_spent(self, t: int, *grads: Array) -> bool:
        """Drop what is faint of the gradients that come into step ``t``; say if all has gone."""
        past = self.last - t
        if past < 0 or past % EVERY:
            return False
        if past == 0:
            largest = max(float(np.abs(g).max()) for g in grads)
            self.floor = max(FAINT * largest, SMALL) if np.isfinite(largest) else 0.0
        for g in grads:
            np.copyto(g, ZERO, where=np.abs(g) < self.floor)
        return not any(g.any() for g in grads)
