"""Results of any experiment: a table, and curves over the epochs."""

from collections.abc import Mapping, Sequence
from typing import Any

from liaf_ref._core.png import figure_to_png
from liaf_ref.report.formatting import format_epochs, markdown_table

PERCENT = ("test_accuracy", "validation_accuracy", "train_accuracy", "majority_accuracy")
HIDDEN = (*PERCENT, "selected_epoch", "averaged_epochs", "epochs", "stopped", "seconds")


def to_markdown(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Format rows as a Markdown table: the columns of the experiment, then the common ones."""
    first = next(iter(rows.values()))
    own = [name for name in first if name not in HIDDEN]
    head = [*own, *(f"{name.removesuffix('_accuracy')} %" for name in PERCENT), "epoch", "s"]
    lines = [
        [
            *(str(row.get(name, "–")) for name in own),
            *(f"{100 * row[name]:.1f}" for name in PERCENT),
            format_epochs(row),
            f"{row['seconds']:.1f}",
        ]
        for row in rows.values()
    ]
    return markdown_table(head, lines)


def plot_png(curves: Mapping[str, Sequence[Mapping[str, float]]], title: str) -> bytes:
    """Draw validation accuracy and loss over the epochs, a line for each run."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed

    picture = Figure(figsize=(7.4, 3.6), layout="constrained")
    picture.suptitle(title)
    left, right = picture.subplots(1, 2)
    for name, rows in curves.items():
        epochs = range(1, len(rows) + 1)
        marker = "." if len(rows) == 1 else ""
        left.plot(
            epochs, [100 * row["validation_accuracy"] for row in rows], label=name, marker=marker
        )
        right.plot(epochs, [row["validation_loss"] for row in rows], marker=marker)
    left.set(xlabel="epoch", ylabel="validation accuracy / %", ylim=(0, 105))
    right.set(xlabel="epoch", ylabel="validation loss / nat")
    for axes in (left, right):
        axes.xaxis.get_major_locator().set_params(integer=True)
    left.legend(fontsize=9)
    return figure_to_png(picture)
