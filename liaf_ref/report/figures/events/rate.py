"""Events per second over time."""

import numpy as np

from liaf_ref._core.palette import EVENT_COLORS, GREY
from liaf_ref._core.png import figure_to_png
from liaf_ref.report.figures.events.plot_data import PlotData


def plot_rate(data: PlotData) -> bytes:
    """Plot the rate over the whole file, and mark the span of the other plots."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed

    survey, span = data.survey, data.span
    bins = data.rate.shape[1]
    width = max(survey.duration, 1) / bins / 1e6
    edges = np.linspace(0, max(survey.duration, 1) / 1e3, bins + 1)
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    axes = figure.subplots()
    first, last = ((t - survey.t_first) / 1e3 for t in (span.start, span.stop))
    axes.axvspan(
        first,
        min(last, edges[-1]),
        color=GREY,
        alpha=0.25,
        label="span of the other plots",
    )
    for counts, (name, color) in zip(data.rate, EVENT_COLORS.items(), strict=True):
        axes.stairs(counts / width / 1e3, edges, color=color, label=name, lw=1.2)
    axes.set(xlabel="time from the first event / ms", ylabel="1000 events / s")
    axes.set(xlim=(0, edges[-1]), ylim=(0, None))
    axes.set_title(f"{survey.path.name}: windows of {1e3 * width:,.3g} ms", fontsize=10)
    axes.legend(fontsize=9, ncols=3, loc="upper right")
    axes.grid(alpha=0.3)
    return figure_to_png(figure, 100, 256)
