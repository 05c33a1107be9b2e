"""Table VI: accuracies on MNIST-DVS and CIFAR10-DVS."""

from collections.abc import Sequence

from liaf_ref.experiments import paper
from liaf_ref.report.comparison import summarize_comparisons
from liaf_ref.report.content import Section
from liaf_ref.report.missing_runs import missing_runs
from liaf_ref.report.run_groups import RunGroup
from liaf_ref.report.tables.accuracies import (
    SMALL_SCALE_NOTE,
    accuracy_table,
    compare_accuracies,
    run_dirs,
)
from liaf_ref.report.tables.literature import literature_table

COLUMNS = {"mnist-dvs": 0, "cifar10-dvs": 1}
CELLS = ("lif", "liaf")


def table06(groups: Sequence[RunGroup]) -> Section:
    """Lay LIAF and LIF out beside the printed accuracies, and their paired difference."""
    own = [group for group in groups if group.experiment in COLUMNS]
    made = compare_accuracies(own, [("liaf", "lif")], printed_accuracy)
    tables = [literature_table("table06", ("MNIST-DVS %", "CIFAR10-DVS %"), COLUMNS, own)]
    for group in own:
        beside = {cell: f"{printed_accuracy(group.experiment, cell):.2f}" for cell in CELLS}
        table = accuracy_table(group, CELLS, beside, "table06")
        tables += [table] if table.rows else []
    return Section(
        "table06",
        "Table VI",
        "Accuracies on MNIST-DVS and CIFAR10-DVS",
        summarize_comparisons(made, "LIAF is more accurate than LIF"),
        tuple(one.as_sentence() for one in made) if len(made) > 1 else (),
        tuple(tables),
        notes=() if all(group.matches_paper for group in own) else (SMALL_SCALE_NOTE,),
        sources=run_dirs(own, CELLS),
        missing=tuple(m for name in COLUMNS for m in missing_runs(groups, name, CELLS)),
    )


def printed_accuracy(experiment: str, cell: str) -> float:
    """The paper's accuracy in percent."""
    return float(paper.table_rows("table06_own")[cell][COLUMNS[experiment]])
