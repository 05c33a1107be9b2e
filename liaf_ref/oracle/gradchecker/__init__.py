"""Is a backward pass derived by hand the derivative it says it is?  For code of your own.

::

    subject = of_layer(lambda spike: DenseLIAF(3, 4, spike=spike), rng)
    gradcheck(subject, "complex").assert_passed()
"""

from liaf_ref.oracle.gradchecker.check import Entry, Report, gradcheck
from liaf_ref.oracle.gradchecker.modes import MODES, Mode, UnfitError
from liaf_ref.oracle.gradchecker.subject import Subject, of_layer, of_network
from liaf_ref.oracle.gradchecker.watch import Kink, KinkError

__all__ = [
    "MODES",
    "Entry",
    "Kink",
    "KinkError",
    "Mode",
    "Report",
    "Subject",
    "UnfitError",
    "gradcheck",
    "of_layer",
    "of_network",
]
