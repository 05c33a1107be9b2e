"""Fig. 8: LIAF and the baselines on CIFAR10-DVS, epoch by epoch."""

from collections.abc import Sequence

from liaf_ref.report.claims import HIGHER, LOWER, Criterion
from liaf_ref.report.comparison import (
    RunMetric,
    as_claims,
    as_findings,
    compare_cells,
    summarize_comparisons,
)
from liaf_ref.report.content import Section
from liaf_ref.report.dvs_runs import RunGroup
from liaf_ref.report.figures.curves import (
    BOTH_PARTS,
    curve_metrics_table,
    curve_notes,
    curve_plots,
    final_gap,
    final_validation_accuracy,
)
from liaf_ref.report.missing_runs import groups_of, missing_runs
from liaf_ref.report.tables.accuracies import run_dirs

EXPERIMENT = "cifar10-dvs"
BASELINES = ("conv2d", "conv3d", "convlstm")
CELLS = ("liaf", *BASELINES)
# Claims of Section VI-B5 about the figure: LIAF overfits less, and ends above Conv2D.
CLAIMS: tuple[tuple[str, str, RunMetric, Criterion], ...] = (
    ("conv3d", "gap at the end", final_gap, LOWER),
    ("convlstm", "gap at the end", final_gap, LOWER),
    ("conv2d", "validation accuracy at the end", final_validation_accuracy, HIGHER),
)


def fig08(groups: Sequence[RunGroup]) -> Section:
    """Plot the curves of the baselines, and test the claims of the paper about them."""
    own = [g for g in groups_of(groups, EXPERIMENT) if any(map(g.runs_of, BASELINES))]
    made = [
        compare_cells(group, ("liaf", baseline), quantity, metric, criterion)
        for group in own
        for baseline, quantity, metric, criterion in CLAIMS
        if group.runs_of("liaf") and group.runs_of(baseline)
    ]
    claim = "LIAF overfits less than Conv3D and ConvLSTM, and ends more accurate than Conv2D"
    return Section(
        "fig08",
        "Fig. 8",
        "LIAF and the baselines, epoch by epoch",
        summarize_comparisons(made, claim),
        as_findings(made),
        tuple(curve_metrics_table(group, CELLS, BASELINES, "fig08") for group in own),
        tuple(
            p for g in own for part in BOTH_PARTS for p in curve_plots(g, CELLS, (part,), "fig08")
        ),
        curve_notes(own),
        run_dirs(own, CELLS),
        missing_runs(groups, EXPERIMENT, CELLS),
        claims=as_claims("Fig. 8", made),
    )
