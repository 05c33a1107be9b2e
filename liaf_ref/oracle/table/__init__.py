"""Each operation once more, written from the paper alone: forward only, for any type of number.

A tape differentiates it.  It imports nothing of the kernels, whose backward passes are derived by
hand: this is the independent implementation that they are held against.
"""

from liaf_ref.oracle.table.interpreter import PAPER, Text, run
from liaf_ref.oracle.table.tape import FLOAT64, FRACTION, LONGDOUBLE, Numbers

__all__ = ["FLOAT64", "FRACTION", "LONGDOUBLE", "PAPER", "Numbers", "Text", "run"]
