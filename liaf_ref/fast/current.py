"""Fast kernel for :mod:`liaf_ref.kernels.current`: each step in place, in the same order.

It supports any dtype; the values are those of the reference kernel.
"""

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.current import Tape
from liaf_ref.kernels.sharing import sum_to

__all__ = ["Tape", "backward", "forward"]


def forward(X: Array, I: Array, decay: Array) -> tuple[Array, Array, Tape]:
    """Run the currents over all time steps."""
    currents, I0 = np.empty_like(X), I
    for t in range(X.shape[1]):
        now = currents[:, t]
        np.multiply(decay, I, now)
        np.add(now, X[:, t], now)
        I = now
    return currents, I.copy(), Tape(currents, I0, decay)


def backward(dY: Array, dI: Array, tape: Tape) -> tuple[Array, Array, Array]:
    """Differentiate :func:`forward`, last step first."""
    I, I0, decay = tape
    dX, ddecay = np.empty_like(dY), np.zeros_like(dI)
    dI, product = dI.copy(), np.empty_like(dI)
    for t in reversed(range(dY.shape[1])):
        now = dX[:, t]
        np.add(dY[:, t], dI, now)
        np.multiply(now, I[:, t - 1] if t else I0, product)
        np.add(ddecay, product, ddecay)
        np.multiply(now, decay, dI)
    return dX, dI, sum_to(ddecay, decay.shape)
