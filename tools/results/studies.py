"""The figures of networks that are degraded and that grow, from the tables beside them."""

from itertools import groupby

from matplotlib.figure import Figure

from liaf_ref._core.palette import BLUE, CELL_COLORS, CELL_NAMES, ORANGE
from liaf_ref._core.png import figure_to_png
from results import RESULTS, Rows, read

TASKS = {"order": "order of movements, five seeds", "gesture": "gestures, six seeds"}
COLUMNS = ("share", "accuracy", "half_width")
CHANGES = {
    "memory": "share of both decays that is left / %",
    "spike": "share of the spike in the output / %",
}

SIZES = {"B": "batch", "T": "time steps", "HW": "pixels of a frame", "L": "filters of block 1"}
NETWORKS = {"MNIST-DVS": BLUE, "DVS128 Gesture": ORANGE}
MEASURES = {"milliseconds": "time of a step / ms", "megabytes": "saved for backward / MB"}


def draw_degradation(rows: Rows) -> Figure:
    """Accuracy with its 95 % interval against the share, a row for each task."""
    figure = Figure(figsize=(8, 6.4), layout="constrained")
    panels = figure.subplots(len(TASKS), len(CHANGES), sharey=True)
    for line, task in zip(panels, TASKS, strict=True):
        line[0].set_ylabel("test accuracy / %")
        for axes, (change, label) in zip(line, CHANGES.items(), strict=True):
            own = [row for row in rows if (row["task"], row["change"]) == (task, change)]
            for cell, found in groupby(own, lambda row: row["cell"]):
                points = [[float(row[name]) for name in COLUMNS] for row in found]
                share, mean, half = zip(*points, strict=True)
                look = {"color": CELL_COLORS[cell], "label": CELL_NAMES[cell]}
                axes.errorbar(share, mean, half, fmt=".-", capsize=2, lw=1.5, **look)
            axes.set(title=TASKS[task], xlabel=label, ylim=(0, 105))
            axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def draw_scaling(rows: Rows) -> Figure:
    """Time and memory of a training step against each size, a line for each network."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    panels = figure.subplots(len(MEASURES), len(SIZES), sharex="col", sharey="row")
    for line, (measure, label) in zip(panels, MEASURES.items(), strict=True):
        line[0].set_ylabel(label)
        for axes, size in zip(line, SIZES, strict=True):
            for name, color in NETWORKS.items():
                own = [row for row in rows if (row["network"], row["size"]) == (name, size)]
                values, found = ([float(row[key]) for row in own] for key in ("value", measure))
                axes.plot(values, found, "o-", color=color, label=name)
            axes.set(yscale="log", xlabel=SIZES[size])
            axes.set_xscale("log", base=2)
            axes.xaxis.set_major_formatter("{x:,.0f}")
            axes.grid(alpha=0.3)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def write() -> None:
    """Draw both figures."""
    for name, draw in (("degradation", draw_degradation), ("scaling", draw_scaling)):
        rows = read(RESULTS / f"{name}.csv")
        (RESULTS / f"{name}.png").write_bytes(figure_to_png(draw(rows), 110))
