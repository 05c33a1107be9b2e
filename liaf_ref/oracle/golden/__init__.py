"""The golden set: cases with their answers, as files and made again from descriptions."""

from liaf_ref.oracle.golden.generation import generate_golden_cases, make_golden_case
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
    "audit",
    "generate_golden_cases",
    "golden_case",
    "golden_cases",
    "load",
    "make_golden_case",
    "pack_archive",
    "save",
    "verify",
]
