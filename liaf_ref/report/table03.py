"""Table III over seeds: a section of the report, and a page of tables under headings."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby, product
from operator import attrgetter, itemgetter

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.babi.reader import TASK_NAMES
from liaf_ref.experiments import paper
from liaf_ref.experiments.babi import CONDITIONS, UNPRINTED_SETTINGS
from liaf_ref.report.babi_runs import (
    EARLY_STOPPED,
    EPOCH_SELECTIONS,
    OVERFLOWED,
    TABLE_III_CELLS,
    UNKNOWN,
    BabiRun,
    RunSummary,
    group_babi_runs,
    missing_babi_runs,
)
from liaf_ref.report.content import (
    NOTHING,
    TEXTS,
    Claim,
    Section,
    Table,
    format_mean,
    format_number,
    format_percent,
    markdown_table,
)
from liaf_ref.report.statistics import (
    HIGHER,
    LOWER,
    SIMILAR,
    MeanCI,
    mean_ci,
    mean_of_means,
    paired_difference,
    welch_difference,
)

MAIN_SELECTION = "final"  # the paper names 60 epochs and no choice among them
MAIN_HEADING = f"At {EPOCH_SELECTIONS[MAIN_SELECTION]}"
RECURRENT_CELLS = ("rnn", "lstm", "gru")
BASELINES = (*RECURRENT_CELLS, "lif")
ALL_TASKS = tuple(TASK_NAMES)
MEAN_LABEL = "mean of 20"
LARGEST_EXPLAINED = 3.0  # points from the printed accuracy, within which a setting explains it
REASONS = {OVERFLOWED: "overflow", EARLY_STOPPED: "early stopping", UNKNOWN: "not recorded"}
# What the paper says of LIAF and another cell, averaged over all tasks, and the printed difference.
AVERAGES = {
    "ec": {
        "lif": ("beats", 3.9),
        "rnn": ("trails", -0.5),
        "lstm": ("trails", -3.3),
        "gru": ("trails", -3.3),
    },
    "fc": {
        "lif": ("beats", 4.6),
        "lstm": ("is similar to", 0.8),
        "gru": ("is similar to", 0.8),
    },
}
# What it says of LIAF and LIF on single tasks, against each of several cells (ec).
TASK_CLAIMS = {
    "wins": ((11, 12), RECURRENT_CELLS),
    "loses": ((8, 14), RECURRENT_CELLS[1:]),
}
CRITERIA = {
    "beats": HIGHER,
    "trails": LOWER,
    "is similar to": SIMILAR,
    "wins": HIGHER,
    "loses": LOWER,
}
Runs = Sequence[RunSummary]
Samples = Mapping[tuple[int, str], Sequence[float]]  # accuracies of all seeds, by task and cell
Parts = Iterator[tuple[str, Table]]  # tables, each with the heading above it


def sample_accuracies(runs: Runs, selection: str) -> Samples:
    """The accuracies of all seeds, for each task and cell."""
    values: dict[tuple[int, str], list[float]] = {}
    for run in sorted(runs, key=RunSummary.sort_key):
        values.setdefault((run.task, run.cell), []).append(getattr(run, selection))
    return values


def mean_accuracies(runs: Runs, selection: str) -> dict[tuple[int, str], MeanCI]:
    """Average each cell's accuracy on each task over the seeds."""
    return {key: mean_ci(values) for key, values in sample_accuracies(runs, selection).items()}


def mean_over_tasks(samples: Samples, cell: str, tasks: Sequence[int] = ALL_TASKS) -> MeanCI | None:
    """The accuracy of a cell in percent, averaged over tasks; None if one is missing."""
    own = [samples[task, cell] for task in tasks if (task, cell) in samples]
    return mean_of_means(own).in_percent() if len(own) == len(tasks) else None


def liaf_minus(samples: Samples, baseline: str, tasks: Sequence[int] = ALL_TASKS) -> MeanCI | None:
    """LIAF minus a baseline in points, combined task by task; None if a task is missing."""
    keys = [((task, "liaf"), (task, baseline)) for task in tasks]
    known = [(samples[a], samples[b]) for a, b in keys if a in samples and b in samples]
    return welch_difference(known).in_percent() if len(known) == len(tasks) else None


def printed_mean(cell: str, condition: str, tasks: Sequence[int] = ALL_TASKS) -> float:
    """The paper's accuracy in percent, averaged over tasks."""
    return sum(paper.table03_accuracy(task, cell, condition) for task in tasks) / len(tasks)


