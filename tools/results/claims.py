"""The claims of the paper, judged by our runs: their tables and their figure."""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from documentation import markdown_table
from matplotlib.figure import Figure

from liaf_ref._core.palette import BLACK, BLUE, CELL_NAMES, GREEN, GREY, ORANGE, VERMILION
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.report import content, statistics
from liaf_ref.report.build import SECTIONS, collect_runs, make_section
from liaf_ref.report.content import NOTHING, Claim, format_mean
from liaf_ref.report.dvs_runs import accuracy_percent
from liaf_ref.report.runs import RunCollection
from results import RESULTS, RUNS

README = RESULTS.parents[1] / "README.md"
PAGES = {"Table III": "[Table III](table03.md)"}  # links in the table of claims
START, END = "<!--claims-->\n", "<!---->"  # around the table of the README
SIMULATED = {"mnist-dvs": "digits", "cifar10-dvs": "scenes", "gesture": "gestures"}
GENUINE = "n-mnist"  # no claim of the paper is about it
TITLES = {data: EXPERIMENT_SPECS[data].title for data in (*SIMULATED, GENUINE)}
SUMMARY = (
    "LIAF beats LIF on average over all tasks",
    "LIAF trails LSTM on average over all tasks",
    "LIAF trails GRU on average over all tasks",
    *(f"LIAF has a higher test accuracy than LIF, {TITLES[data]}, simulated" for data in SIMULATED),
)
SHORTER = {  # in the labels of the figure
    r"(\w+) has a higher (.+) than (\w+)": r"\1 > \3, \2",
    r"(\w+) has a lower (.+) than (\w+)": r"\1 < \3, \2",
    r"(\w+) is similar to (\w+)": r"\1 ≈ \2",
    " on average over all tasks| at the end": "",
    "validation accuracy": "validation",
    "(,| in) test accuracy": "",
}
NO_BREAK = "\N{NO-BREAK SPACE}"
LOOKS = {  # color and marker of a verdict
    statistics.CONFIRMED: (GREEN, "o"),
    statistics.TOO_SMALL: (BLUE, "o"),
    statistics.NO_DIFFERENCE: (ORANGE, "s"),
    statistics.OPPOSITE: (VERMILION, "s"),
    statistics.DIFFERENT: (VERMILION, "s"),
    statistics.NOT_DECIDED: (GREY, "D"),
}
# What the accuracy of the same networks shows too, over the seeds.
RESTATED = ("gap at the end", "validation accuracy at the end")
LARGEST = 18.0  # points to each side of 0 in the figure
ROW, BELOW = 0.52, 4.9  # inches for a row of the figure; rows for axis and legend below them
STYLE = {"font.size": 13.6}  # 9 points where the figure is 345 pixels wide, on a phone


class Row(NamedTuple):
    """A claim, half the width of its interval by Holm's procedure, and what was simulated."""

    claim: Claim
    holm: float
    simulated: str  # digits, scenes or gestures; nothing of the published text of bAbI

    @property
    def sweep(self) -> str:
        return f"decide-{self.simulated}" if self.simulated else "table03"

    @property
    def text(self) -> str:
        text = self.claim.text.partition(", scale ")[0]
        return f"{text}, simulated" if self.simulated else text

    @property
    def paper(self) -> float | None:
        """The printed value."""
        text = self.claim.printed.replace("−", "-")
        return float(text) if text not in ("", NOTHING) else None

    @property
    def is_excluded(self) -> bool:
        """Whether the printed value lies outside of where one further run of ours would."""
        printed, ours = self.paper, self.claim.difference
        if self.simulated or printed is None:
            return False
        return abs(printed - ours.value) > ours.prediction

    @property
    def verdict(self) -> str:
        """The verdict, what it needs, and whether Holm's procedure changes it."""
        criterion, difference = self.claim.criterion, self.claim.difference
        name = said = self.claim.verdict.name
        if name == statistics.NOT_DECIDED:
            said += f": about {criterion.seeds_to_decide(difference):,} seeds would decide"
        elif name in (statistics.OPPOSITE, statistics.NO_DIFFERENCE) and self.is_excluded:
            said += ": contradicted"
        corrected = criterion.judge(difference._replace(half_width=self.holm)).name
        return f"{said}; by Holm's interval {corrected}" if corrected != name else said


@cache
def read_runs() -> RunCollection:
    """Read the stored runs on bAbI and on recordings."""
    tables = [RUNS / f"decide-{name}.csv" for name in (*SIMULATED.values(), GENUINE)]
    return collect_runs([RESULTS / "table03.csv", *tables])


@cache
def stored_claims() -> list[Row]:
    """The claims judged by the stored runs."""
    return judge_claims(read_runs())


def judge_claims(runs: RunCollection) -> list[Row]:
    """Judge the claims; those without an interval are left out."""
    sections = (make_section(name, runs) for name in SECTIONS)
    claims = [c for section in sections for c in section.claims if c.difference.n > 1]
    widths = content.holm_half_widths(claims)
    rows = []
    for claim, holm in zip(claims, widths, strict=True):
        simulated = (name for data, name in SIMULATED.items() if TITLES[data] in claim.text)
        rows.append(Row(claim, holm, next(simulated, "")))
    return rows


