"""Check a hand-written backward pass against a reference gradient.

::

    target = layer_target(lambda spike: DenseLIAF(3, 4, spike=spike), rng)
    gradcheck(target, "complex").assert_passed()
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
