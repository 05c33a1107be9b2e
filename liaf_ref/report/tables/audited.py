"""Tables of counts and settings: findings of the audit in the layout of the paper."""

from collections import Counter
from collections.abc import Mapping, Sequence

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.report.audit import MISMATCH, NOT_RECOMPUTED, ROUNDED, TRUNCATED, Finding, audit
from liaf_ref.report.content import Section, Table
from liaf_ref.report.formatting import NOTHING


def recomputed_findings(table: str, kind: str) -> list[Finding]:
    """The recomputed findings of one kind in a table."""
    return [f for f in audit(table) if f.agreement != NOT_RECOMPUTED and f.printed.kind == kind]


def format_sizes(sizes: Mapping[str, int]) -> str:
    """Format as ``K = 50, L = 100``."""
    return ", ".join(f"{name} = {size}" for name, size in sizes.items())


def audited_section(
    name: str, number: str, title: str, findings: Sequence[Finding], noun: str, caption: str
) -> Section:
    """Section for a table that follows from the networks alone."""
    tables = (comparison_table(name, caption, findings),)
    verdict = agreement_sentence(findings, noun)
    return Section(name, number, title, verdict, tables=tables, notes=mismatch_notes(findings))


def with_counts(section: Section, findings: Sequence[Finding]) -> Section:
    """Put the counts of the networks beside their accuracies."""
    counts = agreement_sentence(findings, "printed counts")
    caption = "Counts of the convolutions at the paper's sizes"
    return section._replace(
        verdict=f"{section.verdict}  {counts}",
        tables=(comparison_table(section.name, caption, findings), *section.tables),
        notes=(*section.notes, *mismatch_notes(findings)),
    )


def comparison_table(name: str, caption: str, findings: Sequence[Finding]) -> Table:
    """Format findings in the rows and columns of the paper, ours after each printed one."""
    by_place = {f.printed.inputs: f for f in findings}
    columns = list(dict.fromkeys(column for _, column in by_place))
    body = []
    for row in dict.fromkeys(row for row, _ in by_place):
        cells = [CELL_NAMES.get(row, row)]
        for column in columns:
            found = by_place.get((row, column))
            cells += [found.printed.value, _format_finding(found)] if found else [NOTHING] * 2
        body.append(tuple(cells))
    head = ("", *(title for column in columns for title in (f"{column}, paper", "ours")))
    return Table(name, caption, head, tuple(body))


def _format_finding(finding: Finding) -> str:
    return f"{finding.formatted} ≠" if finding.agreement == MISMATCH else finding.formatted


def mismatch_notes(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Explain each mismatch."""
    return tuple(
        f"{CELL_NAMES.get(f.printed.inputs[0], f.printed.inputs[0])} {f.printed.inputs[1]}: "
        f"printed {f.printed.value}, ours {f.formatted} ({f.explanation})."
        for f in findings
        if f.agreement == MISMATCH
    )


def agreement_sentence(findings: Sequence[Finding], noun: str) -> str:
    """Say how many printed numbers match ours, rounded or truncated."""
    count = Counter(f.agreement for f in findings)
    same, other = count[ROUNDED] + count[TRUNCATED], count[MISMATCH]
    verb = "is" if other == 1 else "are"
    rest = f"; the other {other if other > 1 else 'one'} {verb} marked ≠" if other else ""
    return f"{same} of {len(findings)} {noun} match our layers{rest}."
