"""Table and figure of the runs of one ``liaf-ref run``."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from liaf_ref._core.palette import CELL_COLORS, CELL_NAMES, cell_color, cell_name
from liaf_ref._core.png import figure_to_png, new_figure
from liaf_ref.experiments import paper
from liaf_ref.report import content
from liaf_ref.report.content import NOTHING, TEXTS, format_percent
from liaf_ref.report.statistics import MeanCI, mean_ci, test_to_train

Row = Mapping[str, Any]
Metrics = Sequence[Mapping[str, float]]
PERCENT = {f"{part} %": f"{part}_accuracy" for part in ("test", "validation", "train", "majority")}
COMMON = {"selected_epoch", "averaged_epochs", "epochs", "stopped", "seconds", *PERCENT.values()}
DVS_COLUMNS = ("cell", *PERCENT, "epoch", "weights", "MULs", "ADDs", "s")
BABI_COLUMNS = ("task", "cell", "test %", "train %", "majority %", "epoch", "weights", "s")
BABI_COLUMNS_PRINTED = (*BABI_COLUMNS[:3], "paper %", *BABI_COLUMNS[3:])  # for the published text
FOLDS_CAVEAT: str = TEXTS["folds"]


def results_table(rows: Sequence[Row], names: Sequence[str] = ()) -> str:
    """Table of results: some columns, or an experiment's own ones before those of all."""
    own = {
        name: lambda row, name=name: str(row.get(name, NOTHING))
        for name in rows[0]
        if not names and name not in COMMON
    }
    known = {name: COLUMNS[name] for name in names or (*PERCENT, "epoch", "s")}
    return content.column_table(rows, own | known)


def _printed_accuracy(row: Row) -> float | None:
    """The paper's number for the condition of a run; None for other settings or cells."""
    if row["condition"] is None or row["cell"] not in CELL_NAMES:
        return None
    return paper.table03_accuracy(row["task"], row["cell"], row["condition"]) / 100


COLUMNS: dict[str, Callable[[Row], str]] = {
    "task": lambda row: f"QA{row['task']}",
    "cell": lambda row: cell_name(row["cell"]),
    **{
        title: lambda row, name=name: format_percent(row[name])  # type: ignore[misc]
        for title, name in PERCENT.items()
    },
    "paper %": lambda row: format_percent(_printed_accuracy(row)),
    "epoch": content.format_epochs,
    "weights": lambda row: f"{row.get('weights_network', row.get('weights')):,}",
    "MULs": lambda row: f"{row['muls']:.2e}",
    "ADDs": lambda row: f"{row['adds']:.2e}",
    "s": lambda row: f"{row['seconds']:.1f}",
}


def plot_curves(curves: Mapping[str, Metrics], title: str) -> bytes:
    """Plot accuracy and loss over the epochs as PNG: validation solid, training dashed."""
    picture = new_figure(7.4, 3.6)
    picture.suptitle(title)
    left, right = picture.subplots(1, 2)
    for k, (name, rows) in enumerate(curves.items()):
        for axes, fact, scale in ((left, "accuracy", 100), (right, "loss", 1)):
            for part, style in (("validation", "-"), ("train", "--")):
                values = [scale * row[f"{part}_{fact}"] for row in rows]
                label = CELL_NAMES.get(name, name) if part == "validation" else None
                _plot_epochs(axes, values, style, CELL_COLORS.get(name, f"C{k}"), label)
    left.plot([], [], "-", color="grey", label="validation")
    left.plot([], [], "--", color="grey", label="training, measured during the epoch")
    left.set(ylabel="accuracy / %", ylim=(0, 105))
    right.set_ylabel("loss / nat")
    right.set_ylim(bottom=0)
    left.legend(fontsize=9)
    return figure_to_png(picture)


def plot_babi(
    rows: Sequence[Row], curves: Mapping[tuple[int, str], Sequence[float]], is_published: bool
) -> bytes:
    """Draw test accuracies and validation curves as PNG, a row of panels per task."""
    tasks = sorted({row["task"] for row in rows})
    picture = new_figure(7.4, 3.2 * len(tasks))
    panels = picture.subplots(len(tasks), 2, squeeze=False)
    for task, (bars, lines) in zip(tasks, panels, strict=True):
        _plot_bars(bars, [row for row in rows if row["task"] == task], is_published)
        for (number, cell), values in curves.items():
            if number == task:
                percent = [100 * value for value in values]
                _plot_epochs(lines, percent, "-", cell_color(cell), cell_name(cell))
        lines.set(ylabel="validation accuracy / %", ylim=(0, 105))
        lines.legend(fontsize=9, ncols=2, loc="upper right")
    return figure_to_png(picture)


def _plot_bars(axes: Any, rows: Sequence[Row], is_published: bool) -> None:
    label: str | None = "printed in Table III"
    for k, row in enumerate(rows):
        top = accuracy = 100 * row["test_accuracy"]
        axes.bar(k, accuracy, color=cell_color(row["cell"]), width=0.7)
        if is_published and (printed := _printed_accuracy(row)) is not None:
            axes.plot([k - 0.4, k + 0.4], [100 * printed] * 2, color="black", lw=1.5, label=label)
            label = None  # only for the first one
            top = max(accuracy, 100 * printed)
        axes.annotate(f"{accuracy:.1f}", (k, top + 1), ha="center", va="bottom", fontsize=9)
    majority = 100 * rows[0]["majority_accuracy"]
    axes.axhline(majority, color="grey", ls=":", label="most frequent answer")
    axes.set_xticks(range(len(rows)), [cell_name(row["cell"]) for row in rows])
    axes.set(title=f"QA{rows[0]['task']}", ylabel="test accuracy / %", ylim=(0, 105))
    axes.legend(fontsize=9, loc="upper right")


def _plot_epochs(
    axes: Any, values: Sequence[float], style: str, color: str, label: str | None
) -> None:
    dot = "." if len(values) == 1 else ""  # a line of one point shows nothing
    axes.plot(range(1, len(values) + 1), values, style, color=color, label=label, marker=dot)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("epoch")


def summarize_folds(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Average the test accuracy of each cell over its folds."""
    return [
        {
            "cell": cell,
            "folds": mean.n,
            "test_accuracy": mean.value,
            "half": mean.half_width if mean.n > 1 else None,
        }
        for cell, mean in _means(rows).items()
    ]


def folds_table(rows: Sequence[Row]) -> str:
    """Table of the test accuracy in each fold, and of the means."""
    folds = sorted({row["fold"] for row in rows})
    tested = {(row["cell"], row["fold"]): format_percent(row["test_accuracy"]) for row in rows}
    lines = [
        (
            *(CELL_NAMES[cell], content.format_mean(mean.in_percent())),
            *(tested.get((cell, fold), "-") for fold in folds),
        )
        for cell, mean in _means(rows).items()
    ]
    head = "cell", "test %", *(f"fold {fold}" for fold in folds)
    return f"{content.markdown_table(head, lines)}\n\n{FOLDS_CAVEAT}"


def mean_curves(runs: Sequence[Metrics]) -> list[dict[str, float]]:
    """Average the metrics over folds, for the epochs that all folds have."""
    return [
        {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
        for rows in zip(*runs, strict=False)
    ]


def _means(rows: Sequence[Row]) -> dict[str, MeanCI]:
    by_cell: dict[str, list[float]] = {}
    for row in rows:
        by_cell.setdefault(row["cell"], []).append(row["test_accuracy"])
    ratio = test_to_train(rows[0]["folds"])
    return {cell: mean_ci(values, ratio) for cell, values in by_cell.items()}
