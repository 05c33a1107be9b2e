"""One neuron, every framework: conventions, measured by running them.

A *subject* is a neuron that can be run (:mod:`subject`), a *probe* a small experiment on
it (:mod:`forward`, :mod:`backward`), a *row* what all probes found.  No probe knows which
framework it runs.
"""

from liaf_ref.oracle.compare.catalogue import FRAMEWORKS, Comparison, compare_frameworks, measure_frameworks
from liaf_ref.oracle.compare.row import NeuronMeasurement, measure
from liaf_ref.oracle.compare.subject import Response, NeuronProbe

__all__ = [
    "FRAMEWORKS",
    "Comparison",
    "Response",
    "NeuronMeasurement",
    "NeuronProbe",
    "compare_frameworks",
    "measure",
    "measure_frameworks",
]
