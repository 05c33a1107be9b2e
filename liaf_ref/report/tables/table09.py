"""Table IX: accuracy and cost on DVS128 Gesture."""

from collections.abc import Sequence

from liaf_ref.experiments import paper
from liaf_ref.report.content import Section
from liaf_ref.report.dvs_runs import RunGroup
from liaf_ref.report.tables.accuracies import accuracy_section, accuracy_tables
from liaf_ref.report.tables.audited import recomputed_findings, with_counts

CELLS = ("liaf", "lif", "convlstm")
EXPERIMENTS = ("gesture",)


def table09(groups: Sequence[RunGroup]) -> Section:
    """Compare the three networks with the printed accuracies and counts."""
    section = accuracy_section(
        "table09",
        "Table IX",
        "Accuracy and cost on DVS128 Gesture",
        "LIAF is more accurate than LIF and ConvLSTM",
        groups,
        EXPERIMENTS,
        CELLS,
        ("lif", "convlstm"),
        printed_accuracy,
        accuracy_tables("table09", groups, EXPERIMENTS, CELLS, printed_accuracy),
    )
    return with_counts(section, recomputed_findings("IX", "count"))


def printed_accuracy(experiment: str, cell: str) -> float:
    """The paper's test accuracy in percent."""
    return float(paper.table_rows("table09_accuracies")[cell][0])
