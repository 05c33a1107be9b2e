"""The golden set: cases with their answers, as files and computed again."""

from liaf_ref.oracle.golden.generation import answer_case, recomputed
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.manifest import FORMAT, FORMATS, VERSION
from liaf_ref.oracle.golden.published import golden_case, golden_cases
from liaf_ref.oracle.golden.reader import load
from liaf_ref.oracle.golden.set_files import pack_archive
from liaf_ref.oracle.golden.verify import VerificationResult, audit, verify
from liaf_ref.oracle.golden.writer import save

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
    "pack_archive",
    "recomputed",
    "save",
    "verify",
]
