"""Others' accuracies as the paper lists them, ours below."""

from collections.abc import Mapping, Sequence

from liaf_ref.experiments import paper
from liaf_ref.report.palette import NAMES
from liaf_ref.report.paper.accuracies import test
from liaf_ref.report.paper.compare import average, shown
from liaf_ref.report.paper.content import Table
from liaf_ref.report.paper.groups import Group


def cited(
    name: str, titles: Sequence[str], columns: Mapping[str, int], groups: Sequence[Group]
) -> Table:
    """Lay a table of proposals out.

    Parameters
    ----------
    name : str
        A section of paper.toml that has a second one, ``NAME_own``.
    titles : sequence of str
        Of its columns.
    columns : mapping of str to int
        Which column an experiment's runs belong to.
    groups : sequence of Group
        The runs.

    Returns
    -------
    Table
        Others', the paper's own, and a row for each cell and group of ours.
    """
    body = [(key, *map(_text, row)) for key, row in paper.table_rows(name).items()]
    for cell, row in paper.table_rows(f"{name}_own").items():
        body.append((f"the paper, {NAMES[cell]}", *map(_text, row)))
    for group in groups:
        for cell in ("lif", "liaf"):
            if group.experiment in columns and group.of(cell):
                row = ["–"] * len(titles)
                row[columns[group.experiment]] = shown(average(group.of(cell), test))
                body.append((f"ours, {NAMES[cell]}: {group.label}", *row))
    caption = "Test accuracy in percent; ours with 95 % intervals where there are several seeds"
    return Table(name, caption, ("", *titles), tuple(body))


def _text(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else "–"
