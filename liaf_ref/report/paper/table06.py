"""Table VI: accuracies on MNIST-DVS and CIFAR10-DVS."""

from collections.abc import Sequence

from liaf_ref.experiments import paper
from liaf_ref.report.paper.accuracies import SMALLER, comparisons, results, sources
from liaf_ref.report.paper.cited import cited
from liaf_ref.report.paper.compare import summary
from liaf_ref.report.paper.content import Section
from liaf_ref.report.paper.groups import Group
from liaf_ref.report.paper.wanted import lacking

COLUMNS = {"mnist-dvs": 0, "cifar10-dvs": 1}
CELLS = ("lif", "liaf")


def table06(groups: Sequence[Group]) -> Section:
    """Lay LIAF and LIF out beside the printed accuracies, and their paired difference.

    Parameters
    ----------
    groups : sequence of Group
        All runs on recordings.

    Returns
    -------
    Section
        Of those on the two data sets.
    """
    own = [group for group in groups if group.experiment in COLUMNS]
    made = comparisons(own, [("liaf", "lif")], printed)
    tables = [cited("table06", ("MNIST-DVS %", "CIFAR10-DVS %"), COLUMNS, own)]
    for group in own:
        beside = {cell: f"{printed(group.experiment, cell):.2f}" for cell in CELLS}
        table = results(group, CELLS, beside, "table06")
        tables += [table] if table.rows else []
    return Section(
        "table06",
        "Table VI",
        "Accuracies on MNIST-DVS and CIFAR10-DVS",
        summary(made, "LIAF is more accurate than LIF"),
        tuple(one.sentence() for one in made) if len(made) > 1 else (),
        tuple(tables),
        notes=() if all(group.as_printed for group in own) else (SMALLER,),
        sources=sources(own, CELLS),
        missing=tuple(m for name in COLUMNS for m in lacking(groups, name, CELLS)),
    )


def printed(experiment: str, cell: str) -> float:
    """The paper's accuracy in percent."""
    return float(paper.table_rows("table06_own")[cell][COLUMNS[experiment]])
