"""Accuracies of networks on recordings: ours, those of the paper, and those it cites."""

from collections.abc import Callable, Collection, Mapping, Sequence

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.experiments import paper
from liaf_ref.report.claims import HIGHER, LOWER, SIMILAR
from liaf_ref.report.comparison import (
    Comparison,
    RunMetric,
    as_claims,
    as_findings,
    compare_cells,
    mean_over_runs,
    summarize_comparisons,
)
from liaf_ref.report.content import Section, Table
from liaf_ref.report.dvs_runs import RunGroup
from liaf_ref.report.formatting import NOTHING, format_count, format_mean, format_number
from liaf_ref.report.missing_runs import missing_runs

HEADER = ("test %", "paper %", "training %", "majority %", "weights", "MULs", "ADDs")
SMALL_SCALE_NOTE = (
    "At the scales smoke and small, networks have fewer filters and frames than the paper's, and "
    "there are fewer recordings.  Simulated recordings are not the paper's data.  In both cases "
    "compare the sign of a difference with the paper, not the accuracies."
)
PrintedAccuracy = Callable[[str, str], float | None]  # of experiment and cell, in percent


def accuracy_section(
    name: str,
    number: str,
    title: str,
    claim: str,
    groups: Sequence[RunGroup],
    experiments: Sequence[str],
    cells: Sequence[str],
    baselines: Sequence[str],
    printed: PrintedAccuracy,
    tables: Sequence[Table],
    similar: Collection[str] = (),
) -> Section:
    """Compare the test accuracy of LIAF with baselines, in all groups of some experiments."""
    # The paper calls the accuracy of the ``similar`` baselines about that of LIAF.
    own = [group for group in groups if group.experiment in experiments]
    comparisons = _compare_with_liaf(own, baselines, printed, similar)
    return Section(
        name,
        number,
        title,
        summarize_comparisons(comparisons, claim),
        as_findings(comparisons),
        tuple(tables),
        notes=() if all(group.matches_paper for group in own) else (SMALL_SCALE_NOTE,),
        sources=run_dirs(own, cells),
        missing=tuple(m for e in experiments for m in missing_runs(groups, e, cells)),
        claims=as_claims(number, comparisons),
    )


def accuracy_tables(
    name: str,
    groups: Sequence[RunGroup],
    experiments: Sequence[str],
    cells: Sequence[str],
    printed: PrintedAccuracy,
    decimals: int = 2,
) -> list[Table]:
    """Tables of the results of some experiments, one for each group with one of the cells."""
    tables = []
    for group in groups:
        if group.experiment in experiments and any(map(group.runs_of, cells)):
            rows = tuple(
                _row(group, cell, _format_accuracy(printed(group.experiment, cell), decimals))
                for cell in cells
                if group.runs_of(cell)
            )
            head = ("", f"{group.averaged_over}s", *HEADER)
            tables.append(Table(f"{name}-{group.name}", group.label, head, rows))
    return tables


def literature_table(
    name: str, titles: Sequence[str], columns: Mapping[str, int], groups: Sequence[RunGroup]
) -> Table:
    """Table of the accuracies from the literature, with ours below."""
    body = [(key, *map(_format_accuracy, row)) for key, row in paper.table_rows(name).items()]
    for cell, row in paper.table_rows(f"{name}_own").items():
        body.append((f"the paper, {CELL_NAMES[cell]}", *map(_format_accuracy, row)))
    for group in groups:
        for cell in ("lif", "liaf"):
            if group.experiment in columns and group.runs_of(cell):
                ours = [NOTHING] * len(titles)
                ours[columns[group.experiment]] = _mean_percent(group, cell, "test")
                body.append((f"ours, {CELL_NAMES[cell]}: {group.label}", *ours))
    caption = "Test accuracy in percent; ours has a 95 % interval if there are several seeds"
    return Table(name, caption, ("", *titles), tuple(body))


def accuracy_percent(part: str) -> RunMetric:
    """Return a function that reads an accuracy from the result of a run, in percent."""
    return lambda run: 100 * float(run.result[f"{part}_accuracy"])


def run_dirs(groups: Sequence[RunGroup], cells: Sequence[str]) -> tuple[str, ...]:
    """Folders of the runs of the given cells, or the tables that have them."""
    found = (run.folder.as_posix() for group in groups for run in group.runs if run.cell in cells)
    return tuple(dict.fromkeys(found))


def _row(group: RunGroup, cell: str, printed: str) -> tuple[str, ...]:
    runs = group.runs_of(cell)
    test, train, majority = (_mean_percent(group, cell, p) for p in ("test", "train", "majority"))
    weights = f"{runs[0].result['weights']:,}"
    counts = (format_count(runs[0].result[name]) for name in ("muls", "adds"))
    return CELL_NAMES[cell], str(len(runs)), test, printed, train, majority, weights, *counts


def _mean_percent(group: RunGroup, cell: str, part: str) -> str:
    return format_mean(mean_over_runs(group.runs_of(cell), accuracy_percent(part)))


def _format_accuracy(value: object, decimals: int = 2) -> str:
    return f"{value:.{decimals}f}" if isinstance(value, float) else NOTHING


def _compare_with_liaf(
    groups: Sequence[RunGroup],
    baselines: Sequence[str],
    printed: PrintedAccuracy,
    similar: Collection[str],
) -> list[Comparison]:
    """Compare test accuracies with LIAF's, paired by seed or fold."""
    found = []
    for group in groups:
        for cell in baselines:
            if group.runs_of("liaf") and group.runs_of(cell):
                ours, theirs = (printed(group.experiment, name) for name in ("liaf", cell))
                criterion, text = HIGHER, ""
                if ours is not None and theirs is not None:
                    criterion = HIGHER if ours >= theirs else LOWER
                    text = format_number(ours - theirs, "+")
                metric = "test accuracy", accuracy_percent("test")
                judge = SIMILAR if cell in similar else criterion
                found.append(compare_cells(group, ("liaf", cell), *metric, judge, text))
    return found
