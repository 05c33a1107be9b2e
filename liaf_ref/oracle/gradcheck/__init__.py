"""Is a backward pass derived by hand the derivative it says it is?  For code of your own.

::

    subject = gradcheck.of_layer(lambda spike: DenseLIAF(3, 4, spike=spike), rng)
    gradcheck.gradcheck(subject, "complex").assert_passed()
"""

from liaf_ref.oracle.gradcheck.check import Entry, Report, gradcheck
from liaf_ref.oracle.gradcheck.modes import MODES, Mode
from liaf_ref.oracle.gradcheck.subject import Subject, of_layer, of_network
from liaf_ref.oracle.gradcheck.watch import Kink, KinkError

__all__ = [
    "MODES",
    "Entry",
    "Kink",
    "KinkError",
    "Mode",
    "Report",
    "Subject",
    "gradcheck",
    "of_layer",
    "of_network",
]
