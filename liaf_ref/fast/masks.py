"""Comparisons as bit masks: all ones where true, made from the sign bit by a shift.

A float and an integer view of the same memory take turns: ``bits(X)`` is the
integer view.  Boolean arrays, ``where`` and ``heaviside`` do the same three to
forty times slower.
"""

import numpy as np

from liaf_ref.kernels.array import Array


def constant(value: float, dtype: type[np.generic] = np.float32) -> Array:
    """A read-only 0-d array, which a ufunc reads faster than a NumPy scalar."""
    array: Array = np.array(value, dtype)
    array.flags.writeable = False
    return array


SIGN = constant(31, np.int32)
MAGNITUDE = constant(0x7FFFFFFF, np.int32)
ZERO = constant(0)
HALF = constant(0.5)
ONE = constant(1)


def bits(x: Array) -> Array:
    """Integer view of float32 values."""
    view: Array = x.view(np.int32)
    return view


def negative(x: Array, out: Array) -> None:
    """Mask of ``x < 0`` into integer ``out``; ``x`` must not hold -0.0, which has the sign bit."""
    np.right_shift(bits(x), SIGN, out)


def positive(x: Array, out: Array) -> None:
    """Mask of ``x > 0`` into integer ``out``: exactly then ``0 - x`` has the sign bit."""
    np.subtract(ZERO, x, out.view(np.float32))
    np.right_shift(out, SIGN, out)


def inside(x: Array, mu: float, out: Array) -> None:
    """Mask of ``|x| < mu`` for ``mu >= 0`` into integer ``out``, exact at the edge."""
    # Floats of one sign are ordered as their bits are: the difference of the bits of |x| and mu
    # is negative exactly where the window is open.
    np.bitwise_and(bits(x), MAGNITUDE, out)
    np.subtract(out, bits(constant(mu)), out)
    np.right_shift(out, SIGN, out)
