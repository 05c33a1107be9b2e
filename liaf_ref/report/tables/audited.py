"""Tables of settings and counts: the audit's findings as content."""

import math
from collections import Counter
from collections.abc import Sequence

from liaf_ref.networks.registry import create_network
from liaf_ref.report.audit import MISMATCH, NOT_RECOMPUTED, ROUNDED, TRUNCATED, Finding, audit
from liaf_ref.report.content import Table
from liaf_ref.report.palette import CELL_NAMES


def recomputed_findings(number: str, kinds: Sequence[str]) -> list[Finding]:
    """The audit's findings of a table that were recomputed and are of certain kinds."""
    return [f for f in audit(number) if f.agreement != NOT_RECOMPUTED and f.printed.kind in kinds]


def comparison_table(name: str, caption: str, findings: Sequence[Finding]) -> Table:
    """Lay findings out as the paper does: its rows and columns, ours behind each."""
    by_place = {f.printed.inputs: f for f in findings}
    lines = list(dict.fromkeys(row for row, _ in by_place))
    columns = list(dict.fromkeys(column for _, column in by_place))
    head = [""]
    for column in columns:
        head += [f"{column}, paper", "ours"]
    body = []
    for row in lines:
        cells = [CELL_NAMES.get(row, row)]
        for column in columns:
            found = by_place.get((row, column))
            cells += [found.printed.value, _format_finding(found)] if found else ["–", "–"]
        body.append(tuple(cells))
    return Table(name, caption, tuple(head), tuple(body))


def _format_finding(finding: Finding) -> str:
    return f"{finding.formatted} ≠" if finding.agreement == MISMATCH else finding.formatted


def mismatch_notes(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Why numbers do not agree."""
    return tuple(
        f"{CELL_NAMES.get(f.printed.inputs[0], f.printed.inputs[0])} {f.printed.inputs[1]}: "
        f"printed {f.printed.value}, ours {f.formatted}: {f.explanation}."
        for f in findings
        if f.agreement == MISMATCH
    )


def agreement_sentence(findings: Sequence[Finding], noun: str) -> str:
    """Say how many printed numbers are ours, rounded or cut off."""
    count = Counter(f.agreement for f in findings)
    same = count[ROUNDED] + count[TRUNCATED]
    other = count[MISMATCH]
    verb = "is" if other == 1 else "are"
    rest = f"; the other {other if other > 1 else 'one'} {verb} marked ≠" if other else ""
    return f"{same} of {len(findings)} {noun} are what our layers give{rest}."


def layer_table(name: str, caption: str) -> Table:
    """Walk a network layer by layer."""
    net = create_network(name)
    steps = net.steps
    found = net.op_counts(steps)
    body = [
        (
            row.prefix,
            row.label.split("(")[0].split(",")[0],
            " × ".join(map(str, row.out_shape)),
            f"{row.exact.weights:,}" if row.exact.weights else "–",
        )
        for row in found
    ]
    total = sum(row.exact.weights for row in found)
    body.append(("all", "", "", f"{total:,}"))
    head = ("part", "layer", "output of a step", "weights")
    return Table(f"{name}-layers", caption, head, tuple(body), (0, 1, 2))


def input_shape(name: str) -> str:
    """The input of a network on frames, as ``20 × 40 × 40 × 2``."""
    net = create_network(name)
    first, *_ = net.example_inputs(net.steps)
    return " × ".join(map(str, first.shape[1:]))


def format_count(count: float) -> str:
    """A count to three digits, such as ``4.71 × 10⁶``."""
    if count < 10_000:
        return f"{count:,.0f}"
    power = math.floor(math.log10(count))
    raised = str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{count / 10**power:.2f} × 10{raised}"
