"""Table X: solutions for DVS128 Gesture."""

from collections.abc import Sequence

from liaf_ref.report.comparison import summarize_comparisons
from liaf_ref.report.content import Section
from liaf_ref.report.missing_runs import groups_of, missing_runs
from liaf_ref.report.run_groups import RunGroup
from liaf_ref.report.tables.accuracies import SMALL_SCALE_NOTE, compare_accuracies, run_dirs
from liaf_ref.report.tables.literature import literature_table
from liaf_ref.report.tables.table09 import printed_accuracy

CELLS = ("lif", "liaf")


def table10(groups: Sequence[RunGroup]) -> Section:
    """Lay LIAF and LIF out below what others reached."""
    own = groups_of(groups, "gesture")
    made = compare_accuracies(own, [("liaf", "lif")], printed_accuracy)
    return Section(
        "table10",
        "Table X",
        "Solutions for DVS128 Gesture",
        summarize_comparisons(made, "analog outputs are more accurate than spikes"),
        tuple(one.as_sentence() for one in made) if len(made) > 1 else (),
        (literature_table("table10", ("accuracy %",), {"gesture": 0}, own),),
        notes=() if all(group.matches_paper for group in own) else (SMALL_SCALE_NOTE,),
        sources=run_dirs(own, CELLS),
        missing=missing_runs(groups, "gesture", CELLS),
    )
