"""The sections of the report: one table, an entry for each table and figure of the paper."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import read_toml
from liaf_ref._core.text import short_repr, short_text
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.report.audit import audit
from liaf_ref.report.audit.counts import TABLE_I_SIZES, TABLE_II_SIZES
from liaf_ref.report.babi_runs import BabiRun
from liaf_ref.report.content import (
    NOTHING,
    Report,
    Section,
    Table,
    format_number,
    format_percent,
    format_sizes,
)
from liaf_ref.report.dvs_runs import DvsRun, RunGroup
from liaf_ref.report.figures import (
    BOTH_PARTS,
    CURVE_METRICS,
    FIG_7,
    FIG_8,
    curve_metrics_table,
    curve_notes,
    curve_plots,
    fig09,
)
from liaf_ref.report.missing_runs import missing_runs
from liaf_ref.report.runs import RunCollection, collect_runs
from liaf_ref.report.table03 import table03
from liaf_ref.report.tables import (
    AccuracySpec,
    audited_section,
    recomputed_findings,
    settings_section,
)

__all__ = ["SECTIONS", "Report", "build_report", "collect_runs", "make_section", "with_comments"]

TABLE_6 = AccuracySpec(
    "LIAF is more accurate than LIF",
    ("lif", "liaf"),
    ("lif",),
    {"mnist-dvs": 0, "cifar10-dvs": 1},
    ("table06_own",),
    literature=("MNIST-DVS %", "CIFAR10-DVS %"),
)
TABLE_7 = AccuracySpec(
    "LIAF is more accurate than Conv2D, and about as accurate as Conv3D and ConvLSTM",
    ("conv2d", "conv3d", "convlstm", "liaf", "lif"),
    ("conv2d", "conv3d", "convlstm"),
    {"cifar10-dvs": 1},
    ("table07_own", "table07_accuracies"),
    similar=("conv3d", "convlstm"),  # "approximate performance", Section VI-B5
    decimals=1,
    has_counts=True,
)
TABLE_9 = AccuracySpec(
    "LIAF is more accurate than LIF and ConvLSTM",
    ("liaf", "lif", "convlstm"),
    ("lif", "convlstm"),
    {"gesture": 0},
    ("table09_accuracies",),
    has_counts=True,
)
TABLE_10 = TABLE_9._replace(
    claim="LIAF, with analog outputs, is more accurate than LIF, with spikes",
    cells=("lif", "liaf"),
    baselines=("lif",),
    literature=("accuracy %",),
    has_counts=False,
    is_repeated=True,
)
N_MNIST = AccuracySpec(  # the paper does not use it
    "LIAF is more accurate than LIF", EXPERIMENT_SPECS["n-mnist"].cells, ("lif",), {"n-mnist": None}
)
FORMULAS = "count", "printed formulas"
ONE_STEP = f"One step of a layer; our counts are for {format_sizes(TABLE_I_SIZES)}"
PRODUCTS = f"R = T·H·W·L, Q = I·J·K; our counts are for {format_sizes(TABLE_II_SIZES)}"
NO_RUNS = RunCollection()
PLOTTED_CELLS = ("liaf", "lif")  # of N-MNIST
SAVINGS_PARAGRAPH = "VI-B5, paragraph 3"
DIGITS_NOTE = "The printed counts have two digits.  Some are rounded and some are truncated."
CROSS_VALIDATION_NOTE = (
    "Cross-validation: each recording is in the test set once.  The training sets of two folds "
    "have recordings in common, for which the intervals are corrected (Nadeau and Bengio 2003)."
)


def _table04(section: Section, runs: RunCollection) -> Section:
    steps = recomputed_findings(section, "count")[0].explanation.partition(";")[0]
    caption = f"Counts of the networks of Fig. 5: {steps}"
    section = audited_section(section, "count", "printed counts", caption)
    return section._replace(notes=(DIGITS_NOTE, *section.notes))


def _table07(section: Section, runs: RunCollection) -> Section:
    section = TABLE_7.fill(section, runs)
    return section._replace(findings=(*section.findings, *_savings()))


def _savings() -> Iterator[str]:
    """Sentences on how much smaller LIAF is than the baselines, ours and the paper's."""
    for finding in audit("text"):
        printed = finding.printed
        if printed.location == SAVINGS_PARAGRAPH:
            what = printed.quantity.removesuffix(", %")
            ours = f"{finding.formatted} % {what}"
            yield f"At the paper's sizes LIAF has {ours} (paper: {printed.value} %)."


def _n_mnist(section: Section, runs: RunCollection) -> Section:
    own = [group for group in runs.groups if group.experiment == "n-mnist"]
    name, cells = section.name, N_MNIST.cells
    curves = (curve_metrics_table(group, cells, cells[1:], f"{name}-curves") for group in own)
    drawn = [group for group in own if any(map(group.runs_of, PLOTTED_CELLS))]
    folds = any(group.averaged_over == "fold" for group in own)
    filled = N_MNIST.fill(section, runs)
    return filled._replace(
        tables=(*filled.tables, *curves),
        pictures=tuple(p for g in drawn for p in curve_plots(g, PLOTTED_CELLS, BOTH_PARTS, name)),
        notes=(*((CROSS_VALIDATION_NOTE,) if folds else ()), *curve_notes(own)),
        missing=missing_runs(runs.groups, "n-mnist", PLOTTED_CELLS),
        claims=(),  # the paper makes none
    )