def evaluate_claims(runs: Runs, selection: str, condition: str) -> list[Claim]:
    """Evaluate the claims of a condition, Section VI-A, for which there are enough runs."""
    samples, found = sample_accuracies(runs, selection), []
    for baseline, (verb, printed) in AVERAGES[condition].items():
        difference = liaf_minus(samples, baseline)
        if difference is not None:
            text = f"LIAF {verb} {CELL_NAMES[baseline]} on average over all tasks"
            found.append(_claim(text, verb, printed, {baseline: difference}))
    for verb, (tasks, baselines) in TASK_CLAIMS.items() if condition == "ec" else ():
        for task, cell in product(tasks, ("liaf", "lif")):
            differences = _task_differences(runs, selection, task, cell, baselines)
            if len(differences) == len(baselines):
                printed = _smallest_lead(verb, task, cell, baselines)
                names = ", ".join(CELL_NAMES[name] for name in baselines)
                text = f"{CELL_NAMES[cell]} {verb} on QA{task}, against each of {names}"
                found.append(_claim(text, verb, printed, differences))
    return found


def _task_differences(
    runs: Runs, selection: str, task: int, cell: str, baselines: Sequence[str]
) -> dict[str, MeanCI]:
    """A cell minus each of the others on a task, paired by seed."""
    # The claim needs all comparisons: the intersection-union test of Berger (1982).
    by_seed: dict[str, dict[int, float]] = {}
    for run in (run for run in runs if run.task == task):
        by_seed.setdefault(run.cell, {})[run.seed] = getattr(run, selection)
    ours = by_seed.get(cell, {})
    pairs = ((name, paired_difference(ours, by_seed.get(name, {}))) for name in baselines)
    return {name: found.in_percent() for name, found in pairs if found is not None}


def _smallest_lead(verb: str, task: int, cell: str, baselines: Sequence[str]) -> float:
    """The printed difference that supports a claim least."""
    ours = paper.table03_accuracy(task, cell)
    leads = [ours - paper.table03_accuracy(task, name) for name in baselines]
    return min(leads, key=lambda lead: CRITERIA[verb].sign * lead)


def _claim(text: str, verb: str, printed: float, differences: Mapping[str, MeanCI]) -> Claim:
    return Claim("Table III", text, format_number(printed, "+"), differences, CRITERIA[verb])


def table03(section: Section, babi: Sequence[BabiRun]) -> Section:
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
        for label, tag, condition, own in _conditions(table):
            place, parts = f"{label}{kind}", condition_parts(own, condition)
            tables += _with_headings(parts, f"{name}-{tag}", place)
            made = evaluate_claims(_known(own, MAIN_SELECTION), MAIN_SELECTION, condition)
            verdicts += (f"{place}, {MAIN_HEADING.lower()}: {one.as_sentence()}" for one in made)
            ending = ", fine-tuned" if tag == "fc" else ""
            if tag in CONDITIONS:
                claims += (one._replace(text=f"{one.text}{ending}{kind}") for one in made)
        changed = [run for run in runs if run.has_epochs_of("ec")]
        parts = chain(setting_parts(changed, "ec"), aborted_parts(table))
        tables += _with_headings(parts, name, kind.removeprefix(", "))
    texts = dict.fromkeys(run.label for run in babi if run.text)
    source = f"Text: {'; '.join(texts)}." if texts else TEXTS["unrecorded_text"]
    return section._replace(
        verdict=verdicts[0] if verdicts else _no_claims_sentence(babi),
        tables=tuple(tables),
        notes=(source, *TEXTS["babi"]) if babi else (),
        sources=tuple(dict.fromkeys(run.source for run in babi)),
        missing=tuple(missing_babi_runs([run.summary for run in babi if run.is_published])),
        claims=tuple(claims),
    )


def _conditions(runs: Runs) -> Iterator[tuple[str, str, str, Runs]]:
    """Split runs by learning rate and epochs: label, tag, condition of the paper, and the runs."""
    ec, fc = ([run for run in runs if run.matches_condition(name)] for name in CONDITIONS)
    if ec:
        yield "Equivalent condition", "ec", "ec", ec
    if any(run not in ec for run in fc):
        yield "Fine-tuned", "fc", "fc", fc
    rest = [run for run in runs if not any(map(run.matches_condition, CONDITIONS))]
    setting = attrgetter("lr", "epochs", "stop_after")
    for (lr, epochs, stop), own in groupby(sorted(rest, key=setting), key=setting):
        until = f" or {stop} without a lower validation loss" if stop else ""
        label = f"{epochs} epochs{until} at a learning rate of {lr:g} (paper: 60 at 0.001)"
        yield label, f"{epochs}-{lr:g}{f'-stop-{stop}' if stop else ''}", "ec", [*own]


def _with_headings(parts: Parts, name: str, label: str) -> Iterator[Table]:
    """The tables of a section, whose captions say under which heading they would be."""
    for heading, table in parts:
        place = ". ".join(filter(None, (label, heading)))
        yield table._replace(name=f"{name}-{table.name}", caption=f"{place}: {table.caption}")


