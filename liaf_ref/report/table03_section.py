"""Table III as a section of the report and as a page: tables under headings."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby
from operator import attrgetter
from typing import NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.babi.files import TASK_NAMES
from liaf_ref.experiments import paper
from liaf_ref.experiments.babi import CONDITIONS, UNPRINTED_SETTINGS
from liaf_ref.report.babi_runs import (
    EARLY_STOPPED,
    EPOCH_SELECTIONS,
    OVERFLOWED,
    UNKNOWN,
    BabiRun,
    RunSummary,
    group_babi_runs,
)
from liaf_ref.report.content import (
    NOTHING,
    Claim,
    Section,
    Table,
    format_mean,
    format_number,
    markdown_table,
)
from liaf_ref.report.missing_runs import missing_babi_runs
from liaf_ref.report.table03 import (
    ALL_TASKS,
    CELLS,
    MAIN_SELECTION,
    MEAN_LABEL,
    evaluate_claims,
    fit_table,
    mean_accuracies,
    mean_over_tasks,
    printed_mean,
    sample_accuracies,
    selection_tables,
    task_label,
)

MAIN_HEADING = f"At {EPOCH_SELECTIONS[MAIN_SELECTION]}"
DIFFERING_HEADER = ("cell", "task", "ours", "paper", "explained by", "tried")
ABORTED_HEADER = ("task", "cell", "settings", "epochs", "ended early", "after epoch", "cause")
LARGEST_EXPLAINED = 3.0  # points from the printed accuracy, within which a setting explains it
REASONS = {OVERFLOWED: "overflow", EARLY_STOPPED: "early stopping", UNKNOWN: "not recorded"}
NOTES = (
    "Accuracies are on the test questions, in percent.",
    "The mean difference over all tasks is combined task by task, each with the seeds that it has "
    "(Welch and Satterthwaite); the smallest number of seeds is named.  Those on one task are "
    "paired by seed.",
)
_training_setting = attrgetter("lr", "epochs", "stop_after")


class Part(NamedTuple):
    """Tables under one heading."""

    heading: str
    tables: tuple[Table, ...]


class _Condition(NamedTuple):
    """Runs of one learning rate and number of epochs, and the printed condition to compare with."""

    printed: str  # condition of the paper
    label: str
    tag: str  # of the tables' files
    runs: list[RunSummary]


def table03(section: Section, babi: Sequence[BabiRun], data_descriptions: Sequence[str]) -> Section:
    """Average runs over their seeds, and compare them with the claims of Section VI-A."""
    groups = group_babi_runs(babi)
    tables: list[Table] = []
    verdicts: list[str] = []
    claims: list[Claim] = []
    for number, group in enumerate(groups, 1):
        runs = [run.summary for run in group]
        table = [run for run in runs if not run.settings]
        name = "table03" if number == 1 else f"table03-{number}"
        kind = f", {group[0].label}" if len(groups) > 1 else ""
        for condition in _conditions(table):
            label = f"{condition.label}{kind}"
            parts = condition_parts(condition.runs, condition.printed)
            tables += _tables(parts, f"{name}-{condition.tag}", label)
            known = _known(condition.runs, MAIN_SELECTION)
            made = evaluate_claims(known, MAIN_SELECTION, condition.printed)
            verdicts += (f"{label}, {MAIN_HEADING.lower()}: {one.as_sentence()}" for one in made)
            ending = ", fine-tuned" if condition.tag == "fc" else ""
            if condition.tag in CONDITIONS:
                claims += (one._replace(text=f"{one.text}{ending}{kind}") for one in made)
        own = [run for run in runs if run.has_epochs_of("ec")]
        parts = chain(setting_parts(own, "ec"), aborted_parts(table))
        tables += _tables(parts, name, kind.removeprefix(", "))
    source = "A table of runs does not record which text was used."
    if data_descriptions:
        source = f"Text: {'; '.join(data_descriptions)}."
    return section._replace(
        verdict=verdicts[0] if verdicts else _no_claims_sentence(babi),
        tables=tuple(tables),
        notes=(source, *NOTES) if babi else (),
        sources=tuple(dict.fromkeys(run.source for run in babi)),
        missing=tuple(missing_babi_runs([run.summary for run in babi if run.is_published])),
        claims=tuple(claims),
    )


def render_markdown(runs: Sequence[RunSummary], condition: str = "ec") -> str:
    """Format the runs of a condition with the numbers of Table III, other settings at the end."""
    table = [run for run in runs if not run.settings]
    parts = chain(
        condition_parts(table, condition), setting_parts(runs, condition), aborted_parts(runs)
    )
    return "\n\n".join(chain.from_iterable(map(_format_part, parts)))


def _format_part(part: Part) -> Iterator[str]:
    yield f"## {part.heading}"
    for table in part.tables:
        yield f"{table.caption[0].upper()}{table.caption[1:]}:"
        yield markdown_table(table.head, table.rows)


def _tables(parts: Iterable[Part], name: str, label: str) -> Iterator[Table]:
    """The tables of a section, whose captions say under which heading they would be."""
    for heading, tables in parts:
        place = ". ".join(filter(None, (label, heading)))
        for table in tables:
            yield table._replace(name=f"{name}-{table.name}", caption=f"{place}: {table.caption}")


def _conditions(runs: Sequence[RunSummary]) -> Iterator[_Condition]:
    """Split runs into the two conditions of the paper, and other rates and numbers of epochs."""
    ec, fc = ([run for run in runs if run.matches_condition(name)] for name in CONDITIONS)
    if ec:
        yield _Condition("ec", "Equivalent condition", "ec", ec)
    if any(run not in ec for run in fc):
        yield _Condition("fc", "Fine-tuned", "fc", fc)
    rest = (run for run in runs if not any(map(run.matches_condition, CONDITIONS)))
    for (lr, epochs, stop), own in groupby(
        sorted(rest, key=_training_setting), key=_training_setting
    ):
        until = f" or {stop} without a lower validation loss" if stop else ""
        label = f"{epochs} epochs{until} at a learning rate of {lr:g} (paper: 60 at 0.001)"
        yield _Condition("ec", label, f"{epochs}-{lr:g}{f'-stop-{stop}' if stop else ''}", [*own])


def _known(runs: Sequence[RunSummary], selection: str) -> list[RunSummary]:
    return [run for run in runs if math.isfinite(getattr(run, selection))]


def _no_claims_sentence(runs: Sequence[BabiRun]) -> str:
    own = [run.summary for run in runs if not run.summary.settings]
    if not own:
        return "No runs on bAbI were given."
    return (
        f"{len({run.task for run in own})} of {len(TASK_NAMES)} tasks were run.  The paper's "
        "claims need the mean over all tasks, or a task that it names (QA8, QA11, QA12, QA14) "
        "with all baselines."
    )


def condition_parts(runs: Sequence[RunSummary], condition: str) -> Iterator[Part]:
    """Runs with the settings of the table, at each epoch selection."""
    for selection, epoch in EPOCH_SELECTIONS.items():
        if known := _known(runs, selection):
            tables = selection_tables(known, selection, condition)
            yield Part(f"At {epoch}", tuple(tables))
    if runs:
        yield Part("Which epoch the printed rows fit", (fit_table(runs, condition),))


def setting_parts(runs: Sequence[RunSummary], condition: str) -> Iterator[Part]:
    """Cells that differ from the paper, and each setting that was changed."""
    runs = _known(runs, MAIN_SELECTION)
    if rows := differing_cells(runs, MAIN_SELECTION, condition):
        caption = (
            "the printed accuracy is outside the interval of ours and 3 points or more away; a "
            "setting explains it if it brings the mean within 3 points"
        )
        table = Table("differing", caption, DIFFERING_HEADER, tuple(rows), (0, 1, 4, 5))
        yield Part("Cells that differ from the paper", (table,))
    for setting, by_value in _by_setting(runs).items():
        name = setting.replace(", ", "-").replace("_", "-")
        yield Part(f"Other values of {setting}", (_setting_table(name, by_value, condition),))


Groups = dict[str, list[RunSummary]]  # by the values of a setting, those of the table first


def _setting_table(name: str, by_value: Groups, condition: str) -> Table:
    """Accuracies for the values of a setting."""
    columns = [sample_accuracies(own, MAIN_SELECTION) for own in by_value.values()]
    rows = []
    for cell in CELLS:
        tasks = [task for task in ALL_TASKS if any((task, cell) in c for c in columns[1:])]
        lines: list[tuple[str, Sequence[int]]] = [(task_label(task), [task]) for task in tasks]
        if len(tasks) == len(ALL_TASKS):
            lines.append((MEAN_LABEL, tasks))
        for label, own in lines:
            ours = (format_mean(mean_over_tasks(column, cell, own)) for column in columns)
            printed = format_number(printed_mean(cell, condition, own))
            rows.append((CELL_NAMES[cell], label, *ours, printed))
    caption = f"{MAIN_HEADING.lower()}, and the paper's accuracy"
    return Table(name, caption, ("cell", "task", *by_value, "paper"), tuple(rows), (0, 1))


def aborted_parts(runs: Sequence[RunSummary]) -> Iterator[Part]:
    """How many runs ended early, and after how many epochs."""
    alike: dict[tuple[str, ...], list[RunSummary]] = {}
    for run in sorted(runs, key=RunSummary.sort_key):
        where = f"QA{run.task}", CELL_NAMES[run.cell], run.settings or NOTHING, str(run.epochs)
        alike.setdefault(where, []).append(run)
    rows = []
    for key, own in alike.items():
        ended = [run for run in own if run.is_aborted]
        epochs = ", ".join(map(str, sorted(run.epochs_done for run in ended)))
        reasons = "; ".join(dict.fromkeys(REASONS[run.cause] for run in ended))
        if ended:
            rows.append((*key, f"{len(ended)} of {len(own)}", epochs, reasons))
    if rows:
        caption = "the epochs before that count"
        table = Table("aborted", caption, ABORTED_HEADER, tuple(rows), (0, 1, 2, 6))
        yield Part("Runs that ended early", (table,))


def differing_cells(
    runs: Sequence[RunSummary], selection: str, condition: str
) -> list[tuple[str, ...]]:
    """Rows of cells whose printed number is outside our interval and 3 points or more away."""
    by_settings: dict[str, list[RunSummary]] = {"": []}
    for run in runs:
        by_settings.setdefault(run.settings, []).append(run)
    means = {name: mean_accuracies(own, selection) for name, own in by_settings.items()}
    table = means.pop("")
    rows: list[tuple[str, ...]] = []
    for cell in CELLS:
        for task in ALL_TASKS:
            ours, printed = table.get((task, cell)), paper.table03_accuracy(task, cell, condition)
            if ours is None or ours.n == 1:
                continue
            if abs(100 * ours.value - printed) < max(100 * ours.half_width, LARGEST_EXPLAINED):
                continue
            tried = {
                name: 100 * other[task, cell].value
                for name, other in means.items()
                if (task, cell) in other
            }
            near = (
                f"{name} ({format_number(value)})"
                for name, value in tried.items()
                if abs(value - printed) <= LARGEST_EXPLAINED
            )
            names = dict.fromkeys(text.partition("=")[0] for name in tried for text in name.split())
            place = CELL_NAMES[cell], f"QA{task}", format_mean(ours.in_percent())
            explained = (", ".join(texts) or NOTHING for texts in (near, names))
            rows.append((*place, format_number(printed), *explained))
    return rows


def _by_setting(runs: Sequence[RunSummary]) -> dict[str, Groups]:
    """Runs by the names of the changed settings and by their values, those of the table first."""
    table = [run for run in runs if not run.settings]
    found: dict[str, Groups] = {}
    for run in sorted((run for run in runs if run.settings), key=_values):
        settings = run.settings_by_name()
        defaults = (UNPRINTED_SETTINGS[name] for name in settings)
        default = ", ".join("none" if value is None else str(value) for value in defaults)
        groups = found.setdefault(", ".join(settings), {f"{default} (table)": table})
        groups.setdefault(", ".join(settings.values()), []).append(run)
    return dict(sorted(found.items()))


def _values(run: RunSummary) -> list[tuple[float, str]]:
    """A key that sorts numbers by value, and names after them."""
    return [(_number(value), value) for value in run.settings_by_name().values()]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.inf
