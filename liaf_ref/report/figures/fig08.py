"""Fig. 8: LIAF and its rivals on CIFAR10-DVS, epoch by epoch."""

from collections.abc import Sequence

from liaf_ref.report.comparison import Comparison, RunMetric, compare_cells, summarize_comparisons
from liaf_ref.report.content import Section
from liaf_ref.report.figures.curves import (
    DEFINITIONS,
    accuracy_resolution,
    curve_metrics_table,
    curve_plots,
    final_gap,
    final_validation_accuracy,
)
from liaf_ref.report.missing_runs import groups_of, missing_runs
from liaf_ref.report.run_groups import RunGroup
from liaf_ref.report.tables.accuracies import run_dirs

EXPERIMENT = "cifar10-dvs"
BASELINES = ("conv2d", "conv3d", "convlstm")
CELLS = ("liaf", *BASELINES)
# What Section VI-B5 reads off the figure: LIAF overfits less, and ends above Conv2D.
CLAIMS: tuple[tuple[str, str, RunMetric, int], ...] = (
    ("conv3d", "gap at the end", final_gap, -1),
    ("convlstm", "gap at the end", final_gap, -1),
    ("conv2d", "validation accuracy at the end", final_validation_accuracy, 1),
)


def fig08(groups: Sequence[RunGroup]) -> Section:
    """Draw the rivals' curves, and measure what the paper reads off them."""
    own = [
        group
        for group in groups_of(groups, EXPERIMENT)
        if any(group.runs_of(cell) for cell in BASELINES)
    ]
    made = [one for group in own for one in _compare_claims(group)]
    drawn = (
        picture
        for group in own
        for part in ("validation", "train")
        for picture in curve_plots(group, CELLS, (part,), "fig08")
    )
    return Section(
        "fig08",
        "Fig. 8",
        "LIAF and its rivals, epoch by epoch",
        summarize_comparisons(
            made, "LIAF overfits less than Conv3D and ConvLSTM and ends above Conv2D"
        ),
        tuple(one.as_sentence() for one in made),
        tuple(curve_metrics_table(group, CELLS, BASELINES, "fig08") for group in own),
        tuple(drawn),
        (*DEFINITIONS, *filter(None, map(accuracy_resolution, own))) if own else (),
        run_dirs(own, CELLS),
        missing_runs(groups, EXPERIMENT, CELLS),
    )


def _compare_claims(group: RunGroup) -> list[Comparison]:
    return [
        compare_cells(group, ("liaf", rival), what, value, sign)
        for rival, what, value, sign in CLAIMS
        if group.runs_of("liaf") and group.runs_of(rival)
    ]
