"""Compare simulated and real recordings: a table and a figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from liaf_ref._core.palette import BLUE, GREY, VERMILION
from liaf_ref._core.png import figure_to_png, new_figure
from liaf_ref.data.events import events_to_frames
from liaf_ref.data.simulator.comparison import Comparison, EventStatistics, Range
from liaf_ref.report.content import markdown_table
from liaf_ref.report.pictures import frame_to_rgb, full_color_count

SIMULATED_COLOR, REAL_COLOR, PUBLISHED_COLOR = BLUE, VERMILION, GREY
METRICS: tuple[tuple[str, str, str], ...] = (
    ("events_per_frame", "events per frame", ",.0f"),
    ("on_fraction", "ON fraction", ".3f"),
    ("isolated_fraction", "isolated fraction", ".3f"),
)
Document = dict[str, Any]


def as_json(rows: Sequence[Comparison]) -> list[Document]:
    """The comparison as JSON: mean, minimum and maximum of each statistic."""
    return [
        {
            "name": row.setting.name,
            "window": row.setting.time_window,
            "simulated": _summary(row.simulated),
            "real": _summary(row.real),
            "published": row.setting.published,
            "real_time_factor": row.real_time_factor,
        }
        for row in rows
    ]


def _summary(recordings: Sequence[EventStatistics]) -> Document | None:
    if not recordings:
        return None
    spans = {name: _span(recordings, name) for name in EventStatistics._fields}
    return {"recordings": len(recordings)} | {
        name: dict(zip(("mean", "min", "max"), span, strict=True)) for name, span in spans.items()
    }


def _span(recordings: Sequence[EventStatistics], name: str) -> tuple[float, float, float]:
    """Mean, minimum and maximum of a statistic."""
    x = np.array([getattr(each, name) for each in recordings])
    return float(x.mean()), float(x.min()), float(x.max())


def to_markdown(rows: Sequence[Comparison]) -> str:
    """Format the comparison as a Markdown table, real recordings below simulated ones."""
    head = ["data set", "", "recordings", *(title for _, title, _ in METRICS)]
    head += ["maximum per pixel and frame", "times real time"]
    lines: list[tuple[str, ...]] = []
    for row in rows:
        factor = f"{row.real_time_factor:.0f}"
        lines.append((row.setting.name, "simulated", *_cells(row.simulated), factor))
        if row.real:
            lines.append(("", "real", *_cells(row.real), ""))
        else:
            known = [_format_range(row.setting.published[name], form) for name, _, form in METRICS]
            lines.append(("", "published", "", *known, "", ""))
    return markdown_table(head, lines)


def _cells(recordings: Sequence[EventStatistics]) -> tuple[str, ...]:
    """Statistics of some recordings: mean (minimum - maximum)."""
    spans = []
    for name, _, form in METRICS:
        mean, low, high = _span(recordings, name)
        spans.append(f"{mean:{form}} ({low:{form}} - {high:{form}})")
    return str(len(recordings)), *spans, str(max(each.max_per_pixel for each in recordings))


def _format_range(span: Range | None, form: str) -> str:
    if span is None:
        return ""
    low, high = (f"{end:{form}}" for end in span)
    return low if low == high else f"{low} - {high}"


def plot_png(rows: Sequence[Comparison]) -> bytes:
    """Plot a simulated frame of each data set, and the statistics below."""
    picture: Any = new_figure(1.5 * len(rows), 5.8)
    above, below = picture.subfigures(2, 1, height_ratios=(1, 1.5))
    for row, panel in zip(rows, above.subplots(1, len(rows), squeeze=False)[0], strict=True):
        frame = _frame(row)
        panel.imshow(frame_to_rgb(frame, full_color_count(frame[None])), interpolation="none")
        panel.set(xticks=[], yticks=[])
        name = row.setting.name.replace(", ", "\n").replace(" G", "\nG")
        panel.set_xlabel(f"{name}\n{row.setting.time_window / 1000:.0f} ms", fontsize=9)
    for (name, title, _), panel in zip(METRICS, below.subplots(1, len(METRICS)), strict=True):
        _draw_metric(panel, rows, name, title)
    below.axes[0].set_yscale("log")
    picture.legend(*below.axes[0].get_legend_handles_labels(), ncols=3, loc="outside lower center")
    return figure_to_png(picture, 110)


def _frame(row: Comparison) -> Any:
    source, window = row.setting.source, row.setting.time_window
    events = source.events(row.setting.labels[len(row.setting.labels) // 3], 0)
    return events_to_frames(events, (128, 128), window, 1, 500_000)[0]


def _draw_metric(panel: Any, rows: Sequence[Comparison], name: str, title: str) -> None:
    """Plot the mean of each data set, with a line from minimum to maximum."""
    for label, shift, color in (("simulated", -0.15, SIMULATED_COLOR), ("real", 0.0, REAL_COLOR)):
        found = [(k + shift, getattr(row, label)) for k, row in enumerate(rows)]
        if points := [(k, *_span(recordings, name)) for k, recordings in found if recordings]:
            x, means, lows, highs = zip(*points, strict=True)
            panel.plot(x, means, "o", ms=5, color=color, label=label)
            panel.vlines(x, lows, highs, colors=color)
    spans = [(k + 0.15, row.setting.published[name]) for k, row in enumerate(rows)]
    x, known = zip(*(point for point in spans if point[1] is not None), strict=True)
    look = {"ms": 4, "color": PUBLISHED_COLOR, "label": "published"}
    panel.plot(x, [sum(span) / 2 for span in known], "s", **look)
    panel.vlines(x, *zip(*known, strict=True), colors=PUBLISHED_COLOR)
    names = [row.setting.name for row in rows]
    panel.set_xticks(range(len(rows)), names, fontsize=9, rotation=90)
    panel.set(title=title, xlim=(-0.5, len(rows) - 0.5))
    panel.grid(alpha=0.3)
