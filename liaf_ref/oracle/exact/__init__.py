"""An independent implementation: the paper's equations as scalar loops on dual numbers.

It is written from the paper, shares no code with the kernels and has no backward pass.  A
number is a float, a :class:`fractions.Fraction` or an ``mpmath.mpf``.  Derivatives are
computed forward with the values.  Only :mod:`liaf_ref.oracle.exact.run` uses NumPy, to
convert arrays.
"""

from liaf_ref.oracle.exact.run import differentiate, run

__all__ = ["differentiate", "run"]
