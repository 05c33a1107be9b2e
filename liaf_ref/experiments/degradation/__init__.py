"""Section II-C: what LIAF degrades to, layer by layer and in a trained network."""

from liaf_ref.experiments.degradation.equivalence import Equivalence
from liaf_ref.experiments.degradation.measure import measure_degradation, measure_equivalences

__all__ = ["Equivalence", "measure_degradation", "measure_equivalences"]
