"""Check a hand-written backward pass against a reference gradient that does not use it."""

from liaf_ref.oracle.gradcheck.check import GradcheckReport, WorstEntry, gradcheck
from liaf_ref.oracle.gradcheck.modes import MODES, KinkError, ModeNotApplicableError
from liaf_ref.oracle.gradcheck.target import GradcheckTarget, layer_target

__all__ = [
    "MODES",
    "GradcheckReport",
    "GradcheckTarget",
    "KinkError",
    "ModeNotApplicableError",
    "WorstEntry",
    "gradcheck",
    "layer_target",
]
