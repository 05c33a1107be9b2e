"""The golden set: cases with their answers, as files and computed again."""

from liaf_ref.oracle.golden.cases import GoldenCase
from liaf_ref.oracle.golden.generation import audit, verify
from liaf_ref.oracle.golden.store import golden_case, golden_cases, load, save

__all__ = ["GoldenCase", "audit", "golden_case", "golden_cases", "load", "save", "verify"]
