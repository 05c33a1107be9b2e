"""How a training step grows: time and memory over batch, steps, pixels and channels."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from liaf_ref._core.palette import BLACK, BLUE, VERMILION
from liaf_ref._core.png import figure_to_png
from liaf_ref.report.content import markdown_table

Point = Mapping[str, Any]
LABELS = {
    "B": "batch B",
    "T": "steps T",
    "HW": "pixels H W of a frame",
    "L": "filters of the first block",
}
TIME_COLOR, TAPE_COLOR, PREDICTED_COLOR = BLUE, VERMILION, BLACK


def scaling_exponent(points: Sequence[Point], axis: str) -> float:
    """The power of one axis that the time grows with: the slope of the logarithms."""
    line = [(np.log(p["value"]), np.log(p["seconds"])) for p in points if p["axis"] == axis]
    x, y = np.array(line).T
    return float(np.polyfit(x, y, 1)[0])


def to_markdown(points: Sequence[Point]) -> str:
    """Lay points of :func:`bench.scaling.measure_scaling` out as a Markdown table."""
    head = ("axis", "value", "batch", "steps", "ms per step", "tape MB", "predicted MB", "error %")
    lines: list[tuple[str, ...]] = []
    for p in points:
        tape, predicted = p["tape_bytes"], p["predicted_bytes"]
        measured = f"{1000 * p['seconds']:.0f}", f"{tape / 1e6:.1f}"
        sizes = f"{p['value']:,}", str(p["batch"]), str(p["steps"])
        error = f"{100 * (predicted / tape - 1):+.1f}"
        lines.append((p["axis"], *sizes, *measured, f"{predicted / 1e6:.1f}", error))
    return markdown_table(head, lines)


def plot_png(points: Sequence[Point], title: str) -> bytes:
    """Draw a panel for each axis, both of its scales logarithmic.

    Parameters
    ----------
    points : sequence of mapping
        Points of :func:`bench.scaling.measure_scaling`.
    title : str
        The network.

    Returns
    -------
    bytes
        A PNG image.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed

    axes = [axis for axis in LABELS if any(p["axis"] == axis for p in points)]
    picture = Figure(figsize=(3.1 * len(axes), 3.4), layout="constrained")
    picture.suptitle(title)
    for axis, panel in zip(axes, picture.subplots(1, len(axes), squeeze=False)[0], strict=True):
        subset = [p for p in points if p["axis"] == axis]
        x = [p["value"] for p in subset]
        power = scaling_exponent(points, axis)
        panel.loglog(
            x, [p["seconds"] for p in subset], "o-", color=TIME_COLOR, label="seconds per step"
        )
        tape, predicted = (
            [p[key] / 1e9 for p in subset] for key in ("tape_bytes", "predicted_bytes")
        )
        panel.loglog(x, tape, "s-", color=TAPE_COLOR, label="tape, GB")
        panel.loglog(x, predicted, "x", color=PREDICTED_COLOR, label="predicted, GB")
        panel.set(xlabel=LABELS[axis], title=f"time ~ {axis}^{power:.2f}")
        panel.set_xticks(x, [f"{v:,}" for v in x], fontsize=9)
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    names = picture.axes[0].get_legend_handles_labels()
    picture.legend(*names, loc="outside lower center", ncols=3, fontsize=9)
    return figure_to_png(picture)
