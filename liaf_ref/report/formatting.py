"""Formats of the report: numbers, and tables in Markdown."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from liaf_ref.report.confidence_interval import MeanCI

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
