"""Fig. 7: training and validation of LIAF and LIF, epoch by epoch."""

from collections.abc import Sequence

from liaf_ref.report.paper.accuracies import sources
from liaf_ref.report.paper.compare import compare, summary
from liaf_ref.report.paper.content import Section
from liaf_ref.report.paper.curves import DEFINED, MEASURES, grain, measured, pictures
from liaf_ref.report.paper.groups import Group
from liaf_ref.report.paper.wanted import lacking

DATA = ("mnist-dvs", "cifar10-dvs")
CELLS = ("liaf", "lif")


def fig07(groups: Sequence[Group]) -> Section:
    """Draw the curves, and measure how smooth they are and how far they part.

    Parameters
    ----------
    groups : sequence of Group
        All runs on recordings.

    Returns
    -------
    Section
        Of those on MNIST-DVS and CIFAR10-DVS.
    """
    own = [g for g in groups if g.experiment in DATA and any(g.of(cell) for cell in CELLS)]
    made = [
        compare(group, CELLS, what, value, -1)
        for group in own
        if all(group.of(cell) for cell in CELLS)
        for what, value in MEASURES
    ]
    return Section(
        "fig07",
        "Fig. 7",
        "LIAF and LIF, epoch by epoch",
        summary(made, "LIAF's curves are smoother than LIF's and overfit less"),
        tuple(one.sentence() for one in made),
        tuple(measured(group, CELLS, ("lif",), "fig07") for group in own),
        tuple(p for g in own for p in pictures(g, CELLS, ("validation", "train"), "fig07")),
        (*DEFINED, *filter(None, map(grain, own))) if own else (),
        sources(own, CELLS),
        tuple(m for name in DATA for m in lacking(groups, name, CELLS)),
    )
