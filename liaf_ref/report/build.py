"""The sections of the report: one table, an entry for each table and figure of the paper."""

import math
from collections.abc import Callable
from pathlib import Path

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import read_toml
from liaf_ref._core.text import short_repr, short_text
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.report import content, dvs_runs
from liaf_ref.report.audit.counts import TABLE_I_SIZES, TABLE_II_SIZES
from liaf_ref.report.babi_runs import BabiRun
from liaf_ref.report.comparisons import Comparison
from liaf_ref.report.content import NOTHING, TEXTS, Report, Section, Table
from liaf_ref.report.dvs_runs import DvsRun, RunGroup
from liaf_ref.report.recomputed import audited_section, hand_clap, recomputed_findings, savings
from liaf_ref.report.runs import RunCollection, collect_runs
from liaf_ref.report.table03 import table03

__all__ = ["SECTIONS", "Report", "build_report", "collect_runs", "make_section", "with_comments"]

BY_LIF = (("lif", dvs_runs.TEST_ACCURACY),)
TABLE_6 = Comparison(
    {"mnist-dvs": "MNIST-DVS", "cifar10-dvs": "CIFAR10-DVS"},
    ("lif", "liaf"),
    BY_LIF,
    ("literature", "accuracies", "claims"),
)
TABLE_7 = Comparison(
    {"cifar10-dvs": "test accuracy"},
    ("conv2d", "conv3d", "convlstm", "liaf", "lif"),
    # "approximate performance", Section VI-B5
    (
        ("conv2d", dvs_runs.TEST_ACCURACY),
        ("conv3d", dvs_runs.SIMILAR_ACCURACY),
        ("convlstm", dvs_runs.SIMILAR_ACCURACY),
    ),
    ("counts", "accuracies", "claims"),
)
FIG_7 = Comparison(
    {"mnist-dvs": "", "cifar10-dvs": ""},
    ("liaf", "lif"),
    tuple(("lif", quantity) for quantity in dvs_runs.CURVE_QUANTITIES),
    ("curves", "claims"),
)
FIG_8 = Comparison(
    {"cifar10-dvs": ""},
    ("liaf", "conv2d", "conv3d", "convlstm"),
    (
        ("conv3d", dvs_runs.FINAL_GAP),
        ("convlstm", dvs_runs.FINAL_GAP),
        ("conv2d", dvs_runs.FINAL_ACCURACY),
    ),  # VI-B5
    ("curves", "claims"),
    plots=(("validation",), ("train",)),
    needed=("conv2d", "conv3d", "convlstm"),
)
TABLE_9 = Comparison(
    {"gesture": "test accuracy"},
    ("liaf", "lif", "convlstm"),
    (*BY_LIF, ("convlstm", dvs_runs.TEST_ACCURACY)),
    ("counts", "accuracies", "claims"),
)
TABLE_10 = Comparison(
    {"gesture": "accuracy"},
    ("lif", "liaf"),
    BY_LIF,
    ("literature",),  # the claim is that of Table IX
)
N_MNIST = Comparison(  # the paper does not use it, and claims nothing
    {"n-mnist": ""},
    EXPERIMENT_SPECS["n-mnist"].cells,
    BY_LIF,
    ("accuracies", "curves"),
    wanted=("liaf", "lif"),
)
ONE_STEP = f"One step of a layer; our counts are for {content.format_sizes(TABLE_I_SIZES)}"
PRODUCTS = f"R = T·H·W·L, Q = I·J·K; our counts are for {content.format_sizes(TABLE_II_SIZES)}"
SETTINGS = "Printed settings, and the settings of our networks"
NO_RUNS = RunCollection()


def _table04(section: Section, _: RunCollection) -> Section:
    steps = recomputed_findings(section, "count")[0].explanation.partition(";")[0]
    caption = f"Counts of the networks of Fig. 5: {steps}"
    section = audited_section(section, "count", "printed counts", caption)
    return section._replace(notes=(TEXTS["digits"], *section.notes))


def _table07(section: Section, runs: RunCollection) -> Section:
    section = TABLE_7.fill(section, runs)
    return section._replace(findings=(*section.findings, *savings()))


Fill = Callable[[Section, RunCollection], Section]


def _audited(kind: str, noun: str, caption: str, *experiments: str) -> Fill:
    return lambda section, _: audited_section(section, kind, noun, caption, experiments)


SECTIONS: dict[str, Fill] = {  # in the order of the paper
    "table01": _audited("count", "printed formulas", ONE_STEP),
    "table02": _audited("count", "printed formulas", PRODUCTS),
    "table03": lambda section, runs: table03(section, runs.babi),
    "table04": _table04,
    "table05": _audited("setting", "printed settings", SETTINGS, "mnist-dvs", "cifar10-dvs"),
    "table06": TABLE_6.fill,
    "table07": _table07,
    "fig07": FIG_7.fill,
    "fig08": FIG_8.fill,
    "table08": _audited("setting", "printed settings", SETTINGS, "gesture"),
    "fig09": lambda section, _: hand_clap(section),
    "table09": TABLE_9.fill,
    "table10": TABLE_10.fill,
    "n-mnist": N_MNIST.fill,
}


def make_section(name: str, runs: RunCollection = NO_RUNS) -> Section:
    """Make the section of a table or figure from runs, or without any."""
    texts = TEXTS["sections"][name]
    return SECTIONS[name](Section(name, texts["number"], texts["title"]), runs)


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
        *map(content.format_percent, (end.selected, math.nan, end.train)),
        *(NOTHING for _ in dvs_runs.CURVE_QUANTITIES),
    )


def with_comments(report: Report, path: Path) -> Report:
    """Add the comments of those who made the runs, from a TOML file, to their sections."""
    expected = 'lists of texts by section, such as table06 = ["Tried: ..."]'
    document, _ = read_toml(path, expected)
    for name, texts in document.items():
        if name not in SECTIONS:
            known = ", ".join(SECTIONS)
            raise FormatError(path, f"expected sections among {known}, got {short_text(name)}")
        if not isinstance(texts, list) or not all(isinstance(t, str) and t.strip() for t in texts):
            raise FormatError(path, f"{name}: expected {expected}, got {short_repr(texts)}")
    sections = (s._replace(comments=tuple(document.get(s.name, ()))) for s in report.sections)
    return report._replace(sections=tuple(sections))
