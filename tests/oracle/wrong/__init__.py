"""Wrong backends: this package's own source with one thing in it changed.

Nothing here knows the conventions; what the diagnosis must say stands in the table.
"""

from oracle.wrong.build import Wrong, backend, equations, only_required
from oracle.wrong.images import IMAGES
from oracle.wrong.table import BACKWARD, ELSEWHERE, FORWARD, TABLE

__all__ = [
    "BACKWARD",
    "ELSEWHERE",
    "FORWARD",
    "IMAGES",
    "TABLE",
    "Wrong",
    "backend",
    "equations",
    "only_required",
]