def _no_claims_sentence(runs: Sequence[BabiRun]) -> str:
    tasks = {run.summary.task for run in runs if not run.summary.settings}
    if not tasks:
        return "No runs on bAbI were given."
    return f"{len(tasks)} of {len(TASK_NAMES)} tasks were run.  {TEXTS['no_babi_claims']}"


def render_markdown(runs: Runs, condition: str = "ec") -> str:
    """Format the runs of a condition with the numbers of Table III, other settings at the end."""
    table = [run for run in runs if not run.settings]
    parts = chain(
        condition_parts(table, condition), setting_parts(runs, condition), aborted_parts(runs)
    )
    lines = []
    for heading, tables in groupby(parts, key=itemgetter(0)):
        lines.append(f"## {heading}")
        for _, own in tables:
            lines.append(f"{own.caption[0].upper()}{own.caption[1:]}:")
            lines.append(markdown_table(own.head, own.rows))
    return "\n\n".join(lines)


def _known(runs: Runs, selection: str) -> list[RunSummary]:
    return [run for run in runs if math.isfinite(getattr(run, selection))]


def condition_parts(runs: Runs, condition: str) -> Parts:
    """Runs with the settings of the table, at each epoch selection."""
    for selection, epoch in EPOCH_SELECTIONS.items():
        if known := _known(runs, selection):
            for table in selection_tables(known, selection, condition):
                yield f"At {epoch}", table
    if runs:
        yield "Which epoch the printed rows fit", fit_table(runs, condition)


def selection_tables(runs: Runs, selection: str, condition: str) -> Iterator[Table]:
    """Accuracies at an epoch selection, claims about them, and differences at the main one."""
    samples = sample_accuracies(runs, selection)

    def accuracies(tasks: Sequence[int]) -> Iterator[str]:  # as in ``52.6 ± 2.0 (51.8)``
        for cell in TABLE_III_CELLS:
            printed = format_number(printed_mean(cell, condition, tasks))
            yield f"{format_mean(mean_over_tasks(samples, cell, tasks))} ({printed})"

    def differences(tasks: Sequence[int]) -> Iterator[str]:  # as in ``+1.2 ± 0.3 (+0.8)``
        liaf = printed_mean("liaf", condition, tasks)
        for cell in BASELINES:
            printed = format_number(liaf - printed_mean(cell, condition, tasks), "+")
            yield f"{format_mean(liaf_minus(samples, cell, tasks), '+')} ({printed})"

    majority = {run.task: run.majority for run in runs[::-1] if not math.isnan(run.majority)}
    rows = [
        (task_label(task), format_percent(majority.get(task, math.nan)), *accuracies([task]))
        for task in sorted({run.task for run in runs})
    ]
    rows.append((MEAN_LABEL, "", *accuracies(ALL_TASKS)))
    head = ("task", "majority", *(f"{CELL_NAMES[cell]} (paper)" for cell in TABLE_III_CELLS))
    caption = "our test accuracy, and the paper's in brackets"
    yield Table(selection, caption, head, tuple(rows))
    claims = evaluate_claims(runs, selection, condition)
    if claims and selection != "best_test":
        lines = ((one.text, one.printed, one.measured, one.verdict.name) for one in claims)
        caption, head = (
            "the paper's claims, differences in points",
            ("claim", "paper", "ours", "verdict"),
        )
        yield Table(f"claims-{selection}", caption, head, tuple(lines), (0, 2, 3))
    both = [t for t in ALL_TASKS if any({(t, "liaf"), (t, b)} <= samples.keys() for b in BASELINES)]
    if both and selection == MAIN_SELECTION:
        rows = [(f"QA{task}", *differences([task])) for task in both]
        rows.append((MEAN_LABEL, *differences(ALL_TASKS)))
        head = ("task", *(f"LIAF − {CELL_NAMES[name]} (paper)" for name in BASELINES))
        caption = "difference in points, and the paper's in brackets"
        yield Table("difference", caption, head, tuple(rows))


def task_label(task: int) -> str:
    """Format as ``QA1 single-supporting-fact``."""
    return f"QA{task} {TASK_NAMES[task]}"


def fit_table(runs: Runs, condition: str) -> Table:
    """Distance of each printed row from ours, for each epoch selection."""
    means = [mean_accuracies(runs, selection) for selection in EPOCH_SELECTIONS]
    rows = []
    for cell in (cell for cell in TABLE_III_CELLS if any(run.cell == cell for run in runs)):
        distances = []
        for found in means:
            gaps = [
                abs(100 * mean.value - paper.table03_accuracy(task, cell, condition))
                for (task, other), mean in found.items()
                if other == cell
            ]
            gap = sum(gaps) / len(gaps)
            distances.append(NOTHING if math.isnan(gap) else f"{gap:.1f}")
        rows.append((CELL_NAMES[cell], *distances))
    caption = "mean absolute difference from the printed row, in points"
    head = ("cell", "last epoch", "best on validation", "best on test")
    return Table("fit", caption, head, tuple(rows))


