"""Table X: solutions for DVS128 Gesture."""

from collections.abc import Sequence

from liaf_ref.report.paper.accuracies import SMALLER, comparisons, sources
from liaf_ref.report.paper.cited import cited
from liaf_ref.report.paper.compare import summary
from liaf_ref.report.paper.content import Section
from liaf_ref.report.paper.groups import Group
from liaf_ref.report.paper.table09 import printed
from liaf_ref.report.paper.wanted import lacking, of

CELLS = ("lif", "liaf")


def table10(groups: Sequence[Group]) -> Section:
    """Lay LIAF and LIF out below what others reached.

    Parameters
    ----------
    groups : sequence of Group
        All runs on recordings.

    Returns
    -------
    Section
        Of those on gestures.
    """
    own = of(groups, "gesture")
    made = comparisons(own, [("liaf", "lif")], printed)
    return Section(
        "table10",
        "Table X",
        "Solutions for DVS128 Gesture",
        summary(made, "analog outputs are more accurate than spikes"),
        tuple(one.sentence() for one in made) if len(made) > 1 else (),
        (cited("table10", ("accuracy %",), {"gesture": 0}, own),),
        notes=() if all(group.as_printed for group in own) else (SMALLER,),
        sources=sources(own, CELLS),
        missing=lacking(groups, "gesture", CELLS),
    )
