"""Table VII: the rivals on CIFAR10-DVS, their accuracy and their cost."""

from collections.abc import Sequence

from liaf_ref.experiments import paper
from liaf_ref.report.audit import Finding, audit
from liaf_ref.report.paper.accuracies import SMALLER, comparisons, results, sources
from liaf_ref.report.paper.audited import agreement, beside, recomputed, remarks
from liaf_ref.report.paper.compare import summary
from liaf_ref.report.paper.content import Section
from liaf_ref.report.paper.groups import Group
from liaf_ref.report.paper.wanted import lacking, of

CELLS = ("conv2d", "conv3d", "convlstm", "liaf", "lif")
PAIRS = [("liaf", rival) for rival in CELLS if rival != "liaf"]
DATA = "cifar10-dvs"
PLACE = "VI-B5, paragraph 3"


def table07(groups: Sequence[Group]) -> Section:
    """Lay rivals out: test accuracy against weights and operations.

    Parameters
    ----------
    groups : sequence of Group
        All runs on recordings.

    Returns
    -------
    Section
        Counts at the paper's sizes, and accuracies of the runs on CIFAR10-DVS.
    """
    findings = recomputed("VII", ("count",))
    own = of(groups, DATA)
    made = comparisons(own, PAIRS, printed)
    texts = {cell: f"{printed(DATA, cell):.1f}" for cell in CELLS}
    accuracies = summary(
        made, "LIAF lies on the side of each rival that the paper has it on"
    ).rstrip(".")
    return Section(
        "table07",
        "Table VII",
        "Rivals on CIFAR10-DVS: accuracy and cost",
        f"{accuracies}; {agreement(findings, 'printed counts')}",
        (*(one.sentence() for one in made), *map(_saved, _shares())),
        (
            beside("table07", "Counts of the convolutions at the paper's sizes", findings),
            *(results(group, CELLS, texts, "table07") for group in own),
        ),
        notes=(*(() if all(g.as_printed for g in own) else (SMALLER,)), *remarks(findings)),
        sources=sources(own, CELLS),
        missing=lacking(groups, DATA, CELLS),
    )


def printed(experiment: str, cell: str) -> float:
    """The paper's test accuracy in percent."""
    own = paper.table_rows("table07_own") | paper.table_rows("table07_accuracies")
    return float(own[cell][1])


def _shares() -> list[Finding]:
    return [f for f in audit("text") if f.figure.location == PLACE]


def _saved(found: Finding) -> str:
    what = found.figure.quantity.removesuffix(", %")
    printed = found.figure.value
    return f"At the paper's sizes LIAF has {found.shown} % {what} (paper: {printed} %)."
