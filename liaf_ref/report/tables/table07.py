"""Table VII: the baselines on CIFAR10-DVS, their accuracy and their cost."""

from collections.abc import Iterator, Sequence

from liaf_ref.experiments import paper
from liaf_ref.report.audit import audit
from liaf_ref.report.content import Section
from liaf_ref.report.dvs_runs import RunGroup
from liaf_ref.report.tables.accuracies import accuracy_section, accuracy_tables
from liaf_ref.report.tables.audited import recomputed_findings, with_counts

SIMILAR_CELLS = ("conv3d", "convlstm")  # "approximate performance", Section VI-B5
CELLS = ("conv2d", "conv3d", "convlstm", "liaf", "lif")
EXPERIMENTS = ("cifar10-dvs",)
PAPER_PARAGRAPH = "VI-B5, paragraph 3"


def table07(groups: Sequence[RunGroup]) -> Section:
    """Compare test accuracy, weights and operations of the networks."""
    section = accuracy_section(
        "table07",
        "Table VII",
        "Baselines on CIFAR10-DVS: accuracy and cost",
        "LIAF is more accurate than Conv2D, and about as accurate as Conv3D and ConvLSTM",
        groups,
        EXPERIMENTS,
        CELLS,
        ("conv2d", *SIMILAR_CELLS),
        _printed_accuracy,
        accuracy_tables("table07", groups, EXPERIMENTS, CELLS, _printed_accuracy, decimals=1),
        SIMILAR_CELLS,
    )
    section = section._replace(findings=(*section.findings, *_savings()))
    return with_counts(section, recomputed_findings("VII", "count"))


def _printed_accuracy(experiment: str, cell: str) -> float:
    rows = paper.table_rows("table07_own") | paper.table_rows("table07_accuracies")
    return float(rows[cell][1])


def _savings() -> Iterator[str]:
    """Sentences on how much smaller LIAF is than the baselines, ours and the paper's."""
    for finding in audit("text"):
        printed = finding.printed
        if printed.location == PAPER_PARAGRAPH:
            what = printed.quantity.removesuffix(", %")
            ours = f"{finding.formatted} % {what}"
            yield f"At the paper's sizes LIAF has {ours} (paper: {printed.value} %)."
