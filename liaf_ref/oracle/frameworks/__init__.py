"""The neurons of all frameworks: their conventions, measured by running them."""

from liaf_ref.oracle.frameworks.measurement import NeuronMeasurement, measure
from liaf_ref.oracle.frameworks.probe import NeuronProbe, Response
from liaf_ref.oracle.frameworks.registry import (
    FRAMEWORKS,
    Comparison,
    compare_frameworks,
    measure_frameworks,
)

__all__ = [
    "FRAMEWORKS",
    "Comparison",
    "NeuronMeasurement",
    "NeuronProbe",
    "Response",
    "compare_frameworks",
    "measure",
    "measure_frameworks",
]
