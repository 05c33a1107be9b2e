"""What the notebooks draw and look with: sliders, traces, frames, matrices, graphs."""

from liaf_ref.teach.frames import frames
from liaf_ref.teach.matrix import matrix
from liaf_ref.teach.sliders import Range, sliders
from liaf_ref.teach.still import show
from liaf_ref.teach.traces import traces
from liaf_ref.teach.unrolled import unrolled
from liaf_ref.teach.watch import Watched, watch

__all__ = [
    "Range",
    "Watched",
    "frames",
    "matrix",
    "show",
    "sliders",
    "traces",
    "unrolled",
    "watch",
]
