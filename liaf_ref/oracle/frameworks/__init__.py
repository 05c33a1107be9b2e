"""One neuron, every framework: conventions, measured by running them.

A *subject* is a neuron that can be run (:mod:`subject`), a *probe* a small experiment on
it (:mod:`forward`, :mod:`backward`), a *row* what all probes found.  No probe knows which
framework it runs.
"""

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
