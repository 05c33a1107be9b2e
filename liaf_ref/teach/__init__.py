"""What the notebooks draw with: sliders that fall back on a still figure, traces, a graph."""

from liaf_ref.teach.sliders import Range, sliders, still
from liaf_ref.teach.traces import traces
from liaf_ref.teach.unrolled import unrolled

__all__ = ["Range", "sliders", "still", "traces", "unrolled"]
