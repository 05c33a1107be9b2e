"""Table X: solutions for DVS128 Gesture."""

from collections.abc import Sequence

from liaf_ref.report.content import Section
from liaf_ref.report.dvs_runs import RunGroup
from liaf_ref.report.tables.accuracies import accuracy_section, literature_table
from liaf_ref.report.tables.table09 import EXPERIMENTS, printed_accuracy


def table10(groups: Sequence[RunGroup]) -> Section:
    """Lay LIAF and LIF out below what others reached."""
    return accuracy_section(
        "table10",
        "Table X",
        "Solutions for DVS128 Gesture",
        "analog outputs are more accurate than spikes",
        groups,
        EXPERIMENTS,
        ("lif", "liaf"),
        ("lif",),
        printed_accuracy,
        (literature_table("table10", ("accuracy %",), {"gesture": 0}, groups),),
    )
