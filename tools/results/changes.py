"""One change at a time: tables and figures of docs/results/changes.md."""

import csv
import tomllib
from functools import cache
from typing import Any, NamedTuple

from documentation import markdown_table
from matplotlib import rc_context
from matplotlib.figure import Figure

from liaf_ref._core.palette import BLACK, CELL_COLORS, CELL_NAMES
from liaf_ref.report.content import format_mean
from liaf_ref.report.statistics import MeanCI, mean_ci, paired_difference
from results import RESULTS, RUNS, save_svg

SWEEPS = {  # and the sweep of the claims, in which nothing is changed
    "ablation-gestures": "decide-gestures",
    "recipe": "decide-gestures",
    "presets": "decide-gestures",
    "ablation-digits": "decide-digits",
    "sensitivity-gestures": "decide-gestures",
    "sensitivity-scenes": "decide-scenes",
    "sensitivity-digits": "decide-digits",
}
CELLS = ("liaf", "convlstm", "lif")
# Columns that are no settings, or follow from another one.
NO_SETTINGS = {
    *("job", "experiment", "data", "data_sha256", "seed", "cell", "T", "weights", "muls", "adds"),
    *("samples", "selected_epoch", "averaged_epochs", "train_accuracy", "validation_accuracy"),
    *("test_accuracy", "best_test_accuracy", "majority_accuracy", "seconds", "processes"),
    *("frozen_weights", "track_test", "average_epochs", "patience"),
}
BEST = "best epoch on the test set"
LARGEST = 20.0  # points to each side of 0 in a figure
ROW, AROUND = 0.46, 1.1  # inches of a row of a figure, and of axis and legend
Accuracies = dict[str, dict[str, float]]  # in percent, by network and seed
Means = dict[str, MeanCI | None]


class Change(NamedTuple):
    """What was changed, the accuracies, and what is compared, in points, by its heading."""

    text: str
    cells: Accuracies
    compared: Means

    def mean(self, cell: str) -> MeanCI | None:
        """The mean accuracy of a network."""
        return mean_ci(self.cells[cell].values()) if cell in self.cells else None


@cache
def _words() -> dict[str, str]:
    names: dict[str, str] = tomllib.loads((RESULTS / "changes.toml").read_text("utf-8"))
    return names


