"""What the notebooks draw and look with: sliders, traces, frames, matrices, graphs."""

from liaf_ref.teach.frames import plot_frames
from liaf_ref.teach.matrix import plot_matrix
from liaf_ref.teach.sliders import SliderRange, show_with_sliders
from liaf_ref.teach.still import show
from liaf_ref.teach.traces import plot_traces
from liaf_ref.teach.unrolled import plot_unrolled
from liaf_ref.teach.watch import NeuronActivity, record_activity

__all__ = [
    "SliderRange",
    "NeuronActivity",
    "plot_frames",
    "plot_matrix",
    "show",
    "show_with_sliders",
    "plot_traces",
    "plot_unrolled",
    "record_activity",
]
