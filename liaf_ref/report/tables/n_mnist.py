"""N-MNIST, which the paper does not have: recordings that anybody may use."""

from collections.abc import Sequence

from liaf_ref.experiments.dvs import EXPERIMENT_SPECS
from liaf_ref.report.comparison import summarize_comparisons
from liaf_ref.report.content import Section
from liaf_ref.report.figures.curves import (
    DEFINITIONS,
    accuracy_resolution,
    curve_metrics_table,
    curve_plots,
)
from liaf_ref.report.missing_runs import groups_of, missing_runs
from liaf_ref.report.run_groups import RunGroup
from liaf_ref.report.tables.accuracies import accuracy_table, compare_accuracies, run_dirs

CELLS = EXPERIMENT_SPECS["n-mnist"].cells
PLOTTED_CELLS = ("liaf", "lif")
CROSS_VALIDATION_NOTE = (
    "Cross-validation: each recording is tested once.  Any two folds' training parts have "
    "recordings in common, so that intervals over folds are too narrow."
)


def n_mnist(groups: Sequence[RunGroup]) -> Section:
    """Lay the networks of Fig. 6 out on N-MNIST."""
    own = groups_of(groups, "n-mnist")
    made = compare_accuracies(own, [("liaf", "lif")], lambda _, __: None)
    drawn = [group for group in own if any(group.runs_of(cell) for cell in PLOTTED_CELLS)]
    return Section(
        "n-mnist",
        "N-MNIST",
        "Fig. 6 on recordings that the paper does not have",
        summarize_comparisons(made, "LIAF is more accurate than LIF"),
        tuple(one.as_sentence() for one in made) if len(made) > 1 else (),
        (
            *(accuracy_table(group, CELLS, {}, "n-mnist") for group in own),
            *(curve_metrics_table(group, CELLS, CELLS[1:], "n-mnist-curves") for group in own),
        ),
        tuple(
            p
            for g in drawn
            for p in curve_plots(g, PLOTTED_CELLS, ("validation", "train"), "n-mnist")
        ),
        (
            *(CROSS_VALIDATION_NOTE for g in own if g.averaged_over == "fold"),
            *DEFINITIONS,
            *filter(None, map(accuracy_resolution, own)),
        )
        if own
        else (),
        run_dirs(own, CELLS),
        missing_runs(groups, "n-mnist", PLOTTED_CELLS),
    )
