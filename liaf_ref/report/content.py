"""The content of the report as values, and how numbers and tables are written."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.report.statistics import MeanCI, ResultClaim

NOTHING = "–"
Align = Callable[[str, int], str]
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def format_number(value: float, sign: str = "") -> str:
    """Format with one decimal and the minus sign U+2212; zero has no sign."""
    return f"{round(value, 1) + 0.0:{sign}.1f}".replace("-", "−")


def format_percent(share: float) -> str:
    """Format a fraction in percent; a dash for NaN."""
    return NOTHING if math.isnan(share) else format_number(100 * share)


def format_mean(interval: MeanCI | None, sign: str = "") -> str:
    """Format as ``51.2 ± 3.4``; without an interval if there is one value or all are equal."""
    if interval is None:
        return NOTHING
    half = f" ± {interval.half_width:.1f}" if interval.n > 1 and interval.half_width > 0 else ""
    return f"{format_number(interval.value, sign)}{half}"


def format_difference(difference: MeanCI) -> str:
    """Format as ``+1.2 ± 3.4``."""
    return format_mean(difference, "+")


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


def markdown_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], align: Align = str.rjust
) -> str:
    """Format strings as a Markdown table with aligned columns."""
    widths = [max(len(line[k]) for line in (head, *rows)) for k in range(len(head))]
    rule = [("-" * (w - 1) + ":") if align is str.rjust else "-" * w for w in widths]
    return "\n".join(
        "| " + " | ".join(align(text, w) for text, w in zip(line, widths, strict=True)) + " |"
        for line in (head, rule, *rows)
    )


class Table(NamedTuple):
    """A table of strings; columns not in ``text_columns`` contain numbers."""

    name: str  # of its CSV file
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: tuple[int, ...] = (0,)


class Curve(NamedTuple):
    """A mean over seeds at each epoch, with half the width of its 95 % interval."""

    cell: str
    label: str
    dashed: bool
    y: tuple[float, ...]
    half_width: tuple[float, ...]  # infinite with one seed
    n: int  # seeds


class CurvePlot(NamedTuple):
    """Curves over the epochs in one plot; ``y_max`` None scales the axis to the curves."""

    name: str
    caption: str
    y_label: str
    y_max: float | None
    curves: tuple[Curve, ...]


class EventCloud(NamedTuple):
    """Events in time, width and height; ``size`` is the sensor's height and width in pixels."""

    name: str
    caption: str
    size: tuple[int, int]
    events: NDArray[Any]


class FrameStrip(NamedTuple):
    """Frames in a row, of shape (N, H, W, 2): events that became darker, and brighter."""

    name: str
    caption: str
    counts: NDArray[np.uint16]
    titles: tuple[str, ...]


Picture = CurvePlot | EventCloud | FrameStrip


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
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    missing: tuple[MissingRuns, ...] = ()
    claims: tuple[ResultClaim, ...] = ()
    comments: tuple[str, ...] = ()  # of those who made the runs; not computed


class Report(NamedTuple):
    """All sections in the paper's order, how to read them, and the runs they are made from."""

    sections: tuple[Section, ...]
    about: tuple[str, ...]
    runs: Table
    skipped: tuple[str, ...]
