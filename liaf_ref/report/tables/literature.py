"""Others' accuracies as the paper lists them, ours below."""

from collections.abc import Mapping, Sequence

from liaf_ref.experiments import paper
from liaf_ref.report.comparison import format_mean, mean_over_runs
from liaf_ref.report.content import Table
from liaf_ref.report.palette import CELL_NAMES
from liaf_ref.report.run_groups import RunGroup
from liaf_ref.report.tables.accuracies import accuracy_on_test


def literature_table(
    name: str, titles: Sequence[str], columns: Mapping[str, int], groups: Sequence[RunGroup]
) -> Table:
    """Lay a table of proposals out."""
    body = [(key, *map(_format_accuracy, row)) for key, row in paper.table_rows(name).items()]
    for cell, row in paper.table_rows(f"{name}_own").items():
        body.append((f"the paper, {CELL_NAMES[cell]}", *map(_format_accuracy, row)))
    for group in groups:
        for cell in ("lif", "liaf"):
            if group.experiment in columns and group.runs_of(cell):
                row = ["–"] * len(titles)
                row[columns[group.experiment]] = format_mean(
                    mean_over_runs(group.runs_of(cell), accuracy_on_test)
                )
                body.append((f"ours, {CELL_NAMES[cell]}: {group.label}", *row))
    caption = "Test accuracy in percent; ours with 95 % intervals where there are several seeds"
    return Table(name, caption, ("", *titles), tuple(body))


def _format_accuracy(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else "–"
