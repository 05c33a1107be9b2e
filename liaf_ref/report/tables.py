"""Tables of the report: the audit in the layout of the paper, and accuracies beside the paper."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.analysis.op_count import count_ops
from liaf_ref.experiments import paper
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.networks.registry import create_network
from liaf_ref.report.audit import Finding, audit
from liaf_ref.report.audit.agreement import MISMATCH, NOT_RECOMPUTED, ROUNDED, TRUNCATED
from liaf_ref.report.content import (
    NOTHING,
    Claim,
    Section,
    Table,
    format_count,
    format_mean,
    format_number,
)
from liaf_ref.report.dvs_runs import (
    RunGroup,
    RunMetric,
    claim_about,
    mean_over_runs,
    with_claims,
)
from liaf_ref.report.missing_runs import missing_runs, run_dirs
from liaf_ref.report.runs import RunCollection
from liaf_ref.report.statistics import HIGHER, SIMILAR


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


def _with_counts(section: Section) -> Section:
    """Put the counts of the networks beside their accuracies."""
    caption = "Counts of the convolutions at the paper's sizes"
    counts = audited_section(section, "count", "printed counts", caption)
    return section._replace(
        verdict=f"{section.verdict}  {counts.verdict}",
        tables=(*counts.tables, *section.tables),
        notes=(*section.notes, *counts.notes),
    )


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


HEADER = ("test %", "paper %", "training %", "majority %", "weights", "MULs", "ADDs")
SMALL_SCALE_NOTE = (
    "At the scales smoke and small, networks have fewer filters and frames than the paper's, and "
    "there are fewer recordings.  Simulated recordings are not the paper's data.  In both cases "
    "compare the sign of a difference with the paper, not the accuracies."
)


class AccuracySpec(NamedTuple):
    """Networks that a table compares with LIAF, and what the paper says and prints of them."""

    claim: str
    cells: tuple[str, ...]
    baselines: tuple[str, ...]
    printed: Mapping[str, int | None]  # by experiment: the column of its accuracies in ``tables``
    tables: tuple[str, ...] = ()  # of paper.toml
    similar: tuple[str, ...] = ()  # baselines about as accurate as LIAF
    decimals: int = 2
    literature: tuple[str, ...] = ()  # columns of a table of accuracies from the literature
    has_counts: bool = False  # whether the paper prints counts beside the accuracies
    is_repeated: bool = False  # whether another section has the same groups and claims

    def printed_accuracy(self, experiment: str, cell: str) -> float | None:
        """The paper's accuracy in percent; None if it prints none."""
        rows = {k: row for name in self.tables for k, row in paper.table_rows(name).items()}
        column = self.printed[experiment]
        return float(rows[cell][column]) if column is not None and cell in rows else None

    def fill(self, section: Section, runs: RunCollection) -> Section:
        """Compare the test accuracy of LIAF with baselines, in all groups of some experiments."""
        name, groups = section.name, runs.groups
        own = [group for group in groups if group.experiment in self.printed]
        made = [
            _test_claim(section, group, cell, self)
            for group in own
            for cell in self.baselines
            if group.runs_of("liaf") and group.runs_of(cell)
        ]
        tables = [literature_table(name, own, self)] if self.literature else []
        if not self.is_repeated:
            shown = (group for group in own if any(map(group.runs_of, self.cells)))
            tables += (_accuracy_table(name, group, self) for group in shown)
        filled = with_claims(section, made, self.claim)._replace(
            tables=tuple(tables),
            notes=() if all(group.matches_paper for group in own) else (SMALL_SCALE_NOTE,),
            sources=run_dirs(own, self.cells),
            missing=tuple(m for e in self.printed for m in missing_runs(groups, e, self.cells)),
        )
        filled = filled._replace(claims=()) if self.is_repeated else filled
        return _with_counts(filled) if self.has_counts else filled


def _accuracy_table(name: str, group: RunGroup, spec: AccuracySpec) -> Table:
    rows = tuple(_row(group, cell, spec) for cell in spec.cells if group.runs_of(cell))
    head = ("", f"{group.averaged_over}s", *HEADER)
    return Table(f"{name}-{group.name}", group.label, head, rows)


def literature_table(name: str, groups: Sequence[RunGroup], spec: AccuracySpec) -> Table:
    """Table of the accuracies from the literature, with ours below."""
    body = [(key, *map(_format_accuracy, row)) for key, row in paper.table_rows(name).items()]
    for cell, row in paper.table_rows(f"{name}_own").items():
        body.append((f"the paper, {CELL_NAMES[cell]}", *map(_format_accuracy, row)))
    for group in groups:
        for cell in filter(group.runs_of, ("lif", "liaf")):
            ours = [NOTHING] * len(spec.literature)
            ours[list(spec.printed).index(group.experiment)] = _mean_percent(group, cell, "test")
            body.append((f"ours, {CELL_NAMES[cell]}: {group.label}", *ours))
    caption = "Test accuracy in percent; ours has a 95 % interval if there are several seeds"
    return Table(name, caption, ("", *spec.literature), tuple(body))


def accuracy_percent(part: str) -> RunMetric:
    """Return a function that reads an accuracy from the result of a run, in percent."""
    return lambda run: 100 * float(getattr(run.result, f"{part}_accuracy"))


def _row(group: RunGroup, cell: str, spec: AccuracySpec) -> tuple[str, ...]:
    runs = group.runs_of(cell)
    test, train, majority = (_mean_percent(group, cell, p) for p in ("test", "train", "majority"))
    printed = _format_accuracy(spec.printed_accuracy(group.experiment, cell), spec.decimals)
    weights = f"{runs[0].result.weights:,}"
    counts = (format_count(getattr(runs[0].result, name)) for name in ("muls", "adds"))
    return CELL_NAMES[cell], str(len(runs)), test, printed, train, majority, weights, *counts


def _mean_percent(group: RunGroup, cell: str, part: str) -> str:
    return format_mean(mean_over_runs(group.runs_of(cell), accuracy_percent(part)))


def _format_accuracy(value: object, decimals: int = 2) -> str:
    return f"{value:.{decimals}f}" if isinstance(value, float) else NOTHING


def _test_claim(section: Section, group: RunGroup, cell: str, spec: AccuracySpec) -> Claim:
    """Compare a test accuracy with LIAF's, paired by seed or fold."""
    ours, theirs = (spec.printed_accuracy(group.experiment, name) for name in ("liaf", cell))
    printed = "" if ours is None or theirs is None else format_number(ours - theirs, "+")
    criterion = SIMILAR if cell in spec.similar else HIGHER
    metric = accuracy_percent("test")
    return claim_about(section, group, cell, "test accuracy", metric, criterion, printed)
