"""Comparisons as bit masks: all bits 1 where true, computed from the sign bit by a shift.

The same memory is used as floats and as integers: ``bits(X)`` is the integer view.
Boolean arrays, ``where`` and ``heaviside`` are three to forty times slower.
"""

import numpy as np

from liaf_ref.kernels.array import Array


def constant(value: float, dtype: type[np.generic] = np.float32) -> Array:
    """Create a read-only 0-d array, which a ufunc reads faster than a NumPy scalar."""
    array: Array = np.array(value, dtype)
    array.flags.writeable = False
    return array


SIGN = constant(31, np.int32)
MAGNITUDE = constant(0x7FFFFFFF, np.int32)
ZERO = constant(0)
HALF = constant(0.5)
ONE = constant(1)


def bits(x: Array) -> Array:
    """Return an integer view of float32 values."""
    view: Array = x.view(np.int32)
    return view


def negative(x: Array, out: Array) -> None:
    """Write the mask of ``x < 0`` to integer ``out``; -0.0 would count as negative."""
    np.right_shift(bits(x), SIGN, out)


def positive(x: Array, out: Array) -> None:
    """Write the mask of ``x > 0``, the sign bit of ``0 - x``, to integer ``out``."""
    np.subtract(ZERO, x, out.view(np.float32))
    np.right_shift(out, SIGN, out)


def inside(x: Array, mu: float, out: Array) -> None:
    """Write the mask of ``|x| < mu``, ``mu >= 0``, to integer ``out``, exact at ``|x| = mu``."""
    # Floats of one sign are ordered as their bits are: the difference of the bits of |x| and mu
    # is negative exactly where the window is open.
    np.bitwise_and(bits(x), MAGNITUDE, out)
    np.subtract(out, bits(constant(mu)), out)
    np.right_shift(out, SIGN, out)
