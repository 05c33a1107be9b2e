"""The cloud of events in time, width and height, as in Fig. 9."""

from typing import Any

from liaf_ref._core.palette import EVENT_COLORS
from liaf_ref._core.png import figure_to_png
from liaf_ref.data.events.array import Events
from liaf_ref.report.figures.events.plot_data import PlotData


def plot_cloud(data: PlotData) -> bytes:
    """Plot the events as dots; of many events, an evenly spaced selection."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed

    points = data.points
    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.add_subplot(projection="3d")
    dot = min(max(30_000 / len(points), 0.6), 12)
    scatter_events(axes, points, data.survey.t_first, data.survey.sensor_size, dot, 1.2)
    axes.legend(loc="upper left", fontsize=9, markerscale=4)
    every = "all" if len(points) == data.events else f"{len(points):,}, evenly spaced, of"
    figure.suptitle(f"{data.span.title}\n{every} {data.events:,} events", fontsize=10)
    return figure_to_png(figure, 100, 256)


def scatter_events(
    axes: Any, points: Events, t_start: int, size: tuple[int, int], dot_area: float, zoom: float
) -> None:
    """Draw events into axes of three dimensions."""
    H, W = size
    axes.set_box_aspect((2.2, W / max(H, W), H / max(H, W)), zoom=zoom)
    t = (points["t"] - t_start) / 1e3
    for (name, color), part in zip(EVENT_COLORS.items(), (~points["p"], points["p"]), strict=True):
        axes.scatter(
            t[part],
            points["x"][part],
            points["y"][part],
            s=dot_area,
            color=color,
            label=name,
            linewidths=0,
            alpha=0.8,
            rasterized=True,  # in an SVG, thousands of dots as one image
        )
    axes.set(xlabel="time / ms", ylabel="width / px", zlabel="height / px")
    axes.set(ylim=(0, W), zlim=(H, 0))
    for side, ticks in ((axes.xaxis, 6), (axes.yaxis, 4), (axes.zaxis, 4)):
        side.get_major_locator().set_params(nbins=ticks)
    axes.view_init(elev=18, azim=-62)
