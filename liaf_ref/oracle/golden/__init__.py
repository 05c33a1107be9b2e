"""The golden set: cases with their answers, as files and computed again."""

from liaf_ref.oracle.golden.generation import answer_case, recomputed
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.manifest import FORMAT, FORMATS, VERSION
from liaf_ref.oracle.golden.published import golden_case, golden_cases
from liaf_ref.oracle.golden.store import load, save
from liaf_ref.oracle.golden.verify import VerificationResult, audit, verify

__all__ = [
    "FORMAT",
    "FORMATS",
    "VERSION",
    "GoldenCase",
    "VerificationResult",
    "answer_case",
    "audit",
    "golden_case",
    "golden_cases",
    "load",
    "recomputed",
    "save",
    "verify",
]
