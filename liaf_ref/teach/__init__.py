"""What the notebooks draw with: sliders that fall back on a still figure, and traces."""

from liaf_ref.teach.sliders import Range, sliders
from liaf_ref.teach.traces import traces

__all__ = ["Range", "sliders", "traces"]
