"""Sections that compare networks on recordings: Tables VI, VII, IX, X, Figs. 7, 8, and N-MNIST."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Literal, NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.experiments.paper import printed_cells
from liaf_ref.report import content, dvs_runs
from liaf_ref.report.content import NOTHING, TEXTS, Claim, Section, Table, format_mean
from liaf_ref.report.dvs_runs import CURVE_QUANTITIES, RunGroup
from liaf_ref.report.pictures import Curve, Picture, curve_plot
from liaf_ref.report.recomputed import counts_section
from liaf_ref.report.runs import RunCollection
from liaf_ref.report.statistics import mean_ci

HEADER = ("test %", "paper %", "training %", "majority %", "weights", "MULs", "ADDs")
PART_NAMES = {"validation": "validation", "train": "training"}
Part = Literal["literature", "counts", "accuracies", "curves", "claims"]


class Comparison(NamedTuple):
    """What the paper says of LIAF and other cells in a table or figure, and what we show."""

    # The values are those of ``compare`` in templates/texts.toml.
    columns: Mapping[str, str]  # of the printed accuracies, by experiment; "" if there is none
    cells: Sequence[str]
    claims: Sequence[tuple[str, str]]  # of LIAF against a cell in one of ``QUANTITIES``
    shows: Sequence[Part]
    plots: Sequence[Sequence[str]] = (tuple(PART_NAMES),)  # the parts of the data in one plot
    wanted: Sequence[str] = ()  # the cells to plot and to run, if not all
    needed: Sequence[str] = ()  # the cells of which a group has to have one, if not any

    def fill(self, section: Section, runs: RunCollection) -> Section:
        """Compare cells in all groups of some experiments."""
        groups = [group for group in runs.groups if group.experiment in self.columns]
        shown = [g for g in groups if any(map(g.runs_of, self.needed or self.cells))]
        wanted = self.wanted or self.cells
        judged = list(self._judge(section, groups))
        folders = (run.folder for group in shown for run in group.runs if run.cell in self.cells)
        section = section._replace(
            verdict=content.summarize_claims(judged, TEXTS["sections"][section.name]["claim"]),
            findings=tuple(one.as_sentence() for one in judged) if len(judged) > 1 else (),
            tables=tuple(self._tables(section, shown)),
            pictures=tuple(
                picture
                for group in shown
                for parts in self.plots
                if "curves" in self.shows and any(map(group.runs_of, wanted))
                for picture in curve_plots(group, wanted, parts, section.name)
            ),
            notes=tuple(self._notes(groups, shown)),
            sources=tuple(dict.fromkeys(folder.as_posix() for folder in folders)),
            missing=tuple(dvs_runs.missing_runs(runs.groups, self.columns, wanted)),
            claims=tuple(c for c in judged if c.differences) if "claims" in self.shows else (),
        )
        return counts_section(section) if "counts" in self.shows else section

    def _judge(self, section: Section, groups: Sequence[RunGroup]) -> Iterator[Claim]:
        """What runs say of each claim; differences are paired by seed or fold."""
        for group, (baseline, name) in product(groups, self.claims):
            quantity = dvs_runs.QUANTITIES[name]
            if not (group.runs_of("liaf") and group.runs_of(baseline)):
                continue
            difference = group.difference(baseline, quantity.of)
            ours, theirs = (self._printed(section, group, cell) for cell in ("liaf", baseline))
            known = NOTHING not in (ours, theirs)
            yield Claim(
                section.number,
                f"{quantity.compare(baseline)}, {group.label}",
                content.format_number(float(ours) - float(theirs), "+") if known else "",
                {} if difference is None else {baseline: difference},
                quantity.criterion,
                group.averaged_over,
            )

    def _printed(self, section: Section, group: RunGroup, cell: str) -> str:
        """The paper's accuracy in percent."""
        place = section.number.removeprefix("Table "), cell, self.columns[group.experiment]
        return printed_cells().get(place, NOTHING)

    def _tables(self, section: Section, groups: Sequence[RunGroup]) -> Iterator[Table]:
        if "literature" in self.shows:
            yield self._literature_table(section, groups)
        if "accuracies" in self.shows:
            for group in groups:
                rows = (
                    _accuracy_row(group, cell, self._printed(section, group, cell))
                    for cell in self.cells
                    if group.runs_of(cell)
                )
                head = ("", f"{group.averaged_over}s", *HEADER)
                yield Table(f"{section.name}-{group.name}", group.label, head, tuple(rows))
        if "curves" in self.shows:
            name = f"{section.name}-curves" if "accuracies" in self.shows else section.name
            for group in groups:
                yield curve_table(group, self.cells, name)

    def _literature_table(self, section: Section, groups: Sequence[RunGroup]) -> Table:
        """Table of the accuracies from the literature, with ours below."""
        number = section.number.removeprefix("Table ")
        body = [
            (
                f"the paper, {CELL_NAMES[row]}" if row in CELL_NAMES else row,
                *(printed_cells().get((number, row, c), NOTHING) for c in self.columns.values()),
            )
            for row in dict.fromkeys(row for table, row, _ in printed_cells() if table == number)
        ]
        for group, cell in product(groups, ("lif", "liaf")):
            if group.runs_of(cell):
                ours = format_mean(group.mean(cell, dvs_runs.TEST_ACCURACY.of))
                cells = (ours if name == group.experiment else NOTHING for name in self.columns)
                body.append((f"ours, {CELL_NAMES[cell]}: {group.label}", *cells))
        caption = "Test accuracy in percent; ours has a 95 % interval if there are several seeds"
        head = ("", *(f"{column} %" for column in self.columns.values()))
        return Table(section.name, caption, head, tuple(body))

    def _notes(self, groups: Sequence[RunGroup], shown: Sequence[RunGroup]) -> Iterator[str]:
        if any(self.columns.values()) and not all(group.matches_paper for group in groups):
            yield TEXTS["small_scale"]
        if "curves" not in self.shows:
            return
        if "accuracies" in self.shows and any(group.averaged_over == "fold" for group in shown):
            yield TEXTS["cross_validation"]
        yield from TEXTS["curves"] if shown else ()
        for group in shown:
            if sizes := [run.result.samples[1] for run in group.runs if run.result.samples]:
                text = f"one of {min(sizes)} validation recordings is worth"
                yield f"{group.label}: {text} {100 / min(sizes):.1f} points of accuracy."