def _rows(sweep: str) -> list[dict[str, str]]:
    with (RUNS / f"{sweep}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_accuracies(sweep: str) -> dict[str, Accuracies]:
    """The test accuracies by change in words; first those of the claims."""
    found: dict[str, Accuracies] = {}
    usual = {row["cell"]: row for row in _rows(SWEEPS[sweep]) if row["cell"] in CELLS}
    cells = {row["cell"] for row in _rows(sweep)}
    for row in (*_rows(SWEEPS[sweep]), *_rows(sweep)):
        if row["cell"] not in cells:
            continue
        base, text, kind = usual[row["cell"]], BEST, "best_test_accuracy"
        if row.get("track_test") != "true":
            settings = row.keys() - NO_SETTINGS
            changed = sorted(k for k in settings if row[k] != (base.get(k) or ""))
            kind = "test_accuracy"
            text = _words()[", ".join(f"{k} {row[k]}" for k in changed) or "nothing"]
        of_cell = found.setdefault(text, {}).setdefault(row["cell"], {})
        of_cell[row["seed"]] = 100 * float(row[kind])
    return found


def compare(sweep: str) -> list[Change]:
    """The changes of a sweep, below none: settings by LIAF's leads, choices by their effects."""
    found = read_accuracies(sweep)
    usual = next(iter(found.values()))
    compared = _leads if sweep.startswith("sensitivity") else _effects
    first, *rest = (Change(text, c, compared(c, usual)) for text, c in found.items())
    rest.sort(key=lambda change: -_order(change))
    return [first, *rest]


def _order(change: Change) -> float:
    mean = change.compared.get("effect on LIAF", change.mean("liaf"))
    return -100.0 if mean is None else mean.value


def _leads(cells: Accuracies, usual: Accuracies) -> Means:
    """LIAF less each other network, paired by seed."""
    others = (cell for cell in CELLS[1:] if cell in usual)
    return {f"LIAF − {CELL_NAMES[c]}": paired_difference(cells["liaf"], cells[c]) for c in others}


def _effects(cells: Accuracies, usual: Accuracies) -> Means:
    """On each network, and on LIAF's lead over LIF, paired by seed."""
    found = {
        f"effect on {CELL_NAMES[c]}": paired_difference(cells.get(c, {}), usual[c]) for c in usual
    }
    if "lif" in usual:
        own, base = (
            {seed: each["liaf"][seed] - lif for seed, lif in each["lif"].items()}
            if each.keys() == usual.keys()
            else {}
            for each in (cells, usual)
        )
        found["on LIAF − LIF"] = paired_difference(own, base)
    return {k: None if cells is usual else v for k, v in found.items()}


def table(sweep: str) -> str:
    """In Markdown; what is compared is bold if its interval does not contain 0."""
    changes = compare(sweep)
    cells = [cell for cell in CELLS if cell in changes[0].cells]
    head = ["change", *(CELL_NAMES[cell] for cell in cells), *changes[0].compared, "seeds"]
    lines = []
    for change in changes:
        means = (format_mean(change.mean(cell)) for cell in cells)
        seeds = str(min(map(len, change.cells.values())))
        lines.append((change.text, *means, *map(_bold, change.compared.values()), seeds))
    return markdown_table([head, *lines], right=range(1, len(head)))


def _bold(mean: MeanCI | None) -> str:
    text = format_mean(mean, "+")
    return f"**{text}**" if mean and abs(mean.value) > mean.half_width else text


def draw(sweep: str) -> Figure:
    """What is compared, a row a change; beyond the axis an arrow and the number."""
    changes = [change for change in compare(sweep) if any(change.compared.values())]
    names = [name for name in changes[0].compared if not name.startswith("on ")]
    figure = Figure(
        figsize=(7.2, ROW * len(changes) + AROUND), layout="constrained", facecolor="white"
    )
    axes = figure.add_subplot()
    axes.axvline(0, color=BLACK, lw=0.8)
    for k, name in enumerate(names):
        color = CELL_COLORS[
            "convlstm" if "ConvLSTM" in name else "lif" if "LIF" in name else "liaf"
        ]
        for y, change in enumerate(changes):
            mean = change.compared[name]
            if mean is not None:
                _draw_mean(axes, mean, y + 0.36 * (k - (len(names) - 1) / 2), color)
        axes.plot([], [], "o", color=color, label=name)
    axes.set(
        yticks=range(len(changes)),
        yticklabels=[change.text for change in changes],
        ylim=(len(changes) - 0.5, -0.5),
        xlabel="difference of test accuracies in percentage points",
    )
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper right", ncols=len(names), frameon=False)
    return figure


def _draw_mean(axes: Any, mean: MeanCI, y: float, color: str) -> None:
    if abs(mean.value) <= LARGEST:
        ends = mean.value - mean.half_width, mean.value + mean.half_width
        inside = [min(max(end, -LARGEST - 2), LARGEST + 2) for end in ends]
        axes.hlines(y, *inside, color, lw=2)
        axes.plot(mean.value, y, "o", color=color, mec="white")
        for end, shown, marker in zip(ends, inside, "<>", strict=True):
            if end != shown:
                axes.plot(shown, y, marker, color=color)
        return
    sign = -1 if mean.value < 0 else 1
    axes.plot(sign * (LARGEST + 2), y, "<" if sign < 0 else ">", color=color)
    side = "left" if sign < 0 else "right"
    place = (sign * (LARGEST + 1.2), y)
    axes.text(*place, format_mean(mean, "+"), color=color, ha=side, va="center", size=9)


def write() -> None:
    """Draw the figures."""
    with rc_context({"font.size": 11}):
        for sweep in SWEEPS:
            save_svg(draw(sweep), sweep)
