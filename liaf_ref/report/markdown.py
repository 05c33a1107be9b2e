"""Markdown tables with aligned columns."""

from collections.abc import Callable, Sequence

Align = Callable[[str, int], str]


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
