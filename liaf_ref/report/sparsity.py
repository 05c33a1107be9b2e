"""How sparse a network's activations are on data, and the operations that are left."""

import re
from collections.abc import Sequence

from liaf_ref import cost
from liaf_ref.cost import Count, Observed
from liaf_ref.report.markdown import table


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
    lines: list[tuple[str, ...]] = []
    for row in rows:
        shares = f"{100 * row.active_in:.1f}", f"{100 * row.active_out:.1f}"
        layer = re.split("[(,]", row.name)[0]
        lines.append((row.part, layer, *shares, *_counts(row.full, row.left)))
    full, left = cost.total(row.full for row in rows), cost.total(row.left for row in rows)
    lines.append(("", "all", "", "", *_counts(full, left)))
    return table(head, lines)


def _counts(full: Count, left: Count) -> tuple[str, ...]:
    return tuple(f"{n:.3g}" for n in (full.muls, full.adds, left.muls, left.adds))
