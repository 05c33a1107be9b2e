"""Wrong backends: this package's own source with one thing in it changed.

Nothing here knows the conventions; what the diagnosis must say is the name of the row.
"""

from oracle.wrong_backends.build import WrongBackend, backend, changed_kernels
from oracle.wrong_backends.images import IMAGES
from oracle.wrong_backends.table import WRONG_BACKENDS

__all__ = [
    "IMAGES",
    "WRONG_BACKENDS",
    "WrongBackend",
    "backend",
    "changed_kernels",
]
