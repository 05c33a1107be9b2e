"""Table III as a section of the report, and as the page of ``liaf-ref table03``."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref._core.text import count
from liaf_ref.data.babi.files import TASK_NAMES
from liaf_ref.experiments import paper
from liaf_ref.experiments.babi import CONDITIONS
from liaf_ref.report import table03 as values
from liaf_ref.report.babi_runs import (
    EARLY_STOPPED,
    EPOCH_SELECTIONS,
    OVERFLOWED,
    UNKNOWN,
    BabiRun,
    RunSummary,
    group_babi_runs,
)
from liaf_ref.report.content import Section, Table, format_difference, format_number, markdown_table
from liaf_ref.report.missing_runs import missing_babi_runs
from liaf_ref.report.statistics import ResultClaim
from liaf_ref.report.table03_claims import Claim, evaluate_claims

FIT_HEADER = ("cell", "last epoch", "best on validation", "best on test")
ABORTED = {  # heading and reason, by cause
    OVERFLOWED: ("Runs that overflowed", "because a gradient was not finite"),
    EARLY_STOPPED: ("Early-stopped runs", "because the validation loss stopped decreasing"),
    UNKNOWN: ("Aborted runs", "for a reason that the table of runs does not record"),
}
_training_setting = attrgetter("lr", "epochs", "stop_after")


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
    findings: list[str] = []
    claims: list[ResultClaim] = []
    for number, group in enumerate(groups, 1):
        everything = [run.summary for run in group]
        runs = [run for run in everything if not run.settings]
        name = "table03" if number == 1 else f"table03-{number}"
        kind = f", {group[0].label}" if len(groups) > 1 else ""
        for condition in _split_by_condition(runs):
            for selection in EPOCH_SELECTIONS:
                known = [run for run in condition.runs if math.isfinite(getattr(run, selection))]
                if known:
                    where = f"{condition.label}{kind}, at {EPOCH_SELECTIONS[selection]}"
                    tables += _tables(name, condition, known, selection, where)
                    if selection != "best_test":
                        findings += _findings(known, selection, condition.printed, where)
        tables += _setting_tables(name, everything, kind)
        claims += _claims(runs, kind)
    runs = [run.summary for run in babi if not run.summary.settings]
    notes = [f"Text: {'; '.join(data_descriptions)}."] if data_descriptions else []
    if babi:
        notes.append("Accuracies are on the test questions, in percent.")
        notes.append(
            "The mean difference over all tasks is combined task by task, each with the seeds that "
            "it has (Welch and Satterthwaite).  Those on one task are paired by seed."
        )
        if not data_descriptions:
            notes.append("A table of runs does not record which text was used.")
    notes += _aborted_notes(runs)
    return section._replace(
        verdict=findings[0] if findings else _no_claims_sentence(runs),
        findings=tuple(findings[1:]),
        tables=tuple(tables),
        notes=tuple(notes),
        sources=tuple(dict.fromkeys(run.source for run in babi)),
        missing=tuple(missing_babi_runs([run.summary for run in babi if run.is_published])),
        claims=tuple(claims),
    )


def _split_by_condition(runs: Sequence[RunSummary]) -> Iterator[_Condition]:
    """Split runs into the two conditions of the paper, and other rates and numbers of epochs."""
    ec, fc = ([run for run in runs if run.matches_condition(name)] for name in CONDITIONS)
    if ec:
        yield _Condition("ec", "Equivalent condition", "ec", ec)
    if any(run not in ec for run in fc):
        yield _Condition("fc", "Fine-tuned", "fc", fc)
    rest = [run for run in runs if not any(map(run.matches_condition, CONDITIONS))]
    for lr, epochs, stop in sorted(set(map(_training_setting, rest))):
        own = [run for run in rest if _training_setting(run) == (lr, epochs, stop)]
        until = f" or {stop} without a lower validation loss" if stop else ""
        label = f"{epochs} epochs{until} at a learning rate of {lr:g} (paper: 60 at 0.001)"
        yield _Condition("ec", label, f"{epochs}-{lr:g}{f'-stop-{stop}' if stop else ''}", own)


def _tables(
    section: str, condition: _Condition, runs: Sequence[RunSummary], selection: str, where: str
) -> Iterator[Table]:
    main = selection == values.MAIN_SELECTION
    name = f"{section}-{condition.tag}"
    rows = tuple(values.table_rows(runs, selection, condition.printed))
    caption = f"{where}: our test accuracy, and the paper's in brackets"
    yield Table(f"{name}-{selection}", caption, values.HEADER, rows)
    differences = tuple(values.difference_rows(runs, selection, condition.printed))
    if main and differences:
        caption = f"{where}: difference in points, and the paper's in brackets"
        yield Table(f"{name}-difference", caption, values.DIFFERENCE_HEADER, differences)


def _setting_tables(section: str, runs: Sequence[RunSummary], kind: str) -> Iterator[Table]:
    own = [
        run
        for run in runs
        if run.has_epochs_of("ec") and math.isfinite(getattr(run, values.MAIN_SELECTION))
    ]
    cells = tuple(values.differing_cells(own, values.MAIN_SELECTION, "ec"))
    if cells and any(run.settings for run in own):
        caption = "Cells that differ from the paper, and settings that the paper does not print"
        yield Table(
            f"{section}-differing", f"{caption}{kind}", values.DIFFERING_HEADER, cells, (0, 1, 4, 5)
        )
    for setting, head, rows in values.setting_tables(own, values.MAIN_SELECTION, "ec"):
        caption = f"Test accuracy with other values of {setting}, and the paper's"
        name = f"{section}-{setting.replace(', ', '-').replace('_', '-')}"
        yield Table(name, f"{caption}{kind}", head, rows, (0, 1))


def _findings(
    runs: Sequence[RunSummary], selection: str, condition: str, where: str
) -> Iterator[str]:
    for claim in evaluate_claims(runs, selection, condition):
        yield _claim_sentence(claim, where[0].lower() + where[1:])


def _claims(runs: Sequence[RunSummary], kind: str) -> Iterator[ResultClaim]:
    """The claims of both conditions, at the last epoch."""
    known = [run for run in runs if math.isfinite(getattr(run, values.MAIN_SELECTION))]
    for condition, ending in (("ec", ""), ("fc", ", fine-tuned")):
        own = [run for run in known if run.matches_condition(condition)]
        for claim in evaluate_claims(own, values.MAIN_SELECTION, condition):
            text, printed = f"{claim.claim}{ending}{kind}", format_number(claim.printed, "+")
            yield ResultClaim("Table III", text, printed, claim.difference, claim.criterion)


def _claim_sentence(claim: Claim, where: str) -> str:
    size = f"{format_difference(claim.difference)} points"
    if len(claim.differences) > 1:
        against = f"against {CELL_NAMES[claim.deciding]}, which supports it least"
    else:
        against = f"over at least {count(claim.difference.n, 'seed')}"
    return (
        f"“{claim.claim}” ({where}): the difference is {size} {against} (paper: "
        f"{format_number(claim.printed, '+')}); {claim.verdict.name}: {claim.verdict.reason}."
    )


def _no_claims_sentence(runs: Sequence[RunSummary]) -> str:
    if not runs:
        return "No runs on bAbI were given."
    tasks = len({run.task for run in runs})
    return (
        f"{tasks} of {len(TASK_NAMES)} tasks were run.  The paper's claims need the mean over all "
        "tasks, or a task that it names (QA8, QA11, QA12, QA14) with all baselines."
    )


def _aborted_notes(runs: Sequence[RunSummary]) -> Iterator[str]:
    for (_, reason), own in _aborted_runs(runs):
        texts = (
            f"QA{run.task} {CELL_NAMES[run.cell]} seed {run.seed} "
            f"after epoch {run.epochs_done} of {run.epochs}"
            for run in own
        )
        yield f"Ended early {reason}: {'; '.join(texts)}."


def _aborted_runs(
    runs: Sequence[RunSummary],
) -> Iterator[tuple[tuple[str, str], list[RunSummary]]]:
    """Runs that ended before their last epoch, with heading and reason of their cause."""
    for cause, texts in ABORTED.items():
        own = [run for run in runs if run.is_aborted and run.cause == cause]
        if own:
            yield texts, own


def render_markdown(runs: Sequence[RunSummary], condition: str = "ec") -> str:
    """Format the runs of a condition with the numbers of Table III, other settings at the end."""
    table = [run for run in runs if not run.settings]
    parts: list[Iterable[str]] = [
        _page_table(table, selection, condition) for selection in EPOCH_SELECTIONS
    ]
    parts += [_best_fit(table, condition), _aborted(table)] if table else []
    parts += [_page_differences(runs, condition), _page_settings(runs, condition)]
    return "\n\n".join(chain.from_iterable(parts))


def _page_table(runs: Sequence[RunSummary], selection: str, condition: str) -> Iterator[str]:
    if not runs:
        return
    yield f"## At {EPOCH_SELECTIONS[selection]}"
    yield markdown_table(values.HEADER, values.table_rows(runs, selection, condition))
    claims = [claim.as_row() for claim in evaluate_claims(runs, selection, condition)]
    if claims and selection != "best_test":
        yield markdown_table(("claim", "paper", "ours", "verdict"), claims, str.ljust)
    by_task = values.difference_rows(runs, selection, condition)
    if selection == values.MAIN_SELECTION and by_task:
        yield "LIAF minus each other cell in points, task by task:"
        yield markdown_table(values.DIFFERENCE_HEADER, by_task)


def _aborted(runs: Sequence[RunSummary]) -> Iterator[str]:
    for (heading, reason), own in _aborted_runs(runs):
        yield f"## {heading}"
        yield f"Ended early {reason}.  The epochs before that count:"
        ends: dict[str, list[str]] = {}
        for run in own:
            where = f"QA{run.task}, {CELL_NAMES[run.cell]}, of {run.epochs} epochs"
            ends.setdefault(where, []).append(f"{run.epochs_done} (seed {run.seed})")
        yield "\n".join(f"- {where}: {', '.join(done)}" for where, done in ends.items())


def _page_differences(runs: Sequence[RunSummary], condition: str) -> Iterator[str]:
    rows = values.differing_cells(runs, values.MAIN_SELECTION, condition)
    if rows:
        yield "## Cells that differ from the paper"
        yield (
            "The printed accuracy is outside the interval of ours and 3 points or more away.  A "
            "setting explains it if it brings the mean within 3 points:"
        )
        yield markdown_table(values.DIFFERING_HEADER, rows, str.ljust)


def _page_settings(runs: Sequence[RunSummary], condition: str) -> Iterator[str]:
    ended = {table.setting: table for table in values.aborted_tables(runs)}
    for table in values.setting_tables(runs, values.MAIN_SELECTION, condition):
        yield f"## Other values of {table.setting}"
        yield f"At {EPOCH_SELECTIONS[values.MAIN_SELECTION]}:"
        yield markdown_table(table.head, table.rows)
        if table.setting in ended:
            yield "Runs that ended early, and the epochs that they completed:"
            yield markdown_table(ended[table.setting].head, ended[table.setting].rows)


def _best_fit(runs: Sequence[RunSummary], condition: str) -> Iterable[str]:
    """Distance of each printed row from ours, for each epoch selection."""
    means = {selection: values.mean_accuracies(runs, selection) for selection in EPOCH_SELECTIONS}
    rows = []
    for cell in (cell for cell in values.CELLS if any(run.cell == cell for run in runs)):
        distances = []
        for selection in EPOCH_SELECTIONS:
            gaps = [
                abs(100 * mean.value - paper.table03_accuracy(task, cell, condition))
                for (task, other), mean in means[selection].items()
                if other == cell
            ]
            distances.append(f"{sum(gaps) / len(gaps):.1f}")
        rows.append((CELL_NAMES[cell], *distances))
    table = markdown_table(FIT_HEADER, rows)
    text = "Mean absolute difference from the printed row, in points:"
    return ["## Which epoch the printed rows fit", text, table]
