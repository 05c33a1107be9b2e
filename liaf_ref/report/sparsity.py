"""How sparse a network's activations are on data, and the operations that are left."""

import re
from collections.abc import Sequence

from liaf_ref import cost
from liaf_ref.cost import Count, Observed


def markdown(rows: Sequence[Observed]) -> str:
    """Lay observations out as a Markdown table.

    Parameters
    ----------
    rows : sequence of Observed
        From :func:`liaf_ref.cost.observe`.

    Returns
    -------
    str
        A line for each synapse and each layer of neurons, and their sum: shares in
        percent, operations of one sample, what is left where zeros are not worked on.
    """
    head = ("part", "layer", "in %", "out %", "MULs", "ADDs", "left: MULs", "ADDs")
    lines: list[tuple[str, ...]] = [head]
    for row in rows:
        shares = f"{100 * row.active_in:.1f}", f"{100 * row.active_out:.1f}"
        layer = re.split("[(,]", row.name)[0]
        lines.append((row.part, layer, *shares, *_counts(row.full, row.left)))
    full, left = cost.total(row.full for row in rows), cost.total(row.left for row in rows)
    lines.append(("", "all", "", "", *_counts(full, left)))
    widths = [max(len(line[k]) for line in lines) for k in range(len(head))]
    rule = tuple("-" * (width - 1) + ":" for width in widths)
    return "\n".join(
        "| " + " | ".join(text.rjust(w) for text, w in zip(line, widths, strict=True)) + " |"
        for line in [lines[0], rule, *lines[1:]]
    )


def _counts(full: Count, left: Count) -> tuple[str, ...]:
    return tuple(f"{n:.3g}" for n in (full.muls, full.adds, left.muls, left.adds))
