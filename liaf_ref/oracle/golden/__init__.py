"""The golden set: cases with their answers, as files and computed again."""

from liaf_ref.oracle.golden.generation import VerificationResult as VerificationResult
from liaf_ref.oracle.golden.generation import answer_case as answer_case
from liaf_ref.oracle.golden.generation import audit as audit
from liaf_ref.oracle.golden.generation import verify as verify
from liaf_ref.oracle.golden.golden_case import GoldenCase as GoldenCase
from liaf_ref.oracle.golden.manifest import FORMAT as FORMAT
from liaf_ref.oracle.golden.manifest import FORMATS as FORMATS
from liaf_ref.oracle.golden.manifest import VERSION as VERSION
from liaf_ref.oracle.golden.store import golden_case as golden_case
from liaf_ref.oracle.golden.store import golden_cases as golden_cases
from liaf_ref.oracle.golden.store import load as load
from liaf_ref.oracle.golden.store import save as save
