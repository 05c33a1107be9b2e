"""The golden set: cases with their answers, as files and computed again."""

from liaf_ref.oracle.golden.generation import VerificationResult, answer_case, audit, verify
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.manifest import FORMAT, FORMATS, VERSION
from liaf_ref.oracle.golden.store import golden_case, golden_cases, load, save

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
    "save",
    "verify",
]
