"""N-MNIST, a data set with a free licence, which the paper does not use."""

from collections.abc import Sequence

from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.report.content import Section
from liaf_ref.report.dvs_runs import RunGroup
from liaf_ref.report.figures.curves import (
    BOTH_PARTS,
    curve_metrics_table,
    curve_notes,
    curve_plots,
)
from liaf_ref.report.missing_runs import groups_of, missing_runs
from liaf_ref.report.tables.accuracies import accuracy_section, accuracy_tables

EXPERIMENT = "n-mnist"
CELLS = EXPERIMENT_SPECS[EXPERIMENT].cells
PLOTTED_CELLS = ("liaf", "lif")
CROSS_VALIDATION_NOTE = (
    "Cross-validation: each recording is in the test set once.  The training sets of two folds "
    "have recordings in common, for which the intervals are corrected (Nadeau and Bengio 2003)."
)


def n_mnist(groups: Sequence[RunGroup]) -> Section:
    """Results of the networks of Fig. 6 on N-MNIST."""
    own = groups_of(groups, EXPERIMENT)
    drawn = [group for group in own if any(map(group.runs_of, PLOTTED_CELLS))]
    section = accuracy_section(
        "n-mnist",
        "N-MNIST",
        "The network of Fig. 6 on a data set that the paper does not use",
        "LIAF is more accurate than LIF",
        groups,
        (EXPERIMENT,),
        CELLS,
        ("lif",),
        _printed_accuracy,
        (
            *accuracy_tables("n-mnist", groups, (EXPERIMENT,), CELLS, _printed_accuracy),
            *(curve_metrics_table(group, CELLS, CELLS[1:], "n-mnist-curves") for group in own),
        ),
    )
    folds = any(group.averaged_over == "fold" for group in own)
    return section._replace(
        pictures=tuple(
            p for g in drawn for p in curve_plots(g, PLOTTED_CELLS, BOTH_PARTS, "n-mnist")
        ),
        notes=(*((CROSS_VALIDATION_NOTE,) if folds else ()), *curve_notes(own)),
        missing=missing_runs(groups, EXPERIMENT, PLOTTED_CELLS),
        claims=(),  # the paper makes none
    )


def _printed_accuracy(experiment: str, cell: str) -> None:
    return None
