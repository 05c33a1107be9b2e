"""Check a hand-written backward pass against a reference gradient that does not use it."""

from liaf_ref.oracle.gradcheck.check import gradcheck
from liaf_ref.oracle.gradcheck.kinks import Kink, KinkError
from liaf_ref.oracle.gradcheck.modes import MODES, Mode, ModeNotApplicableError
from liaf_ref.oracle.gradcheck.package_targets import layer_target
from liaf_ref.oracle.gradcheck.report import GradcheckReport, WorstEntry
from liaf_ref.oracle.gradcheck.target import GradcheckTarget

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
]
