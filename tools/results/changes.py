"""One change at a time: tables and figures of docs/results/changes.md."""

import tomllib
from typing import Any, NamedTuple

from documentation import markdown_table
from matplotlib.figure import Figure

from liaf_ref._core.palette import BLACK, CELL_COLORS, CELL_NAMES
from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.report.content import format_mean
from liaf_ref.report.statistics import MeanCI, mean_ci, paired_difference
from results import RESULTS, RUNS, read

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
# Fields that are compared otherwise, or follow from another one.
NO_SETTINGS = {"seed", "processes", "track_test", "average_epochs", "patience"}
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


def read_accuracies(sweep: str) -> dict[str, Accuracies]:
    """The test accuracies by change in words; first those of the claims."""
    found, fields = dict[str, Accuracies](), vars(DVSConfig)["__dataclass_fields__"]
    words = tomllib.loads((RESULTS / "changes.toml").read_text("utf-8"))
    usual_rows, rows = (read(RUNS / f"{name}.csv") for name in (SWEEPS[sweep], sweep))
    usual = {row["cell"]: row for row in usual_rows if row["cell"] in CELLS}
    cells = {row["cell"] for row in rows}
    for row in (row for row in (*usual_rows, *rows) if row["cell"] in cells):
        base, text, kind = usual[row["cell"]], BEST, "best_test_accuracy"
        if row.get("track_test") != "true":
            settings = (row.keys() & fields) - NO_SETTINGS
            changed = sorted(k for k in settings if row[k] != (base.get(k) or ""))
            kind = "test_accuracy"
            text = words[", ".join(f"{k} {row[k]}" for k in changed) or "nothing"]
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
        found["on LIAF − LIF"] = paired_difference(_lead(cells), _lead(usual))
    return {k: None if cells is usual else v for k, v in found.items()}


def _lead(cells: Accuracies) -> dict[str, float]:
    """Of LIAF over LIF, by seed."""
    lif = cells.get("lif", {})
    return {seed: x - lif[seed] for seed, x in cells.get("liaf", {}).items() if seed in lif}


def table(sweep: str) -> str:
    """In Markdown; what is compared is bold if its interval does not contain 0."""
    changes = compare(sweep)
    cells = [cell for cell in CELLS if cell in changes[0].cells]
    head = ["change", *(CELL_NAMES[cell] for cell in cells), *changes[0].compared, "seeds"]
    lines = [
        (
            change.text,
            *(format_mean(change.mean(cell)) for cell in cells),
            *map(_bold, change.compared.values()),
            str(min(map(len, change.cells.values()))),
        )
        for change in changes
    ]
    return markdown_table([head, *lines], right=range(1, len(head)))


def _bold(mean: MeanCI | None) -> str:
    text = format_mean(mean, "+")
    return f"**{text}**" if mean and abs(mean.value) > mean.half_width else text


def draw(sweep: str) -> Figure:
    """What is compared, a row a change; beyond the axis an arrow and the number."""
    changes = [change for change in compare(sweep) if any(change.compared.values())]
    names = [name for name in changes[0].compared if not name.startswith("on ")]
    figure = Figure(figsize=(7.2, ROW * len(changes) + AROUND), layout="constrained")
    axes = figure.add_subplot()
    axes.axvline(0, color=BLACK, lw=0.8)
    for k, name in enumerate(names):
        color = CELL_COLORS[name.split()[-1].lower()]
        for y, change in enumerate(changes):
            if (mean := change.compared[name]) is not None:
                _draw_mean(axes, mean, y + 0.36 * (k - (len(names) - 1) / 2), color)
        axes.plot([], [], "o", color=color, label=name)
    axes.set_yticks(range(len(changes)), [change.text for change in changes])
    axes.set_ylim(len(changes) - 0.5, -0.5)
    axes.set_xlabel("difference of test accuracies in percentage points")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper right", ncols=len(names), frameon=False)
    return figure


def _draw_mean(axes: Any, mean: MeanCI, y: float, color: str) -> None:
    end = LARGEST + 2
    if abs(mean.value) > LARGEST:
        sign, marker, side = (-1, "<", "left") if mean.value < 0 else (1, ">", "right")
        axes.plot(sign * end, y, marker, color=color)
        text = format_mean(mean, "+")
        axes.text(sign * (end - 0.8), y, text, color=color, ha=side, va="center", size=9)
        return
    low, high = mean.value - mean.half_width, mean.value + mean.half_width
    axes.hlines(y, max(low, -end), min(high, end), color, lw=2)
    axes.plot(mean.value, y, "o", color=color, mec="white")
    for place, marker, is_cut in ((-end, "<", low < -end), (end, ">", high > end)):
        if is_cut:
            axes.plot(place, y, marker, color=color)
