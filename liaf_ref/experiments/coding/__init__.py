"""Section VII-C: from LIAF to SNN."""

from liaf_ref.experiments.coding.measure import CODES, K, measure

__all__ = ["CODES", "K", "measure"]
