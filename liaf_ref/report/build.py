"""The sections of the report: one table, an entry for each table and figure of the paper."""

from pathlib import Path

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import read_toml
from liaf_ref._core.text import short_repr, short_text
from liaf_ref.report import content, dvs_runs
from liaf_ref.report.audit.counts import TABLE_I_SIZES, TABLE_II_SIZES
from liaf_ref.report.babi_runs import BabiRun
from liaf_ref.report.comparisons import Comparison
from liaf_ref.report.content import NOTHING, TEXTS, Report, Section, Table, format_sizes
from liaf_ref.report.dvs_runs import DvsRun, RunGroup
from liaf_ref.report.recomputed import audited_section, hand_clap, recomputed_findings, savings
from liaf_ref.report.runs import RunCollection, collect_runs
from liaf_ref.report.table03 import table03

__all__ = ["SECTIONS", "Report", "build_report", "collect_runs", "make_section", "with_remarks"]

SECTIONS = tuple(TEXTS["sections"])  # in the order of the paper
SIZES = {name: format_sizes(own) for name, own in (("I", TABLE_I_SIZES), ("II", TABLE_II_SIZES))}
NO_RUNS = RunCollection()


def make_section(name: str, runs: RunCollection = NO_RUNS) -> Section:
    """Make the section of a table or figure from runs, or without any."""
    facts = TEXTS["sections"][name]
    section = Section(name, facts["number"], facts["title"])
    if audit := facts.get("audit"):
        return audited_section(section, **audit | {"caption": audit["caption"].format(**SIZES)})
    if compare := facts.get("compare"):
        section = Comparison(**compare).fill(section, runs)
    match name:
        case "table03":
            return table03(section, runs.babi)
        case "table04":
            return _table04(section)
        case "table07":
            return section._replace(findings=(*section.findings, *savings()))
        case "fig09":
            return hand_clap(section)
    return section


def _table04(section: Section) -> Section:
    steps = recomputed_findings(section, "count")[0].explanation.partition(";")[0]
    caption = f"Counts of the networks of Fig. 5: {steps}"
    section = audited_section(section, "count", "printed counts", caption)
    return section._replace(notes=(TEXTS["digits"], *section.notes))


def build_report(runs: RunCollection) -> Report:
    """Make every section of the report."""
    sections = tuple(make_section(name, runs) for name in SECTIONS)
    return Report(sections, tuple(TEXTS["about"]), runs_table(runs), runs.skipped)


def runs_table(runs: RunCollection) -> Table:
    """List the runs on recordings and those on bAbI."""
    rows = [_dvs_row(group, run) for group in runs.groups for run in group.runs]
    rows += map(_babi_row, runs.babi)
    caption = f"{len(rows)} runs; for bAbI, the test accuracy at the best epoch on validation"
    facts = "run", "data", "cell", "seed", "epochs", "rate", "test %", "validation %", "training %"
    head = (*facts, *(f"{quantity.name} / points" for quantity in dvs_runs.CURVE_QUANTITIES))
    return Table("runs", caption, head, tuple(rows), (0, 1, 2))


def _dvs_row(group: RunGroup, run: DvsRun) -> tuple[str, ...]:
    end, config = run.result, run.config
    values = (quantity.of(run) for quantity in dvs_runs.CURVE_QUANTITIES)
    return (
        *(run.folder.as_posix(), group.name, run.cell),
        *(str(config.seed), str(len(run.metrics)), f"{config.lr:g}"),
        *map(
            content.format_percent, (end.test_accuracy, end.validation_accuracy, end.train_accuracy)
        ),
        *(NOTHING if value is None else content.format_number(value) for value in values),
    )


def _babi_row(run: BabiRun) -> tuple[str, ...]:
    end = run.summary
    return (
        *(run.source, f"bAbI QA{end.task}", end.cell),
        *(str(end.seed), str(end.epochs_done), f"{end.lr:g}"),
        *map(content.format_percent, (end.selected, None, end.train)),
        *(NOTHING for _ in dvs_runs.CURVE_QUANTITIES),
    )


def with_remarks(report: Report, path: Path) -> Report:
    """Add the remarks of those who made the runs, from a TOML file, to their sections."""
    expected = 'lists of texts by section, such as table06 = ["Tried: ..."]'
    document, _ = read_toml(path, expected)
    for name, texts in document.items():
        if name not in SECTIONS:
            known = ", ".join(SECTIONS)
            raise FormatError(path, f"expected sections among {known}, got {short_text(name)}")
        if not isinstance(texts, list) or not all(isinstance(t, str) and t.strip() for t in texts):
            raise FormatError(path, f"{name}: expected {expected}, got {short_repr(texts)}")
    sections = (s._replace(remarks=tuple(document.get(s.name, ()))) for s in report.sections)
    return report._replace(sections=tuple(sections))
