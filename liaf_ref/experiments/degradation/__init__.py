"""Section II-C: what LIAF degrades to, layer by layer and in a trained network."""

from liaf_ref.experiments.degradation.identity import Identity
from liaf_ref.experiments.degradation.measure import identities, measure

__all__ = ["Identity", "identities", "measure"]
