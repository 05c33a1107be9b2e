"""Runs with one option changed, beside those without a change: tables and figures in docs/results.

``python tools/one_change.py`` fills in the tables of every page with a line such as
``<!--effects decide-gestures recipe-->``: the runs of two tables in docs/results/runs, by seed.
"""

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from results_page import RESULTS, RUNS, table_line

from liaf_ref._core.palette import BLACK, CELL_COLORS, CELL_NAMES, GREY
from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.experiments.training_config import coerce_floats
from liaf_ref.report.content import NOTHING, format_difference, format_mean
from liaf_ref.report.run_tables import TabulatedRun, read_results
from liaf_ref.report.statistics import MeanCI, mean_ci, paired_difference
from liaf_ref.report.svg import NO_METADATA

TABLE = re.compile(r"<!--(effects|differences) (\S+) (\S+)-->\n.*?<!---->", re.S)
# Not options of their own: these vary within a change, or follow from another option.
IGNORED = ("cell", "seed", "track_test", "patience", "average_epochs")
TEST_EPOCH = (("epoch", "the best on the test set"),)
NONE: tuple[tuple[str, Any], ...] = ()  # no option changed
LARGEST = 20.0  # points that the axes of the figure reach
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "changes", "font.size": 11}
Accuracies = dict[int, float]  # in percent, by seed


class Change(NamedTuple):
    """Runs with some options changed: their test accuracies by cell."""

    options: tuple[tuple[str, Any], ...]
    accuracies: Mapping[str, Accuracies]

    @property
    def label(self) -> str:
        """The options, such as ``gradient detached``."""
        return ", ".join(f"{name} {value}" for name, value in self.options) or "no change"

    def of(self, cell: str) -> Accuracies:
        """The accuracies of a cell."""
        return self.accuracies.get(cell, {})

    def lead(self, cell: str) -> Accuracies:
        """LIAF minus another cell, for each seed of both."""
        own, other = self.of("liaf"), self.of(cell)
        return {seed: own[seed] - other[seed] for seed in own if seed in other}

    def mean_lead(self, cell: str) -> MeanCI | None:
        """The mean of LIAF minus another cell, if there are seeds of both."""
        lead = self.lead(cell)
        return mean_ci(lead.values()) if lead else None


class Series(NamedTuple):
    """Intervals of one color in a figure, one for each change."""

    name: str
    color: str
    intervals: Sequence[MeanCI | None]


def read_changes(base: Path, changed: Path) -> list[Change]:
    """Read the runs without a change, then those with one, the highest accuracy first."""
    usual = read_results(base)
    configs = {_config(run)["cell"]: _config(run) for run in usual}
    runs = [*usual, *read_results(changed)]
    found: dict[tuple[tuple[str, Any], ...], dict[str, Accuracies]] = {NONE: {}}
    for run in runs:
        config = _config(run)
        plain = configs[config["cell"]]
        options = tuple(
            (name, value)
            for name, value in config.items()
            if name not in IGNORED and value != plain[name]
        )
        result = run.record["result"]
        _add(found, options, config, result["test_accuracy"])
        if config["track_test"]:
            _add(found, TEST_EPOCH, config, result["best_test_accuracy"])
    cells = {_config(run)["cell"] for run in runs[len(usual) :]}
    unchanged, *changes = [
        Change(options, {cell: own for cell, own in by_cell.items() if cell in cells})
        for options, by_cell in found.items()
    ]
    return [unchanged, *sorted(changes, key=_first_mean, reverse=True)]


def _first_mean(change: Change) -> float:
    """The mean accuracy of LIAF, or of another cell."""
    first = change.of("liaf") or next(iter(change.accuracies.values()))
    return fmean(first.values())


def _add(
    found: dict[tuple[tuple[str, Any], ...], dict[str, Accuracies]],
    options: tuple[tuple[str, Any], ...],
    config: Mapping[str, Any],
    accuracy: float,
) -> None:
    """Add a run; runs that only record more are the same runs again."""
    by_seed = found.setdefault(options, {}).setdefault(config["cell"], {})
    by_seed.setdefault(config["seed"], 100 * accuracy)


def _config(run: TabulatedRun) -> dict[str, Any]:
    """The configuration, with what older tables lack as it is by default."""
    known = {field.name for field in fields(DVSConfig)} - {"experiment"}
    given = {name: value for name, value in run.config.items() if name in known}
    return asdict(DVSConfig(str(run.config["experiment"]), **coerce_floats(DVSConfig, given)))


def _spiking(usual: Change) -> list[str]:
    return [cell for cell in ("liaf", "lif") if usual.of(cell)]


def _baselines(usual: Change) -> list[str]:
    return [cell for cell in usual.accuracies if cell != "liaf"]


def effects(changes: Sequence[Change]) -> str:
    """What each change does to LIAF, to LIF and to the difference of the two, in Markdown."""
    usual, *others = changes
    cells = _spiking(usual)
    names = [CELL_NAMES[cell] for cell in cells]
    head = ["change", *names, *(f"effect on {name}" for name in names)]
    if len(cells) > 1:
        head.append("on LIAF − LIF")
    lines = [(*head, "seeds"), ("---", *["---:"] * len(head))]
    lines.append((*_start(usual, cells[1:]), *[""] * (len(head) - len(cells))))
    for change in others:
        found = [paired_difference(change.of(cell), usual.of(cell)) for cell in cells]
        if len(cells) > 1:
            found.append(paired_difference(change.lead("lif"), usual.lead("lif")))
        seeds = max(len(own) for own in change.accuracies.values())
        lines.append((*_start(change, cells[1:]), *map(_bold, found), str(seeds)))
    return _table(lines)


