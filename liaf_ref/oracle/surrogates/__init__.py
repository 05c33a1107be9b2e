"""Conformance of surrogate slopes: a table of shapes, and checks against it."""

from liaf_ref.oracle.surrogates.check import (
    SurrogateFinding,
    SurrogateReport,
    check_smooth_step,
    check_spike,
    check_surrogate,
    identify_surrogate,
)
from liaf_ref.oracle.surrogates.identify import Identification
from liaf_ref.oracle.surrogates.table import SHAPES
from liaf_ref.oracle.surrogates.tables import NAMES

__all__ = [
    "NAMES",
    "SHAPES",
    "Identification",
    "SurrogateFinding",
    "SurrogateReport",
    "check_smooth_step",
    "check_spike",
    "check_surrogate",
    "identify_surrogate",
]
