"""Table of the sparsity of activations, and of the operations without those on zeros."""

import re
from collections.abc import Sequence

from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import LayerSparsity, OpCount
from liaf_ref.report.formatting import format_percent, markdown_table


def to_markdown(rows: Sequence[LayerSparsity]) -> str:
    """Format measurements as a Markdown table."""
    head = ("part", "layer", "in %", "out %", "MULs", "ADDs", "left: MULs", "ADDs")
    lines: list[tuple[str, ...]] = []
    for row in rows:
        shares = format_percent(row.input_density), format_percent(row.output_density)
        layer = re.split("[(,]", row.label)[0]
        lines.append((row.prefix, layer, *shares, *_counts(row.dense, row.effective)))
    full, left = (
        op_count.total(row.dense for row in rows),
        op_count.total(row.effective for row in rows),
    )
    lines.append(("", "all", "", "", *_counts(full, left)))
    return markdown_table(head, lines)


def _counts(full: OpCount, remaining: OpCount) -> tuple[str, ...]:
    return tuple(f"{n:.3g}" for n in (full.muls, full.adds, remaining.muls, remaining.adds))
