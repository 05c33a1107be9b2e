"""Carry a gradient through steps without outputs, where it may fade and grow again.

Arithmetic on subnormal numbers is a hundred times slower on some processors.  So a carried
gradient with small entries is multiplied by 2^40, which rounds nothing.  Only entries below
2^-150, for which float32 has no numbers, are then set to zero.
"""

import numpy as np

from liaf_ref.fast.memory_layout import ZERO
from liaf_ref.kernels.array import Array

LIFT = 2.0**40
SMALL = 2.0**-60  # far above the subnormals, the smallest entry that is not lifted
LARGE = 2.0**24  # far below overflow, the largest entry that is lifted
LOWEST = 2.0**-150  # rounds to zero in float32
MIN_NORMAL = 2.0**-126
CHECK_INTERVAL = 16  # steps between two checks
LIFTED_CHECK_INTERVAL = 4


class FadingGradient:
    """The gradients carried back in time, arrays that each step overwrites."""

    def __init__(self, steps_without_grad: int, *carried: Array) -> None:
        self.last_step = steps_without_grad - 1
        self.carried = carried
        self.lift = 1.0

    def has_vanished(self, t: int) -> bool:
        """Whether all gradients carried into step ``t`` are zero; lift them where needed."""
        past = self.last_step - t
        interval = CHECK_INTERVAL if self.lift == 1 else LIFTED_CHECK_INTERVAL
        if past < 0 or past % interval:
            return False
        sizes = [np.abs(g) for g in self.carried]
        largest = max(float(size.max()) for size in sizes) / self.lift
        if self.lift > 1 and largest > LARGE:
            self._multiply(1 / LIFT)
        elif self.lift > 1:
            for g, size in zip(self.carried, sizes, strict=True):
                np.copyto(g, ZERO, where=size < LIFT * LOWEST)
        elif largest <= LARGE and any(((size > 0) & (size < SMALL)).any() for size in sizes):
            self._multiply(LIFT)
        return not any(g.any() for g in self.carried)

    def _multiply(self, factor: float) -> None:
        for g in self.carried:
            np.multiply(g, factor, g)
        self.lift *= factor

    def lower(self, *grads: Array) -> None:
        """Undo the lift in gradients that are no longer carried; subnormal ones become zero."""
        if self.lift > 1:
            for g in grads:
                np.copyto(g, ZERO, where=np.abs(g) < self.lift * MIN_NORMAL)
                np.multiply(g, 1 / self.lift, g)
