"""Plots of the notebooks: traces, frames, matrices, unrolled graphs, and sliders."""

from liaf_ref._core import palette
from liaf_ref.plotting.activity import NeuronActivity, record_activity
from liaf_ref.plotting.display import SliderRange, show, show_with_sliders
from liaf_ref.plotting.frames import plot_frames
from liaf_ref.plotting.matrix import plot_matrix
from liaf_ref.plotting.traces import plot_traces
from liaf_ref.plotting.unrolled import plot_unrolled

__all__ = [
    "NeuronActivity",
    "SliderRange",
    "palette",
    "plot_frames",
    "plot_matrix",
    "plot_traces",
    "plot_unrolled",
    "record_activity",
    "show",
    "show_with_sliders",
]


def __dir__() -> list[str]:
    return __all__.copy()
