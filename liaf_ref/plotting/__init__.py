"""Plots of the notebooks: traces, frames, matrices, unrolled graphs, and sliders."""

from liaf_ref._core import palette
from liaf_ref.plotting.display import SliderRange, show, show_with_sliders
from liaf_ref.plotting.images import plot_frames, plot_matrix
from liaf_ref.plotting.neurons import NeuronActivity, plot_traces, plot_unrolled, record_activity

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
