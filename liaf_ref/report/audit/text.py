"""Format findings as text: a table for each table of the paper, then the totals."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from liaf_ref.report.audit.agreement import MISMATCH, NOT_RECOMPUTED, ROUNDED, TRUNCATED
from liaf_ref.report.audit.findings import Finding
from liaf_ref.report.formatting import markdown_table

HEADER = ("", "printed", "ours", "agreement", "why")


def format_findings(findings: Sequence[Finding]) -> str:
    """Format findings in Markdown."""
    groups = groupby(findings, key=lambda finding: finding.printed.table)
    return "\n\n".join(
        [_format_table(name, list(found)) for name, found in groups] + [_format_totals(findings)]
    )


def _format_table(name: str, findings: list[Finding]) -> str:
    title = "The running text" if name == "text" else f"Table {name}"
    lines = [
        (_describe(f), f.printed.value, f.formatted, f.agreement, f.explanation)
        for f in findings
        if f.agreement != NOT_RECOMPUTED
    ]
    kinds = Counter(f.printed.kind for f in findings if f.agreement == NOT_RECOMPUTED)
    rest = f"not recomputed: {_format_counts(kinds)}" if kinds else ""
    body = markdown_table(HEADER, lines, str.ljust) if lines else ""
    return "\n\n".join(part for part in (f"## {title}", body, rest) if part)


def _describe(finding: Finding) -> str:
    figure = finding.printed
    return f"{figure.location}: {figure.quantity}" if figure.table == "text" else figure.quantity


def _format_totals(findings: Sequence[Finding]) -> str:
    verdicts = Counter(f.agreement for f in findings)
    order = (ROUNDED, TRUNCATED, MISMATCH, NOT_RECOMPUTED)
    text = f"{len(findings)} printed: " + _format_counts({name: verdicts[name] for name in order})
    return text + (
        "; mismatches are discussed in docs/reference/errata.md" if verdicts[MISMATCH] else ""
    )


def _format_counts(counts: "Counter[str] | dict[str, int]") -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.items())
