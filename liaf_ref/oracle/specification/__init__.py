"""What a right backend computes: numbered clauses, and the profiles that a verdict names."""

from liaf_ref.oracle.specification.clauses import CLAUSES, SECTIONS, VERSION, Clause, count_cases
from liaf_ref.oracle.specification.profiles import PROFILES, ProfileResult, judge_profiles

__all__ = [
    "CLAUSES",
    "PROFILES",
    "SECTIONS",
    "VERSION",
    "Clause",
    "ProfileResult",
    "count_cases",
    "judge_profiles",
]