def differences(changes: Sequence[Change]) -> str:
    """LIAF minus each other network, for each change, in Markdown."""
    cells = _baselines(changes[0])
    names = [CELL_NAMES[cell] for cell in cells]
    head = "change", "LIAF", *names, *(f"LIAF − {name}" for name in names), "seeds"
    lines = [head, ("---", *["---:"] * (len(head) - 1))]
    for change in changes:
        found = [_bold(change.mean_lead(cell)) for cell in cells]
        seeds = max(len(change.lead(cell)) for cell in cells)
        lines.append((*_start(change, cells), *found, str(seeds)))
    return _table(lines)


def _start(change: Change, cells: Sequence[str]) -> tuple[str, ...]:
    own = [change.of(cell).values() for cell in ("liaf", *cells)]
    means = [format_mean(mean_ci(values)) if values else NOTHING for values in own]
    return f"`{change.label}`" if change.options else change.label, *means


def _bold(difference: MeanCI | None) -> str:
    """Bold if the interval does not contain 0."""
    if difference is None:
        return NOTHING
    text = format_difference(difference)
    decided = difference.n > 1 and abs(difference.value) > difference.half_width
    return f"**{text}**" if decided else text


def _table(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(map(table_line, lines)) + "\n"


def draw_effects(changes: Sequence[Change]) -> Figure:
    """Draw the effect of each change on LIAF's and LIF's accuracy, with its interval."""
    usual, *others = changes
    series = [
        Series(
            CELL_NAMES[cell],
            CELL_COLORS[cell],
            [paired_difference(change.of(cell), usual.of(cell)) for change in others],
        )
        for cell in _spiking(usual)
    ]
    return _draw(others, series, "effect on the test accuracy, in points")


def draw_differences(changes: Sequence[Change]) -> Figure:
    """Draw LIAF's lead over each other network for each change, with its interval."""
    series = [
        Series(
            f"LIAF − {CELL_NAMES[cell]}",
            CELL_COLORS[cell],
            [change.mean_lead(cell) for change in changes],
        )
        for cell in _baselines(changes[0])
    ]
    return _draw(changes, series, "difference in test accuracy, in points")


def _draw(changes: Sequence[Change], series: Sequence[Series], xlabel: str) -> Figure:
    """Draw the intervals of each change; an arrow marks what is beyond the axes."""
    figure = Figure(figsize=(5.4, 0.62 * len(changes) + 0.9), layout="constrained")
    axes = figure.subplots()
    for k, (_, color, intervals) in enumerate(series):
        shift = 0.28 * (k - (len(series) - 1) / 2)
        for y, found in enumerate(intervals):
            if found is None:
                continue
            ends = found.value - found.half_width, found.value + found.half_width
            axes.hlines(y + shift, *np.clip(ends, -LARGEST, LARGEST), color=color, lw=3)
            axes.plot(found.value, y + shift, "o", color=color, mec="white", ms=8)
            for side in {np.copysign(LARGEST, end) for end in ends if abs(end) > LARGEST}:
                arrow = ">" if side > 0 else "<"
                axes.plot(side, y + shift, arrow, color=color, ms=8, clip_on=False)
            if abs(found.value) > LARGEST:
                _write_at_edge(axes, found, y + shift + np.copysign(0.17, shift or -1), color)
    axes.axvline(0, color=GREY, lw=0.8)
    axes.set_yticks(range(len(changes)), [change.label for change in changes], color=BLACK)
    left, right = axes.get_xlim()
    axes.set_xlabel(xlabel, loc="right")  # it can be wider than the axes
    axes.set(xlim=(max(left, -LARGEST), min(right, LARGEST)), ylim=(len(changes) - 0.5, -0.5))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    points = [Line2D([], [], ls="", marker="o", color=color) for _, color, _ in series]
    names = [name for name, _, _ in series]
    figure.legend(points, names, frameon=False, loc="outside upper right", ncols=len(series))
    return figure


def _write_at_edge(axes: Axes, effect: MeanCI, y: float, color: str) -> None:
    """Write an effect that the axes do not reach."""
    side = np.copysign(LARGEST, effect.value)
    to = "left" if side < 0 else "right"
    axes.text(side, y, format_difference(effect), color=color, va="center", ha=to, fontsize=9)


# Of each kind of table: what writes it, and what draws it.
KINDS = {"effects": (effects, draw_effects), "differences": (differences, draw_differences)}


def fill(page: str, runs: Path, figures: Path) -> str:
    """Write the tables of a page anew, and draw the figure of each."""

    def table(found: re.Match[str]) -> str:
        kind, base, changed = found.groups()
        write, draw = KINDS[kind]
        changes = read_changes(*(runs / f"{name}.csv" for name in (base, changed)))
        with rc_context(STYLE):
            path = figures / f"{changed}.svg"
            draw(changes).savefig(path, format="svg", metadata=NO_METADATA)
        return f"<!--{kind} {base} {changed}-->\n{write(changes)}<!---->"

    return TABLE.sub(table, page)


def main() -> int:
    """Fill in the tables of all pages, and draw the figure of each."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    for page in sorted(RESULTS.glob("*.md")):
        text = page.read_text("utf-8")
        page.write_text(fill(text, RUNS, RESULTS), "utf-8")
        for kind, _, changed in TABLE.findall(text):
            print(f"{page.name}: {kind} of {changed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
