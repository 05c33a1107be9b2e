"""Wrong backends: this package's own source with one thing in it changed.

Nothing here knows the conventions; what the diagnosis must say stands in the table.
"""

from oracle.wrong_backends.build import WrongBackend, backend, changed_kernels
from oracle.wrong_backends.images import IMAGES
from oracle.wrong_backends.table import BACKWARD, FORWARD, OTHERS, WRONG_BACKENDS

__all__ = [
    "BACKWARD",
    "FORWARD",
    "IMAGES",
    "OTHERS",
    "WRONG_BACKENDS",
    "WrongBackend",
    "backend",
    "changed_kernels",
]
