"""The gradient oracle: test cases with known gradients, and a check of backends against them.

Names are imported lazily: pytest imports this module for its plugin in every run.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from liaf_ref.oracle.case import LEVELS, Case, Node
    from liaf_ref.oracle.checker import Report, check_backend
    from liaf_ref.oracle.declined import Declined
    from liaf_ref.oracle.golden import GoldenCase
    from liaf_ref.oracle.gradcheck import GradcheckTarget, KinkError
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
    "run",
]

_LAZY_MODULES = {
    "LEVELS": "case",
    "Case": "case",
    "Declined": "declined",
    "GoldenCase": "golden",
    "GradcheckTarget": "gradcheck",
    "KinkError": "gradcheck",
    "Node": "case",
    "Report": "checker",
    "check_backend": "checker",
    "run": "reference",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY_MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY_MODULES[name]}"), name)
