"""The figure of networks that are degraded, from the table beside it."""

from itertools import groupby

from matplotlib.figure import Figure

from liaf_ref._core.palette import CELL_COLORS, CELL_NAMES
from liaf_ref._core.png import figure_to_png
from results import RESULTS, Rows, read

FIGURE = RESULTS / "degradation.png"
TASKS = {"order": "order of movements, five seeds", "gesture": "gestures, six seeds"}
COLUMNS = ("share", "accuracy", "half_width")
CHANGES = {
    "memory": "share of both decays that is left / %",
    "spike": "share of the spike in the output / %",
}


def draw(rows: Rows) -> Figure:
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


def write() -> None:
    """Draw the figure."""
    FIGURE.write_bytes(figure_to_png(draw(read(RESULTS / "degradation.csv")), 110))
