"""The content of the report as values, and how numbers and tables are written."""

import math
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref._core.text import count
from liaf_ref.report import statistics
from liaf_ref.report.statistics import Criterion, MeanCI, Verdict

if TYPE_CHECKING:
    from liaf_ref.report.pictures import Picture

TEXTS: dict[str, Any] = tomllib.loads(  # notes below the tables and figures
    resources.files("liaf_ref.report").joinpath("templates/texts.toml").read_text("utf-8")
)
NOTHING = "–"
Align = Callable[[str, int], str]
Line = Sequence[str]
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def format_number(value: float, sign: str = "") -> str:
    """Format with one decimal and the minus sign U+2212; zero has no sign."""
    return f"{round(value, 1) + 0.0:{sign}.1f}".replace("-", "−")


def format_percent(share: float | None) -> str:
    """Format a fraction in percent; a dash for None."""
    return NOTHING if share is None else format_number(100 * share)


def format_mean(interval: MeanCI | None, sign: str = "") -> str:
    """Format as ``51.2 ± 3.4``; without an interval if there is one value or all are equal."""
    if interval is None:
        return NOTHING
    half = f" ± {interval.half_width:.1f}" if interval.n > 1 and interval.half_width > 0 else ""
    return f"{format_number(interval.value, sign)}{half}"


def format_epochs(result: Mapping[str, Any]) -> str:
    """Format which epochs of a run were tested, such as ``7 of 20`` or ``16 to 20 of 20``."""
    last, averaged = result["selected_epoch"], result.get("averaged_epochs", 1)
    tested = f"{last - averaged + 1} to {last}" if averaged > 1 else str(last)
    return f"{tested} of {result['epochs']}"


def format_count(count: float) -> str:
    """Format a count with three digits, such as ``4.71 × 10⁶``."""
    if count < 10_000:
        return f"{count:,.0f}"
    power = math.floor(math.log10(count))
    return f"{count / 10**power:.2f} × 10{str(power).translate(SUPERSCRIPTS)}"


def markdown_table(head: Line, rows: Sequence[Line], align: Align = str.rjust) -> str:
    """Format strings as a Markdown table with aligned columns."""
    widths = [max(2, *(len(line[k]) for line in (head, *rows))) for k in range(len(head))]
    rule = [("-" * (w - 1) + ":") if align is str.rjust else "-" * w for w in widths]
    return "\n".join(
        "| " + " | ".join(align(text, w) for text, w in zip(line, widths, strict=True)) + " |"
        for line in (head, rule, *rows)
    )


def column_table(
    rows: Iterable[Any], columns: Mapping[str, Callable[[Any], str]], align: Align = str.rjust
) -> str:
    """A Markdown table with what each column shows of a row."""
    return markdown_table(
        list(columns), [[show(row) for show in columns.values()] for row in rows], align
    )


def format_sizes(sizes: Mapping[str, int]) -> str:
    """Format as ``K = 50, L = 100``."""
    return ", ".join(f"{name} = {size}" for name, size in sizes.items())


class Claim(NamedTuple):
    """A claim of the paper, and our differences in points from each cell that it names."""

    where: str  # table or figure of the paper
    text: str
    printed: str  # the difference that the paper prints, if any
    differences: Mapping[str, MeanCI]
    criterion: Criterion
    over: str = "seed"  # what is averaged over

    @property
    def deciding(self) -> str:
        """The cell from which the difference supports the claim least: it is about all of them."""

        def support(cell: str) -> tuple[int, float]:
            difference = self.differences[cell]
            verdict = statistics.VERDICTS.index(self.criterion.judge(difference).name)
            side = self.criterion.sign or -math.copysign(1, difference.value)
            return verdict, side * difference.value - difference.half_width

        return min(self.differences, key=support)

    @property
    def difference(self) -> MeanCI:
        """The difference from the deciding cell."""
        return self.differences[self.deciding]

    @property
    def verdict(self) -> Verdict:
        """What the deciding difference says about the claim."""
        return self.criterion.judge(self.difference)

    @property
    def measured(self) -> str:
        """All differences, as in ``+1.2 ± 3.4 (RNN); +0.5 ± 0.2 (GRU)``."""
        return "; ".join(
            format_mean(difference, "+")
            + (", all equal" if difference.half_width == 0 else "")
            + (f" ({CELL_NAMES[cell]})" if len(self.differences) > 1 else "")
            for cell, difference in self.differences.items()
        )

    def as_sentence(self) -> str:
        """The claim and what the deciding difference says about it."""
        if not self.differences:
            return f"{self.text}: no {self.over} has runs of both."
        size, number = format_mean(self.difference, "+"), count(self.difference.n, self.over)
        least = f" from {CELL_NAMES[self.deciding]}" if len(self.differences) > 1 else ""
        paper = f" (paper: {self.printed})" if self.printed else ""
        name, reason, _ = self.verdict
        return f"{self.text}: {size} points{least} over {number}{paper}; {name}: {reason}."


def summarize_claims(claims: Sequence[Claim], text: str) -> str:
    """Count how many claims have each verdict; a single one in full."""
    judged = [claim for claim in claims if claim.differences]
    if not judged:
        return f"No runs for the claim that {text}."
    if len(judged) == 1:
        return judged[0].as_sentence()
    return f"Claim: {text}.  {len(judged)} comparisons: {count_verdicts(judged)}."


def count_verdicts(claims: Iterable[Claim]) -> str:
    """Count as in ``3 confirmed; 2 not decided``."""
    counts = Counter(claim.verdict.name for claim in claims)
    return "; ".join(f"{counts[name]} {name}" for name in statistics.VERDICTS[::-1] if counts[name])


def holm_half_widths(claims: Sequence[Claim]) -> list[float]:
    """Half the widths of the intervals of several claims by Holm's procedure."""
    # The largest of the bounds that a verdict excludes; 1 where it excludes none.
    p_values = [
        max(map(claim.difference.p_value, claim.verdict.bounds), default=1.0) for claim in claims
    ]
    pairs = zip(claims, statistics.holm_levels(p_values), strict=True)
    return [claim.difference.half_width_at(level) for claim, level in pairs]


class Table(NamedTuple):
    """A table of strings; columns not in ``text_columns`` contain numbers."""

    name: str  # of its CSV file
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: tuple[int, ...] = (0,)


class MissingRuns(NamedTuple):
    """Missing runs, and a command that makes them."""

    description: str
    command: str


class Section(NamedTuple):
    """A section of the report: a table or figure of the paper with our results."""

    name: str
    number: str
    title: str
    verdict: str = ""  # the result in one sentence
    findings: tuple[str, ...] = ()  # a sentence for each comparison
    tables: tuple[Table, ...] = ()
    pictures: "tuple[Picture, ...]" = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    missing: tuple[MissingRuns, ...] = ()
    claims: tuple[Claim, ...] = ()
    remarks: tuple[str, ...] = ()  # of those who made the runs; not computed


class Report(NamedTuple):
    """All sections in the paper's order, how to read them, and the runs they are made from."""

    sections: tuple[Section, ...]
    about: tuple[str, ...]
    runs: Table
    left_out: tuple[str, ...]
