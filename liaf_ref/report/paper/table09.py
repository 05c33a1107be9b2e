"""Table IX: accuracy and cost on DVS128 Gesture."""

from collections.abc import Sequence

from liaf_ref.experiments import paper
from liaf_ref.report.paper.accuracies import SMALLER, comparisons, results, sources
from liaf_ref.report.paper.audited import agreement, beside, recomputed, remarks
from liaf_ref.report.paper.compare import summary
from liaf_ref.report.paper.content import Section
from liaf_ref.report.paper.groups import Group
from liaf_ref.report.paper.wanted import lacking, of

CELLS = ("liaf", "lif", "convlstm")
PAIRS = [("liaf", "lif"), ("liaf", "convlstm")]


def table09(groups: Sequence[Group]) -> Section:
    """Lay the three networks out beside the printed accuracies and counts.

    Parameters
    ----------
    groups : sequence of Group
        All runs on recordings.

    Returns
    -------
    Section
        Counts at the paper's sizes, and accuracies of the runs on gestures.
    """
    findings = recomputed("IX", ("count",))
    own = of(groups, "gesture")
    made = comparisons(own, PAIRS, printed)
    texts = {cell: f"{printed('gesture', cell):.2f}" for cell in CELLS}
    said = summary(made, "LIAF is more accurate than LIF and ConvLSTM").rstrip(".")
    return Section(
        "table09",
        "Table IX",
        "Accuracy and cost on DVS128 Gesture",
        f"{said}; {agreement(findings, 'printed counts')}",
        tuple(one.sentence() for one in made) if len(made) > 1 else (),
        (
            beside("table09", "Counts of the convolutions at the paper's sizes", findings),
            *(results(group, CELLS, texts, "table09") for group in own),
        ),
        notes=(*(() if all(g.as_printed for g in own) else (SMALLER,)), *remarks(findings)),
        sources=sources(own, CELLS),
        missing=lacking(groups, "gesture", CELLS),
    )


def printed(experiment: str, cell: str) -> float:
    """The paper's test accuracy in percent."""
    return float(paper.table_rows("table09_accuracies")[cell][0])
