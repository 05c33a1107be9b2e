"""Wrong backends: this package's own source with one thing in it changed.

Nothing here knows the conventions; what the diagnosis must say stands in the table.
"""

from oracle.wrong.build import WrongBackend, backend, changed_kernels, keep_required_only
from oracle.wrong.images import IMAGES
from oracle.wrong.table import BACKWARD, OTHERS, FORWARD, WRONG_BACKENDS

__all__ = [
    "BACKWARD",
    "OTHERS",
    "FORWARD",
    "IMAGES",
    "WRONG_BACKENDS",
    "WrongBackend",
    "backend",
    "changed_kernels",
    "keep_required_only",
]
