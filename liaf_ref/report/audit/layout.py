"""The findings as text: a table for each of the paper's, then what was not recomputed."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from liaf_ref.report.audit.agreement import NEITHER, NOT_RECOMPUTED, ROUNDED, TRUNCATED
from liaf_ref.report.audit.findings import Finding
from liaf_ref.report.markdown import table

HEAD = ("", "printed", "ours", "agreement", "why")


def lay_out(findings: Sequence[Finding]) -> str:
    """Lay findings out in Markdown.

    Parameters
    ----------
    findings : sequence of Finding
        From :func:`liaf_ref.report.audit.audit`.

    Returns
    -------
    str
        What was recomputed, table by table; the rest counted.
    """
    groups = groupby(findings, key=lambda finding: finding.figure.table)
    return "\n\n".join([_group(name, list(found)) for name, found in groups] + [_sum(findings)])


def _group(name: str, findings: list[Finding]) -> str:
    title = "The running text" if name == "text" else f"Table {name}"
    lines = [
        (_what(f), f.figure.value, f.shown, f.agreement, f.why)
        for f in findings
        if f.agreement != NOT_RECOMPUTED
    ]
    kinds = Counter(f.figure.kind for f in findings if f.agreement == NOT_RECOMPUTED)
    rest = f"not recomputed: {_counts(kinds)}" if kinds else ""
    body = table(HEAD, lines, str.ljust) if lines else ""
    return "\n\n".join(part for part in (f"## {title}", body, rest) if part)


def _what(finding: Finding) -> str:
    figure = finding.figure
    return f"{figure.location}: {figure.quantity}" if figure.table == "text" else figure.quantity


def _sum(findings: Sequence[Finding]) -> str:
    verdicts = Counter(f.agreement for f in findings)
    order = (ROUNDED, TRUNCATED, NEITHER, NOT_RECOMPUTED)
    said = f"{len(findings)} printed: " + _counts({name: verdicts[name] for name in order})
    return said + ("; what is neither: docs/errata.md" if verdicts[NEITHER] else "")


def _counts(counts: "Counter[str] | dict[str, int]") -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.items())
