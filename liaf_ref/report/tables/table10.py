"""Table X: solutions for DVS128 Gesture."""

from collections.abc import Sequence

from liaf_ref.report.content import Section
from liaf_ref.report.dvs_runs import RunGroup
from liaf_ref.report.tables.accuracies import accuracy_section, literature_table
from liaf_ref.report.tables.table09 import EXPERIMENTS, printed_accuracy


def table10(groups: Sequence[RunGroup]) -> Section:
    """Compare LIAF and LIF with results from the literature."""
    section = accuracy_section(
        "table10",
        "Table X",
        "Published accuracies on DVS128 Gesture",
        "LIAF, with analog outputs, is more accurate than LIF, with spikes",
        groups,
        EXPERIMENTS,
        ("lif", "liaf"),
        ("lif",),
        printed_accuracy,
        (literature_table("table10", ("accuracy %",), {"gesture": 0}, groups),),
    )
    return section._replace(claims=())  # Table IX has it
