"""Plots of an event file: strip of frames, cloud as in Fig. 9, rate over time, animated GIF."""

from liaf_ref.report.figures.events.cloud import plot_cloud
from liaf_ref.report.figures.events.gif import make_gif
from liaf_ref.report.figures.events.plot_data import PlotData, TimeSpan, load_plot_data
from liaf_ref.report.figures.events.rate import plot_rate
from liaf_ref.report.figures.events.strip import plot_strip

__all__ = [
    "PlotData",
    "TimeSpan",
    "load_plot_data",
    "make_gif",
    "plot_cloud",
    "plot_rate",
    "plot_strip",
]
