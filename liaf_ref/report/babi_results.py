"""Table and figure of the runs of one ``liaf-ref run babi``."""

from collections.abc import Mapping, Sequence
from typing import Any

from liaf_ref._core.palette import CELL_NAMES, cell_color, cell_name
from liaf_ref._core.png import figure_to_png
from liaf_ref.experiments import paper
from liaf_ref.report.formatting import (
    NOTHING,
    format_epochs,
    format_number,
    format_percent,
    markdown_table,
)

Row = Mapping[str, Any]


def to_markdown(rows: Sequence[Row], is_published: bool) -> str:
    """Format the results as a Markdown table."""
    head = ["task", "cell", "test %", "train %", "majority %", "epoch", "weights", "s"]
    if is_published:
        head.insert(3, "paper %")
    lines: list[list[str]] = []
    for row in rows:
        line = [
            f"QA{row['task']}",
            cell_name(row["cell"]),
            *(format_percent(row[f"{part}_accuracy"]) for part in ("test", "train", "majority")),
            format_epochs(row),
            f"{row['weights_network']:,}",
            f"{row['seconds']:.1f}",
        ]
        if is_published:
            printed = _printed_accuracy(row)
            line.insert(3, NOTHING if printed is None else format_number(printed))
        lines.append(line)
    return markdown_table(head, lines)


def plot_png(
    rows: Sequence[Row], curves: Mapping[tuple[int, str], Sequence[float]], is_published: bool
) -> bytes:
    """Draw test accuracies and validation curves, a row of panels per task."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed

    tasks = sorted({row["task"] for row in rows})
    picture = Figure(figsize=(7.4, 3.2 * len(tasks)), layout="constrained")
    panels = picture.subplots(len(tasks), 2, squeeze=False)
    for task, (bars, lines) in zip(tasks, panels, strict=True):
        _bars(bars, [row for row in rows if row["task"] == task], is_published)
        _curves(lines, task, curves)
    return figure_to_png(picture)


def _printed_accuracy(row: Row) -> float | None:
    """The paper's number for the condition of a run; None for other settings or cells."""
    condition = row.get("condition")
    if condition is None or row["cell"] not in CELL_NAMES:
        return None
    return paper.table03_accuracy(row["task"], row["cell"], condition)


def _bars(axes: Any, rows: Sequence[Row], is_published: bool) -> None:
    label: str | None = "printed in Table III"
    for k, row in enumerate(rows):
        cell = row["cell"]
        accuracy = 100 * row["test_accuracy"]
        axes.bar(k, accuracy, color=cell_color(cell), width=0.7)
        top = accuracy
        if is_published and (value := _printed_accuracy(row)) is not None:
            axes.plot([k - 0.4, k + 0.4], [value, value], color="black", lw=1.5, label=label)
            label = None  # only for the first one
            top = max(accuracy, value)
        axes.annotate(f"{accuracy:.1f}", (k, top + 1), ha="center", va="bottom", fontsize=9)
    majority = 100 * rows[0]["majority_accuracy"]
    axes.axhline(majority, color="grey", ls=":", label="most frequent answer")
    axes.set_xticks(range(len(rows)), [cell_name(row["cell"]) for row in rows])
    axes.set(title=f"QA{rows[0]['task']}", ylabel="test accuracy / %", ylim=(0, 105))
    axes.legend(fontsize=9, loc="upper right")


def _curves(axes: Any, task: int, curves: Mapping[tuple[int, str], Sequence[float]]) -> None:
    for (number, cell), values in curves.items():
        if number == task:
            epochs = range(1, len(values) + 1)
            percent = [100 * value for value in values]
            dot = "." if len(values) == 1 else ""  # a line of one point shows nothing
            axes.plot(epochs, percent, color=cell_color(cell), label=cell_name(cell), marker=dot)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(xlabel="epoch", ylabel="validation accuracy / %", ylim=(0, 105))
    axes.legend(fontsize=9, ncols=2, loc="upper right")
