"""The golden set: cases with their answers, as files and made again from descriptions."""

from liaf_ref.oracle.golden.contents import pack
from liaf_ref.oracle.golden.golden import Golden
from liaf_ref.oracle.golden.make import generate, make
from liaf_ref.oracle.golden.manifest import FORMATS
from liaf_ref.oracle.golden.published import published
from liaf_ref.oracle.golden.reader import load
from liaf_ref.oracle.golden.verify import Verdict, audit, verify
from liaf_ref.oracle.golden.version import FORMAT, VERSION
from liaf_ref.oracle.golden.writer import save

__all__ = [
    "FORMAT",
    "FORMATS",
    "VERSION",
    "Golden",
    "Verdict",
    "audit",
    "generate",
    "load",
    "make",
    "pack",
    "published",
    "save",
    "verify",
]
