"""Fig. 8: LIAF and its rivals on CIFAR10-DVS, epoch by epoch."""

from collections.abc import Sequence

from liaf_ref.report.paper.accuracies import sources
from liaf_ref.report.paper.compare import Comparison, Value, compare, summary
from liaf_ref.report.paper.content import Section
from liaf_ref.report.paper.curves import (
    DEFINED,
    gap_end,
    grain,
    measured,
    pictures,
    validation_end,
)
from liaf_ref.report.paper.groups import Group
from liaf_ref.report.paper.wanted import lacking, of

DATA = "cifar10-dvs"
RIVALS = ("conv2d", "conv3d", "convlstm")
CELLS = ("liaf", *RIVALS)
# What Section VI-B5 reads off the figure: LIAF overfits less, and ends above Conv2D.
CLAIMS: tuple[tuple[str, str, Value, int], ...] = (
    ("conv3d", "gap at the end", gap_end, -1),
    ("convlstm", "gap at the end", gap_end, -1),
    ("conv2d", "validation accuracy at the end", validation_end, 1),
)


def fig08(groups: Sequence[Group]) -> Section:
    """Draw the rivals' curves, and measure what the paper reads off them.

    Parameters
    ----------
    groups : sequence of Group
        All runs on recordings.

    Returns
    -------
    Section
        Of those on CIFAR10-DVS.
    """
    own = [group for group in of(groups, DATA) if any(group.of(cell) for cell in RIVALS)]
    made = [one for group in own for one in _claims(group)]
    drawn = (
        picture
        for group in own
        for part in ("validation", "train")
        for picture in pictures(group, CELLS, (part,), "fig08")
    )
    return Section(
        "fig08",
        "Fig. 8",
        "LIAF and its rivals, epoch by epoch",
        summary(made, "LIAF overfits less than Conv3D and ConvLSTM and ends above Conv2D"),
        tuple(one.sentence() for one in made),
        tuple(measured(group, CELLS, RIVALS, "fig08") for group in own),
        tuple(drawn),
        (*DEFINED, *filter(None, map(grain, own))) if own else (),
        sources(own, CELLS),
        lacking(groups, DATA, CELLS),
    )


def _claims(group: Group) -> list[Comparison]:
    return [
        compare(group, ("liaf", rival), what, value, sign)
        for rival, what, value, sign in CLAIMS
        if group.of("liaf") and group.of(rival)
    ]
