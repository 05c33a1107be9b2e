"""Fig. 7: training and validation of LIAF and LIF, epoch by epoch."""

from collections.abc import Sequence

from liaf_ref.report.comparison import compare_cells, summarize_comparisons
from liaf_ref.report.content import Section
from liaf_ref.report.figures.curves import (
    CURVE_METRICS,
    DEFINITIONS,
    accuracy_resolution,
    curve_metrics_table,
    curve_plots,
)
from liaf_ref.report.missing_runs import missing_runs
from liaf_ref.report.run_groups import RunGroup
from liaf_ref.report.tables.accuracies import run_dirs

EXPERIMENTS = ("mnist-dvs", "cifar10-dvs")
CELLS = ("liaf", "lif")


def fig07(groups: Sequence[RunGroup]) -> Section:
    """Draw the curves, and measure how smooth they are and how far they part."""
    own = [
        g for g in groups if g.experiment in EXPERIMENTS and any(g.runs_of(cell) for cell in CELLS)
    ]
    made = [
        compare_cells(group, CELLS, what, value, -1)
        for group in own
        if all(group.runs_of(cell) for cell in CELLS)
        for what, value in CURVE_METRICS
    ]
    return Section(
        "fig07",
        "Fig. 7",
        "LIAF and LIF, epoch by epoch",
        summarize_comparisons(made, "LIAF's curves are smoother than LIF's and overfit less"),
        tuple(one.as_sentence() for one in made),
        tuple(curve_metrics_table(group, CELLS, ("lif",), "fig07") for group in own),
        tuple(p for g in own for p in curve_plots(g, CELLS, ("validation", "train"), "fig07")),
        (*DEFINITIONS, *filter(None, map(accuracy_resolution, own))) if own else (),
        run_dirs(own, CELLS),
        tuple(m for name in EXPERIMENTS for m in missing_runs(groups, name, CELLS)),
    )
