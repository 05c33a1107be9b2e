"""Is a backward pass derived by hand the derivative it says it is?  For code of your own.

::

    subject = of_layer(lambda spike: DenseLIAF(3, 4, spike=spike), rng)
    gradcheck(subject, "complex").assert_passed()
"""

from liaf_ref.oracle.gradchecker.check import WorstEntry, GradcheckReport, gradcheck
from liaf_ref.oracle.gradchecker.modes import MODES, Mode, ModeNotApplicableError
from liaf_ref.oracle.gradchecker.subject import GradcheckTarget, layer_target, network_target
from liaf_ref.oracle.gradchecker.watch import Kink, KinkError

__all__ = [
    "MODES",
    "WorstEntry",
    "Kink",
    "KinkError",
    "Mode",
    "GradcheckReport",
    "GradcheckTarget",
    "ModeNotApplicableError",
    "gradcheck",
    "layer_target",
    "network_target",
]
