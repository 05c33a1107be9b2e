"""Section VII-C: from LIAF to SNN."""

from liaf_ref.experiments.coding.measure import CODES, K, measure
from liaf_ref.experiments.coding.passing import run, seen
from liaf_ref.experiments.coding.places import axons, dendrites

__all__ = ["CODES", "K", "axons", "dendrites", "measure", "run", "seen"]
