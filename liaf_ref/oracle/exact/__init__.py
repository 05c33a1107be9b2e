"""The second author: the paper's equations as scalar loops on dual numbers.

Written from the paper, not from the kernels, sharing no code with them, and without a
backward pass.  A number
is a float, a :class:`fractions.Fraction` or an ``mpmath.mpf``; derivatives travel
forward with the values, so that a gradient is read off and never computed backwards.
NumPy appears where arrays come in and go out, :mod:`liaf_ref.oracle.exact.run`.
"""

from liaf_ref.oracle.exact.run import differentiate, run

__all__ = ["differentiate", "run"]