READING_GUIDE = (
    "A number with ± is a mean over seeds.  The number after ± is half of the 95 % confidence "
    "interval of the mean (Student's t).  A number without ± comes from one seed, or is the same "
    "for all seeds.",
    "A difference between two networks is paired: it is computed for each seed that both networks "
    "have on the same recordings or text, and it has its own interval.",
    "A claim is confirmed if the whole interval is on the paper's side of 0.  It is contradicted "
    "if the interval is on the other side, or ends before the smallest difference that counts: "
    "2 points of accuracy or gap, 0.5 points of roughness.  A claim of similar accuracy is "
    "confirmed if the interval is above −3 points, and contradicted if it is below.",
    "Of twenty intervals, one is expected to exclude 0 by chance.  data/claims.csv also has the "
    "wider intervals of Holm's procedure over all claims.",
    "“Paper” marks a printed number.  “≠” marks a recomputed number that does not match the "
    "printed value, rounded or truncated.",
    "Figs. 1 to 6 of the paper are diagrams and show no result.",
)
RUNS_HEADER = (
    *("run", "data", "cell", "seed", "epochs", "rate", "test %", "validation %", "training %"),
    *(f"{what} / points" for what, *_ in CURVE_METRICS),
)


class SectionSpec(NamedTuple):
    """A table or figure of the paper, and the function that fills its section."""

    number: str
    title: str
    make: Callable[[Section, RunCollection], Section]


SECTIONS = {
    "table01": SectionSpec(
        "Table I",
        "Operations and weights of the temporal layers",
        lambda section, _: audited_section(section, *FORMULAS, ONE_STEP),
    ),
    "table02": SectionSpec(
        "Table II",
        "Operations and weights of the spatiotemporal layers",
        lambda section, _: audited_section(section, *FORMULAS, PRODUCTS),
    ),
    "table03": SectionSpec(
        "Table III",
        "Temporal layers on the tasks of bAbI",
        lambda section, runs: table03(section, runs.babi),
    ),
    "table04": SectionSpec("Table IV", "Cost of the temporal layers on bAbI", _table04),
    "table05": SectionSpec(
        "Table V",
        "Layers of the networks for MNIST-DVS and CIFAR10-DVS",
        lambda section, runs: settings_section(section, ("mnist-dvs", "cifar10-dvs")),
    ),
    "table06": SectionSpec("Table VI", "Accuracies on MNIST-DVS and CIFAR10-DVS", TABLE_6.fill),
    "table07": SectionSpec("Table VII", "Baselines on CIFAR10-DVS: accuracy and cost", _table07),
    "fig07": SectionSpec("Fig. 7", "LIAF and LIF, epoch by epoch", FIG_7.fill),
    "fig08": SectionSpec("Fig. 8", "LIAF and the baselines, epoch by epoch", FIG_8.fill),
    "table08": SectionSpec(
        "Table VIII",
        "Layers of the network for DVS128 Gesture",
        lambda section, runs: settings_section(section, ("gesture",)),
    ),
    "fig09": SectionSpec("Fig. 9", "Events of a hand clap", lambda section, runs: fig09(section)),
    "table09": SectionSpec("Table IX", "Accuracy and cost on DVS128 Gesture", TABLE_9.fill),
    "table10": SectionSpec("Table X", "Published accuracies on DVS128 Gesture", TABLE_10.fill),
    "n-mnist": SectionSpec(
        "N-MNIST", "The network of Fig. 6 on a data set that the paper does not use", _n_mnist
    ),
}


def make_section(name: str, runs: RunCollection = NO_RUNS) -> Section:
    """Make the section of a table or figure from runs, or without any."""
    number, title, make = SECTIONS[name]
    return make(Section(name, number, title), runs)


def build_report(runs: RunCollection) -> Report:
    """Make every section of the report."""
    sections = tuple(make_section(name, runs) for name in SECTIONS)
    return Report(sections, READING_GUIDE, runs_table(runs), runs.skipped)


def runs_table(runs: RunCollection) -> Table:
    """List the runs on recordings and those on bAbI."""
    rows = [_dvs_row(group, run) for group in runs.groups for run in group.runs]
    rows += map(_babi_row, runs.babi)
    caption = f"{len(rows)} runs; for bAbI, the test accuracy at the best epoch on validation"
    return Table("runs", caption, RUNS_HEADER, tuple(rows), (0, 1, 2))


def _dvs_row(group: RunGroup, run: DvsRun) -> tuple[str, ...]:
    metrics = (metric(run) for _, metric, _ in CURVE_METRICS)
    return (
        *(run.folder.as_posix(), group.name, run.cell),
        *(str(run.config.seed), str(len(run.metrics)), f"{run.config.lr:g}"),
        *(
            format_percent(getattr(run.result, f"{part}_accuracy"))
            for part in ("test", "validation", "train")
        ),
        *(NOTHING if value is None else format_number(value) for value in metrics),
    )


def _babi_row(run: BabiRun) -> tuple[str, ...]:
    end = run.summary
    return (
        *(run.source, f"bAbI QA{end.task}", end.cell),
        *(str(end.seed), str(end.epochs_done), f"{end.lr:g}"),
        *(format_percent(share) for share in (end.selected, math.nan, end.train)),
        *(NOTHING for _ in CURVE_METRICS),
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
