"""Tables of counts and settings: findings of the audit in the layout of the paper."""

from collections import Counter
from collections.abc import Mapping, Sequence

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.analysis.op_count import count_ops
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.networks.registry import create_network
from liaf_ref.report.audit import MISMATCH, NOT_RECOMPUTED, ROUNDED, TRUNCATED, Finding, audit
from liaf_ref.report.content import Section, Table
from liaf_ref.report.formatting import NOTHING


def audited_section(section: Section, kind: str, noun: str, caption: str) -> Section:
    """Fill a section for a table that follows from the networks alone."""
    findings = recomputed_findings(section, kind)
    return section._replace(
        verdict=agreement_sentence(findings, noun),
        tables=(comparison_table(section.name, caption, findings),),
        notes=mismatch_notes(findings),
    )


def settings_section(section: Section, experiments: Sequence[str]) -> Section:
    """Compare printed settings with our networks, and list these layer by layer."""
    caption = "Printed settings, and the settings of our networks"
    section = audited_section(section, "setting", "printed settings", caption)
    return section._replace(tables=(*section.tables, *map(_layer_table, experiments)))


def with_counts(section: Section) -> Section:
    """Put the counts of the networks beside their accuracies."""
    caption = "Counts of the convolutions at the paper's sizes"
    counts = audited_section(section, "count", "printed counts", caption)
    return section._replace(
        verdict=f"{section.verdict}  {counts.verdict}",
        tables=(*counts.tables, *section.tables),
        notes=(*section.notes, *counts.notes),
    )


def format_sizes(sizes: Mapping[str, int]) -> str:
    """Format as ``K = 50, L = 100``."""
    return ", ".join(f"{name} = {size}" for name, size in sizes.items())


def recomputed_findings(section: Section, kind: str) -> list[Finding]:
    """The recomputed findings of one kind in the table of a section."""
    found = audit(section.number.removeprefix("Table "))
    return [f for f in found if f.agreement != NOT_RECOMPUTED and f.printed.kind == kind]


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


def _layer_table(experiment: str) -> Table:
    """List the layers of an experiment's LIAF network."""
    name = f"{experiment}-liaf"
    net = create_network(name)
    frames, *_ = net.example_inputs(net.steps)
    counts = count_ops(net, net.steps)
    rows = [
        (
            row.prefix,
            row.label.split("(")[0].split(",")[0],
            _format_shape(row.out_shape),
            f"{row.exact.weights:,}" if row.exact.weights else NOTHING,
        )
        for row in counts
    ]
    rows.append(("all", "", "", f"{sum(row.exact.weights for row in counts):,}"))
    title, shape = EXPERIMENT_SPECS[experiment].title, _format_shape(frames.shape[1:])
    caption = f"{title}: the layers of the LIAF network, for input of shape {shape}"
    head = ("part", "layer", "output of a step", "weights")
    return Table(f"{name}-layers", caption, head, tuple(rows), (0, 1, 2))


def _format_shape(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))
