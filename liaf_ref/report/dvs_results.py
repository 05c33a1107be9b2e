"""Table of runs on event frames, and their curves as in Figs. 7 and 8."""

from collections.abc import Mapping, Sequence
from typing import Any

from liaf_ref._core.palette import CELL_COLORS, CELL_NAMES
from liaf_ref._core.png import figure_to_png
from liaf_ref.report.formatting import format_epochs, format_percent, markdown_table

Row = Mapping[str, Any]
Metrics = Sequence[Mapping[str, float]]


def to_markdown(rows: Sequence[Row]) -> str:
    """Format the results as a Markdown table."""
    head = "cell", "test %", "validation %", "train %", "majority %", "epoch", "weights"
    lines: list[tuple[str, ...]] = []
    for row in rows:
        parts = ("test", "validation", "train", "majority")
        percent = (format_percent(row[f"{part}_accuracy"]) for part in parts)
        sizes = f"{row['weights']:,}", f"{row['muls']:.2e}", f"{row['adds']:.2e}"
        lines.append(
            (CELL_NAMES[row["cell"]], *percent, format_epochs(row), *sizes, f"{row['seconds']:.1f}")
        )
    return markdown_table((*head, "MULs", "ADDs", "s"), lines)


def plot_png(curves: Mapping[str, Metrics], title: str) -> bytes:
    """Plot accuracy and loss over the epochs: validation solid, training dashed."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed

    picture = Figure(figsize=(7.4, 3.6), layout="constrained")
    picture.suptitle(title)
    left, right = picture.subplots(1, 2)
    for cell, rows in curves.items():
        for axes, fact, scale in ((left, "accuracy", 100), (right, "loss", 1)):
            for part, style in (("validation", "-"), ("train", "--")):
                values = [scale * row[f"{part}_{fact}"] for row in rows]
                label = CELL_NAMES[cell] if part == "validation" else None
                look = {"marker": "."} if len(values) == 1 else {}
                epochs = range(1, len(values) + 1)
                axes.plot(epochs, values, style, color=CELL_COLORS[cell], label=label, **look)
    left.plot([], [], "-", color="grey", label="validation")
    left.plot([], [], "--", color="grey", label="training, measured during the epoch")
    left.set(xlabel="epoch", ylabel="accuracy / %", ylim=(0, 105))
    right.set(xlabel="epoch", ylabel="loss / nat")
    right.set_ylim(bottom=0)
    for axes in (left, right):
        axes.xaxis.get_major_locator().set_params(integer=True)
    left.legend(fontsize=9)
    return figure_to_png(picture)