def table() -> str:
    """All claims, below how many there are of each verdict."""
    rows = stored_claims()
    head = ("claim of the paper", "paper", "ours", "verdict", "Holm", "seeds", "sweep")
    lines = []
    for row in rows:
        claim = row.claim
        mark = " †" if any(name in claim.text for name in RESTATED) else ""
        where = f"{row.text} ({PAGES.get(claim.where, claim.where)}){mark}"
        sweep = f"[{row.sweep}](../sweeps/{row.sweep}.toml)"
        ours = format_mean(claim.difference, "+").replace(" ", NO_BREAK)
        holm = f"±{NO_BREAK}{row.holm:.1f}"
        paper = f"{claim.printed or NOTHING}{', excluded' * row.is_excluded}"
        lines.append((where, paper, ours, row.verdict, holm, str(claim.difference.n), sweep))
    return f"{tally(rows)}\n\n{markdown_table([head, *lines])}"


def tally(rows: Sequence[Row]) -> str:
    """Count the verdicts on genuine text and on simulated recordings."""
    genuine = content.count_verdicts(row.claim for row in rows if not row.simulated)
    simulated = content.count_verdicts(row.claim for row in rows if row.simulated)
    return f"Genuine text: {genuine}.  Simulated recordings: {simulated}."


def summary_table(count: str = "") -> str:
    """The first claims of the summary, and how many there are of each verdict."""
    rows = stored_claims()
    found = {row.text: row for row in rows}
    lines = []
    for row in (found[text] for text in SUMMARY[: int(count or len(SUMMARY))]):
        text = f"{row.text}{' (bAbI)' if row.claim.where == 'Table III' else ''}"
        ours = format_mean(row.claim.difference, "+")
        lines.append((text, row.claim.printed, ours, row.claim.verdict.name))
    shown = markdown_table([("claim of the paper", "paper", "ours", "verdict"), *lines])
    return f"{shown}\n{len(rows)} claims about accuracies and curves.  {tally(rows)}\n"


def accuracy_table() -> str:
    """The accuracies of every network on every data set."""
    lines = []
    for group in read_runs().groups:
        title, name = TITLES[group.experiment], SIMULATED.get(group.experiment)
        data = f"[{name}](#{name}), for {title}" if name else f"[{title}](#{GENUINE}), genuine"
        for cell in group.cells:
            runs = group.runs_of(cell)
            folds = runs[0].config.folds
            seeds = f"{len(runs) // folds} × {folds} folds" if folds else str(len(runs))
            means = (group.mean(cell, accuracy_percent(part)) for part in ("train", "test"))
            lines.append((data, CELL_NAMES[cell], *map(format_mean, means), seeds))
            data = ""
    head = ("data set, simulated unless genuine", "network", "training", "test", "seeds")
    return markdown_table([head, *lines], right=(2, 3, 4))


def label(row: Row) -> str:
    """A short form of a claim, with its table or figure and its data set."""
    text, _, data = row.text.removesuffix(", simulated").partition(", ")
    for pattern, short in SHORTER.items():
        text = re.sub(pattern, short, text)
    more = f" ({data})" if data == "fine-tuned" else ""
    data = f"simulated {row.simulated}" if row.simulated else "bAbI"
    return f"{row.claim.where}, {data}: {text}{more}"


def draw(rows: Sequence[Row]) -> Figure:
    """Draw both intervals of every claim, with the paper's value where it prints one."""
    height = len(rows) + BELOW + 0.2  # in rows
    figure = Figure(figsize=(5.4, ROW * height), facecolor="white")
    axes = figure.add_axes((0.02, BELOW / height, 0.96, len(rows) / height))
    values = [row.paper for row in rows]
    means = [row.claim.difference for row in rows]
    ends = [mean.value + side * mean.half_width for mean in means for side in (-1, 1)]
    ends += [x for x in values if x is not None]
    low, high = max(min(ends), -LARGEST), min(max(ends), LARGEST)
    margin = 0.04 * (high - low)
    for y, (row, paper) in enumerate(zip(rows, values, strict=True)):
        criterion, difference = row.claim.criterion, row.claim.difference
        color, marker = LOOKS[row.claim.verdict.name]
        box = -criterion.smallest * (not criterion.sign), (criterion.sign or 1) * criterion.smallest
        axes.fill_betweenx((y + 0.02, y + 0.38), *box, color="0.8", lw=2, zorder=1)
        axes.vlines(0, y, y + 0.4, BLACK, lw=0.8, zorder=2)
        for half, width in ((row.holm, 1.2), (difference.half_width, 5)):
            axes.hlines(y + 0.2, difference.value - half, difference.value + half, color, lw=width)
        axes.plot(difference.value, y + 0.2, marker, color=color, mec="white", ms=8, zorder=4)
        text = label(row)
        if paper is not None and low <= paper <= high:
            axes.plot(paper, y + 0.2, "x", color=BLACK, ms=8, mew=2, zorder=5)
        elif paper is not None:  # beyond the axes
            text += f" (× {row.claim.printed})"
        axes.text(low - margin, y - 0.08, text, va="bottom")
    axes.set(xlim=(low - margin, high + margin), ylim=(len(rows) - 0.5, -0.5), yticks=())
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("difference in percentage points")
    for name in dict.fromkeys(row.claim.verdict.name for row in rows):
        color, marker = LOOKS[name]
        axes.plot([], [], marker, color=color, label=name, ms=8)
    axes.plot([], [], "x", color=BLACK, label="paper", ms=8, mew=2)
    figure.legend(bbox_to_anchor=(0, 0), loc="lower left", frameon=False)
    return figure
