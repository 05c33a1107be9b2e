"""Section II-C: what LIAF degrades to, layer by layer and in a trained network."""

from liaf_ref.experiments.degradation.identity import Equivalence
from liaf_ref.experiments.degradation.measure import measure_equivalences, measure_degradation

__all__ = ["Equivalence", "measure_equivalences", "measure_degradation"]
