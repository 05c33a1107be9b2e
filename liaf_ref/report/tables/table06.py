"""Table VI: accuracies on MNIST-DVS and CIFAR10-DVS."""

from collections.abc import Sequence

from liaf_ref.experiments import paper
from liaf_ref.report.content import Section
from liaf_ref.report.dvs_runs import RunGroup
from liaf_ref.report.tables.accuracies import accuracy_section, accuracy_tables, literature_table

COLUMNS = {"mnist-dvs": 0, "cifar10-dvs": 1}
CELLS = ("lif", "liaf")


def table06(groups: Sequence[RunGroup]) -> Section:
    """Compare LIAF and LIF with the printed accuracies, and with each other, paired."""
    experiments = tuple(COLUMNS)
    return accuracy_section(
        "table06",
        "Table VI",
        "Accuracies on MNIST-DVS and CIFAR10-DVS",
        "LIAF is more accurate than LIF",
        groups,
        experiments,
        CELLS,
        ("lif",),
        _printed_accuracy,
        (
            literature_table("table06", ("MNIST-DVS %", "CIFAR10-DVS %"), COLUMNS, groups),
            *accuracy_tables("table06", groups, experiments, CELLS, _printed_accuracy),
        ),
    )


def _printed_accuracy(experiment: str, cell: str) -> float:
    return float(paper.table_rows("table06_own")[cell][COLUMNS[experiment]])