def _accuracy_row(group: RunGroup, cell: str, printed: str) -> tuple[str, ...]:
    runs = group.runs_of(cell)
    test, train, majority = (
        format_mean(group.mean(cell, dvs_runs.accuracy_percent(part)))
        for part in ("test", "train", "majority")
    )
    counts = (content.format_count(getattr(runs[0].result, name)) for name in ("muls", "adds"))
    weights = f"{runs[0].result.weights:,}"
    return CELL_NAMES[cell], str(len(runs)), test, printed, train, majority, weights, *counts


def curve_table(group: RunGroup, cells: Sequence[str], name: str) -> Table:
    """Table of roughness and gaps of cells, and of the differences of LIAF from the others."""
    rows = []
    for cell in filter(group.runs_of, cells):
        means = (format_mean(group.mean(cell, quantity.of)) for quantity in CURVE_QUANTITIES)
        rows.append((CELL_NAMES[cell], str(len(group.runs_of(cell))), *means))
    for cell in (cell for cell in cells if cell != "liaf"):
        found = [group.difference(cell, quantity.of) for quantity in CURVE_QUANTITIES]
        if pairs := [difference.n for difference in found if difference is not None]:
            differences = (format_mean(difference, "+") for difference in found)
            label = f"{CELL_NAMES['liaf']} − {CELL_NAMES[cell]}"
            rows.append((label, str(max(pairs)), *differences))
    titles = (f"{quantity.name} / points" for quantity in CURVE_QUANTITIES)
    head = ("", f"{group.averaged_over}s", *titles)
    return Table(f"{name}-{group.name}", f"{group.label}: roughness and gap", head, tuple(rows))


def curve_plots(
    group: RunGroup, cells: Sequence[str], parts: Sequence[str], name: str
) -> Iterator[Picture]:
    """Plots of accuracy and loss over the epochs, averaged over the seeds."""
    for metric, y_label, y_max in (
        ("accuracy", "accuracy / %", 102.0),
        ("loss", "loss / nat", None),
    ):
        curves = [
            _mean_curve(group, cell, part, metric, len(parts) > 1)
            for part, cell in product(parts, filter(group.runs_of, cells))
        ]
        caption = f"{group.label}: {' and '.join(PART_NAMES[part] for part in parts)} {metric}"
        file = "-".join((name, group.name, *(parts if len(parts) == 1 else ()), metric))
        yield curve_plot(file, caption, y_label, y_max, curves)


def _mean_curve(group: RunGroup, cell: str, part: str, metric: str, both_parts: bool) -> Curve:
    runs, scale = group.runs_of(cell), 100.0 if metric == "accuracy" else 1.0
    epochs = zip(*(run.metrics for run in runs), strict=False)  # those that all runs have
    means = [mean_ci(scale * row[f"{part}_{metric}"] for row in rows) for rows in epochs]
    label = f"{CELL_NAMES[cell]}, {PART_NAMES[part]}" if both_parts else CELL_NAMES[cell]
    return Curve(cell, label, both_parts and part == "train", means)
