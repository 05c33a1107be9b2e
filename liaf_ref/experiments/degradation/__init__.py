"""Section II-C: LIAF reduces to LIF, perceptron and RNN, in single layers and in a network."""

from liaf_ref.experiments.degradation.equivalences import Equivalence
from liaf_ref.experiments.degradation.measure import measure_degradation, measure_equivalences

__all__ = ["Equivalence", "measure_degradation", "measure_equivalences"]
