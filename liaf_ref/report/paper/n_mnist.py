"""N-MNIST, which the paper does not have: recordings that anybody may use."""

from collections.abc import Sequence

from liaf_ref.experiments.vision import EXPERIMENT_SPECS
from liaf_ref.report.paper.accuracies import comparisons, results, sources
from liaf_ref.report.paper.compare import summary
from liaf_ref.report.paper.content import Section
from liaf_ref.report.paper.curves import DEFINED, grain, measured, pictures
from liaf_ref.report.paper.groups import Group
from liaf_ref.report.paper.wanted import lacking, of

CELLS = EXPERIMENT_SPECS["n-mnist"].cells
SHOWN = ("liaf", "lif")
POOLED = (
    "Cross-validation: each recording is tested once.  Any two folds' training parts have "
    "recordings in common, so that intervals over folds are too narrow."
)


def n_mnist(groups: Sequence[Group]) -> Section:
    """Lay the networks of Fig. 6 out on N-MNIST.

    Parameters
    ----------
    groups : sequence of Group
        All runs on recordings.

    Returns
    -------
    Section
        Of those on N-MNIST.
    """
    own = of(groups, "n-mnist")
    made = comparisons(own, [("liaf", "lif")], lambda _, __: None)
    drawn = [group for group in own if any(group.of(cell) for cell in SHOWN)]
    return Section(
        "n-mnist",
        "N-MNIST",
        "Fig. 6 on recordings that the paper does not have",
        summary(made, "LIAF is more accurate than LIF"),
        tuple(one.sentence() for one in made) if len(made) > 1 else (),
        (
            *(results(group, CELLS, {}, "n-mnist") for group in own),
            *(measured(group, CELLS, CELLS[1:], "n-mnist-curves") for group in own),
        ),
        tuple(p for g in drawn for p in pictures(g, SHOWN, ("validation", "train"), "n-mnist")),
        (*(POOLED for g in own if g.over == "fold"), *DEFINED, *filter(None, map(grain, own)))
        if own
        else (),
        sources(own, CELLS),
        lacking(groups, "n-mnist", SHOWN),
    )
