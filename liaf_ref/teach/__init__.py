"""What the notebooks draw with: sliders over a still figure, traces, matrices, graphs."""

from liaf_ref.teach.matrix import matrix
from liaf_ref.teach.sliders import Range, sliders
from liaf_ref.teach.still import show
from liaf_ref.teach.traces import traces
from liaf_ref.teach.unrolled import unrolled

__all__ = ["Range", "matrix", "show", "sliders", "traces", "unrolled"]
