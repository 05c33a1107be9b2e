"""Is a backward pass derived by hand the derivative it says it is?  For code of your own.

::

    subject = of_layer(lambda spike: DenseLIAF(3, 4, spike=spike), rng)
    gradcheck(subject, "complex").assert_passed()
"""

from liaf_ref.oracle.gradcheck.check import GradcheckReport, WorstEntry, gradcheck
from liaf_ref.oracle.gradcheck.kinks import Kink, KinkError
from liaf_ref.oracle.gradcheck.modes import MODES, Mode, ModeNotApplicableError
from liaf_ref.oracle.gradcheck.target import GradcheckTarget, layer_target, network_target

__all__ = [
    "MODES",
    "GradcheckReport",
    "GradcheckTarget",
    "Kink",
    "KinkError",
    "Mode",
    "ModeNotApplicableError",
    "WorstEntry",
    "gradcheck",
    "layer_target",
    "network_target",
]
