"""The gradient oracle: cases with known answers, and whether a backend gives them.

Nothing is loaded before it is asked for: this module is imported wherever pytest runs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from liaf_ref.oracle.case import LEVELS, Case, Node
    from liaf_ref.oracle.checker import Report, check_backend
    from liaf_ref.oracle.declined import Declined
    from liaf_ref.oracle.golden import GoldenCase
    from liaf_ref.oracle.gradcheck import GradcheckTarget, KinkError, gradcheck
    from liaf_ref.oracle.reference import run

__all__ = [
    "LEVELS",
    "Case",
    "Declined",
    "GoldenCase",
    "GradcheckTarget",
    "KinkError",
    "Node",
    "Report",
    "check_backend",
    "gradcheck",
    "run",
]

_HOMES = {
    "LEVELS": "case",
    "Case": "case",
    "Declined": "declined",
    "Golden": "golden",
    "KinkError": "gradchecker",
    "Node": "case",
    "Report": "checker",
    "Subject": "gradchecker",
    "check": "checker",
    "gradcheck": "gradchecker",
    "run": "reference",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