def setting_parts(runs: Runs, condition: str) -> Parts:
    """Cells that differ from the paper, and each setting that was changed."""
    runs = _known(runs, MAIN_SELECTION)
    if rows := differing_cells(runs, MAIN_SELECTION, condition):
        caption = (
            "the printed accuracy is outside the interval of ours and 3 points or more away; a "
            "setting explains it if it brings the mean within 3 points"
        )
        head = ("cell", "task", "ours", "paper", "explained by", "tried")
        table = Table("differing", caption, head, tuple(rows), (0, 1, 4, 5))
        yield "Cells that differ from the paper", table
    table_runs = [run for run in runs if not run.settings]
    changed: dict[str, dict[str, list[RunSummary]]] = {}
    for run in sorted((run for run in runs if run.settings), key=_values):
        settings = run.settings_by_name()
        by_value = changed.setdefault(", ".join(settings), {})
        by_value.setdefault(", ".join(settings.values()), []).append(run)
    for setting, by_value in sorted(changed.items()):
        defaults = (UNPRINTED_SETTINGS[name] for name in setting.split(", "))
        default = ", ".join("none" if value is None else str(value) for value in defaults)
        columns = {f"{default} (table)": table_runs} | by_value
        yield f"Other values of {setting}", _setting_table(setting, columns, condition)


def _values(run: RunSummary) -> list[tuple[float, str]]:
    """A key that sorts numbers by value, and names after them."""
    return [(_number(text), text) for text in run.settings_by_name().values()]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.inf


def _setting_table(setting: str, by_value: Mapping[str, Runs], condition: str) -> Table:
    """Accuracies for the values of a setting, those of the table first."""
    columns = [sample_accuracies(own, MAIN_SELECTION) for own in by_value.values()]
    rows = []
    for cell in TABLE_III_CELLS:
        tasks = [task for task in ALL_TASKS if any((task, cell) in c for c in columns[1:])]
        lines: list[tuple[str, Sequence[int]]] = [(task_label(task), [task]) for task in tasks]
        if len(tasks) == len(ALL_TASKS):
            lines.append((MEAN_LABEL, tasks))
        for label, own in lines:
            ours = (format_mean(mean_over_tasks(column, cell, own)) for column in columns)
            printed = format_number(printed_mean(cell, condition, own))
            rows.append((CELL_NAMES[cell], label, *ours, printed))
    caption = f"{MAIN_HEADING.lower()}, and the paper's accuracy"
    name = setting.replace(", ", "-").replace("_", "-")
    return Table(name, caption, ("cell", "task", *by_value, "paper"), tuple(rows), (0, 1))


def differing_cells(runs: Runs, selection: str, condition: str) -> list[tuple[str, ...]]:
    """Rows of cells whose printed number is outside our interval and 3 points or more away."""
    settings = dict.fromkeys(["", *(run.settings for run in runs)])
    table, *others = (
        (name, mean_accuracies([run for run in runs if run.settings == name], selection))
        for name in settings
    )
    rows: list[tuple[str, ...]] = []
    for cell, task in product(TABLE_III_CELLS, ALL_TASKS):
        ours, printed = table[1].get((task, cell)), paper.table03_accuracy(task, cell, condition)
        if ours is None or ours.n == 1:
            continue
        if abs(100 * ours.value - printed) < max(100 * ours.half_width, LARGEST_EXPLAINED):
            continue
        tried = {name: 100 * own[task, cell].value for name, own in others if (task, cell) in own}
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


def aborted_parts(runs: Runs) -> Parts:
    """How many runs ended early, and after how many epochs."""
    alike: dict[tuple[str, ...], list[RunSummary]] = {}
    for run in sorted(runs, key=RunSummary.sort_key):
        where = f"QA{run.task}", CELL_NAMES[run.cell], run.settings or NOTHING, str(run.epochs)
        alike.setdefault(where, []).append(run)
    rows = []
    for key, own in alike.items():
        if ended := [run for run in own if run.is_aborted]:
            epochs = ", ".join(map(str, sorted(run.epochs_done for run in ended)))
            reasons = "; ".join(dict.fromkeys(REASONS[run.cause] for run in ended))
            rows.append((*key, f"{len(ended)} of {len(own)}", epochs, reasons))
    if rows:
        head = ("task", "cell", "settings", "epochs", "ended early", "after epoch", "cause")
        table = Table("aborted", "the epochs before that count", head, tuple(rows), (0, 1, 2, 6))
        yield "Runs that ended early", table
