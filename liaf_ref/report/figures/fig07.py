"""Fig. 7: training and validation of LIAF and LIF, epoch by epoch."""

from collections.abc import Sequence

from liaf_ref.report.comparison import as_claims, as_findings, summarize_comparisons
from liaf_ref.report.content import Section
from liaf_ref.report.dvs_runs import RunGroup
from liaf_ref.report.figures.curves import (
    BOTH_PARTS,
    compare_curves,
    curve_metrics_table,
    curve_notes,
    curve_plots,
)
from liaf_ref.report.missing_runs import missing_runs
from liaf_ref.report.tables.accuracies import run_dirs

EXPERIMENTS = ("mnist-dvs", "cifar10-dvs")
CELLS = ("liaf", "lif")


def fig07(groups: Sequence[RunGroup]) -> Section:
    """Plot the curves, and measure their smoothness and the generalization gap."""
    own = [g for g in groups if g.experiment in EXPERIMENTS and any(map(g.runs_of, CELLS))]
    made = [c for g in own if all(map(g.runs_of, CELLS)) for c in compare_curves(g, "lif")]
    return Section(
        "fig07",
        "Fig. 7",
        "LIAF and LIF, epoch by epoch",
        summarize_comparisons(made, "LIAF's curves are smoother than LIF's and overfit less"),
        as_findings(made),
        tuple(curve_metrics_table(group, CELLS, ("lif",), "fig07") for group in own),
        tuple(p for g in own for p in curve_plots(g, CELLS, BOTH_PARTS, "fig07")),
        curve_notes(own),
        run_dirs(own, CELLS),
        tuple(m for name in EXPERIMENTS for m in missing_runs(groups, name, CELLS)),
        claims=as_claims("Fig. 7", made),
    )
