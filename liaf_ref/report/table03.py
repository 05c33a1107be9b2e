"""Table III over seeds: a section of the report, and a page of tables under headings."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby, product
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.babi.reader import TASK_NAMES
from liaf_ref.experiments import paper
from liaf_ref.experiments.babi import CONDITIONS, UNPRINTED_SETTINGS
from liaf_ref.report import babi_runs, content, statistics
from liaf_ref.report.content import NOTHING, TEXTS, Claim, Section, Table, format_mean
from liaf_ref.report.statistics import HIGHER, LOWER, SIMILAR, MeanCI

MAIN_SELECTION = "final"  # the paper names 60 epochs and no choice among them
MAIN_HEADING = f"At {babi_runs.EPOCH_SELECTIONS[MAIN_SELECTION]}"
BASELINES = ("rnn", "lstm", "gru", "lif")
ALL_TASKS = tuple(TASK_NAMES)
MEAN_LABEL = "mean of 20"
LARGEST_EXPLAINED = 3.0  # points from the printed accuracy, within which a setting explains it
CRITERIA = {
    "beats": HIGHER,
    "trails": LOWER,
    "is similar to": SIMILAR,
    "wins": HIGHER,
    "loses": LOWER,
}
FACTS: dict[str, Any] = TEXTS["sections"]["table03"]
# What the paper says of LIAF and another cell, averaged over all tasks, and the printed difference.
AVERAGES: dict[str, dict[str, tuple[str, float]]] = FACTS["averages"]
# What it says of LIAF and LIF on single tasks, against each of several cells (ec).
TASK_CLAIMS: dict[str, tuple[list[int], list[str]]] = FACTS["tasks"]
Runs = Sequence[babi_runs.RunSummary]
Tasks = Sequence[int]
Parts = Iterator[tuple[str, Table]]  # tables, each with the heading above it


class Accuracies(NamedTuple):
    """Accuracies at an epoch selection, beside those printed for a condition of the paper."""

    condition: str
    samples: Mapping[tuple[int, str], Mapping[int, float]]  # of a task and cell, by seed

    @classmethod
    def of(cls, runs: Runs, selection: str, condition: str = "ec") -> "Accuracies":
        """Those that are known."""
        samples: dict[tuple[int, str], dict[int, float]] = {}
        for run in sorted(runs, key=babi_runs.RunSummary.sort_key):
            if (accuracy := getattr(run, selection)) is not None:
                samples.setdefault((run.task, run.cell), {})[run.seed] = accuracy
        return cls(condition, samples)

    def of_cell(self, cell: str, tasks: Tasks) -> list[list[float]]:
        """The accuracies of a cell on each task."""
        return [[*self.samples.get((task, cell), {}).values()] for task in tasks]

    def mean(self, cell: str, tasks: Tasks = ALL_TASKS) -> MeanCI | None:
        """The accuracy of a cell in percent, averaged over tasks; None if one is missing."""
        own = self.of_cell(cell, tasks)
        return statistics.mean_of_means(own).in_percent() if all(own) else None

    def difference(self, baseline: str, tasks: Tasks = ALL_TASKS) -> MeanCI | None:
        """LIAF minus a baseline in points, combined task by task; None if a task is missing."""
        pairs = list(zip(self.of_cell("liaf", tasks), self.of_cell(baseline, tasks), strict=True))
        return statistics.welch_difference(pairs).in_percent() if all(map(all, pairs)) else None

    def paired(self, task: int, cell: str, baselines: Sequence[str]) -> dict[str, MeanCI]:
        """A cell minus each of the others on a task, paired by seed."""
        ours, *others = (self.samples.get((task, name), {}) for name in (cell, *baselines))
        found = (statistics.paired_difference(ours, other) for other in others)
        pairs = zip(baselines, found, strict=True)
        return {name: mean.in_percent() for name, mean in pairs if mean is not None}

    def printed(self, cell: str, tasks: Tasks = ALL_TASKS) -> float:
        """The paper's accuracy in percent, averaged over tasks."""
        every = (paper.table03_accuracy(task, cell, self.condition) for task in tasks)
        return sum(every) / len(tasks)

    def claims(self) -> Iterator[Claim]:
        """The claims of Section VI-A for which there are enough runs."""
        for baseline, (verb, printed) in AVERAGES[self.condition].items():
            if difference := self.difference(baseline):
                text = f"LIAF {verb} {CELL_NAMES[baseline]} on average over all tasks"
                yield _claim(text, verb, printed, {baseline: difference})
        for verb, (tasks, baselines) in TASK_CLAIMS.items() if self.condition == "ec" else ():
            for task, cell in product(tasks, ("liaf", "lif")):
                # The claim needs all comparisons: the intersection-union test of Berger (1982).
                differences = self.paired(task, cell, baselines)
                if len(differences) == len(baselines):
                    names = ", ".join(CELL_NAMES[name] for name in baselines)
                    text = f"{CELL_NAMES[cell]} {verb} on QA{task}, against each of {names}"
                    leads = (
                        self.printed(cell, [task]) - self.printed(name, [task])
                        for name in baselines
                    )
                    least = min(leads, key=lambda lead: CRITERIA[verb].sign * lead)
                    yield _claim(text, verb, least, differences)

    def beside_printed(self, tasks: Tasks) -> Iterator[str]:
        """The mean of each cell, as in ``52.6 ± 2.0 (51.8)``."""
        for cell in babi_runs.TABLE_III_CELLS:
            printed = content.format_number(self.printed(cell, tasks))
            yield f"{format_mean(self.mean(cell, tasks))} ({printed})"

    def differences(self, tasks: Tasks) -> Iterator[str]:
        """LIAF minus each baseline, as in ``+1.2 ± 0.3 (+0.8)``."""
        for cell in BASELINES:
            printed = self.printed("liaf", tasks) - self.printed(cell, tasks)
            ours = format_mean(self.difference(cell, tasks), "+")
            yield f"{ours} ({content.format_number(printed, '+')})"


def _claim(text: str, verb: str, printed: float, differences: Mapping[str, MeanCI]) -> Claim:
    number = content.format_number(printed, "+")
    return Claim("Table III", text, number, differences, CRITERIA[verb])


def table03(section: Section, babi: Sequence[babi_runs.BabiRun]) -> Section:
    """Average runs over their seeds, and compare them with the claims of Section VI-A."""
    groups = babi_runs.group_babi_runs(babi)
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
            made = list(Accuracies.of(own, MAIN_SELECTION, condition).claims())
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
        missing=tuple(
            babi_runs.missing_babi_runs([run.summary for run in babi if run.is_published])
        ),
        claims=tuple(claims),
    )


def _conditions(runs: Runs) -> Iterator[tuple[str, str, str, Runs]]:
    """Split runs by learning rate and epochs: label, tag, condition of the paper, and the runs."""
    ec, fc = ([run for run in runs if run.matches_condition(name)] for name in CONDITIONS)
    if ec:
        yield "Equivalent condition", "ec", "ec", ec
    if any(run not in ec for run in fc):
        yield "Fine-tuned", "fc", "fc", fc
    rest = [run for run in runs if run not in ec and run not in fc]
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


def _no_claims_sentence(runs: Sequence[babi_runs.BabiRun]) -> str:
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
            lines.append(content.markdown_table(own.head, own.rows))
    return "\n\n".join(lines)


def condition_parts(runs: Runs, condition: str) -> Parts:
    """Runs with the settings of the table, at each epoch selection."""
    every = {name: Accuracies.of(runs, name, condition) for name in babi_runs.EPOCH_SELECTIONS}
    majority = {run.task: run.majority for run in runs[::-1] if run.majority is not None}
    for selection, found in every.items():
        for table in _selection_tables(selection, found, majority) if found.samples else ():
            yield f"At {babi_runs.EPOCH_SELECTIONS[selection]}", table
    if runs:
        yield "Which epoch the printed rows fit", _fit_table([*every.values()])


def _selection_tables(
    selection: str, found: Accuracies, majority: Mapping[int, float]
) -> Iterator[Table]:
    """Accuracies at an epoch selection, claims about them, and differences at the main one."""
    samples = found.samples
    rows: list[tuple[str, ...]] = [
        (
            task_label(task),
            content.format_percent(majority.get(task)),
            *found.beside_printed([task]),
        )
        for task in sorted({task for task, _ in samples})
    ]
    rows.append((MEAN_LABEL, "", *found.beside_printed(ALL_TASKS)))
    head = (
        "task",
        "majority",
        *(f"{CELL_NAMES[cell]} (paper)" for cell in babi_runs.TABLE_III_CELLS),
    )
    caption = "our test accuracy, and the paper's in brackets"
    yield Table(selection, caption, head, tuple(rows))
    lines = [(c.text, c.printed, c.measured, c.verdict.name) for c in found.claims()]
    if lines and selection != "best_test":
        caption = "the paper's claims, differences in points"
        head = ("claim", "paper", "ours", "verdict")
        yield Table(f"claims-{selection}", caption, head, tuple(lines), (0, 2, 3))
    both = [t for t in ALL_TASKS if any({(t, "liaf"), (t, b)} <= samples.keys() for b in BASELINES)]
    if both and selection == MAIN_SELECTION:
        rows = [(f"QA{task}", *found.differences([task])) for task in both]
        rows.append((MEAN_LABEL, *found.differences(ALL_TASKS)))
        head = ("task", *(f"LIAF − {CELL_NAMES[name]} (paper)" for name in BASELINES))
        caption = "difference in points, and the paper's in brackets"
        yield Table("difference", caption, head, tuple(rows))


def task_label(task: int) -> str:
    """Format as ``QA1 single-supporting-fact``."""
    return f"QA{task} {TASK_NAMES[task]}"


def _fit_table(every: Sequence[Accuracies]) -> Table:
    """Distance of each printed row from ours, for each epoch selection."""
    places = sorted({place for found in every for place in found.samples})
    rows = []
    for cell in babi_runs.TABLE_III_CELLS:
        if tasks := [task for task, other in places if other == cell]:
            gaps = (_gap(found, cell, tasks) for found in every)
            rows.append((CELL_NAMES[cell], *gaps))
    caption = "mean absolute difference from the printed row, in points"
    head = ("cell", "last epoch", "best on validation", "best on test")
    return Table("fit", caption, head, tuple(rows))


def _gap(found: Accuracies, cell: str, tasks: Tasks) -> str:
    means = [(task, found.mean(cell, [task])) for task in tasks]
    gaps = [abs(mean.value - found.printed(cell, [task])) for task, mean in means if mean]
    return f"{sum(gaps) / len(gaps):.1f}" if len(gaps) == len(tasks) else NOTHING


def setting_parts(runs: Runs, condition: str) -> Parts:
    """Cells that differ from the paper, and each setting that was changed."""
    by_settings: dict[str, list[babi_runs.RunSummary]] = {"": []}
    for run in runs:
        if getattr(run, MAIN_SELECTION) is not None:
            by_settings.setdefault(run.settings, []).append(run)
    found = {
        settings: Accuracies.of(own, MAIN_SELECTION, condition)
        for settings, own in by_settings.items()
    }
    if rows := _differing_cells(found):
        caption = (
            "the printed accuracy is outside the interval of ours and 3 points or more away; a "
            "setting explains it if it brings the mean within 3 points"
        )
        head = ("cell", "task", "ours", "paper", "explained by", "tried")
        table = Table("differing", caption, head, tuple(rows), (0, 1, 4, 5))
        yield "Cells that differ from the paper", table
    changed: dict[str, dict[str, Accuracies]] = {}
    for settings in sorted(filter(None, found), key=_in_order):
        values = by_settings[settings][0].settings_by_name()
        changed.setdefault(", ".join(values), {})[", ".join(values.values())] = found[settings]
    for setting, by_value in sorted(changed.items()):
        defaults = (UNPRINTED_SETTINGS[name] for name in setting.split(", "))
        default = ", ".join("none" if value is None else str(value) for value in defaults)
        columns = {f"{default} (table)": found[""]} | by_value
        yield f"Other values of {setting}", _setting_table(setting, columns)


def _in_order(settings: str) -> list[tuple[float, str]]:
    """A key that sorts numbers by value, and names after them."""
    values = (text.partition("=")[2] for text in settings.split())
    return [(float(v) if v[:1].isdigit() else math.inf, v) for v in values]


def _setting_table(setting: str, by_value: Mapping[str, Accuracies]) -> Table:
    """Accuracies for the values of a setting, those of the table first."""
    plain, *others = by_value.values()
    rows = []
    for cell in babi_runs.TABLE_III_CELLS:
        tasks = [task for task in ALL_TASKS if any((task, cell) in own.samples for own in others)]
        lines: list[tuple[str, Tasks]] = [(task_label(task), [task]) for task in tasks]
        if len(tasks) == len(ALL_TASKS):
            lines.append((MEAN_LABEL, tasks))
        for label, some in lines:
            ours = (format_mean(own.mean(cell, some)) for own in by_value.values())
            printed = content.format_number(plain.printed(cell, some))
            rows.append((CELL_NAMES[cell], label, *ours, printed))
    caption = f"{MAIN_HEADING.lower()}, and the paper's accuracy"
    name = setting.replace(", ", "-").replace("_", "-")
    return Table(name, caption, ("cell", "task", *by_value, "paper"), tuple(rows), (0, 1))


def _differing_cells(found: Mapping[str, Accuracies]) -> list[tuple[str, ...]]:
    """Rows of cells whose printed number is outside our interval and 3 points or more away."""
    table, rows = found[""], []
    for cell, task in product(babi_runs.TABLE_III_CELLS, ALL_TASKS):
        ours, printed = table.mean(cell, [task]), table.printed(cell, [task])
        if ours is None or ours.n == 1:
            continue
        if abs(ours.value - printed) < max(ours.half_width, LARGEST_EXPLAINED):
            continue
        means = ((name, own.mean(cell, [task])) for name, own in found.items() if name)
        tried = {name: mean.value for name, mean in means if mean}
        near = (
            f"{name} ({content.format_number(value)})"
            for name, value in tried.items()
            if abs(value - printed) <= LARGEST_EXPLAINED
        )
        names = dict.fromkeys(text.partition("=")[0] for name in tried for text in name.split())
        explained = (", ".join(texts) or NOTHING for texts in (near, names))
        ends = format_mean(ours), content.format_number(printed), *explained
        rows.append((CELL_NAMES[cell], f"QA{task}", *ends))
    return rows


def aborted_parts(runs: Runs) -> Parts:
    """How many runs ended early, and after how many epochs."""
    alike: dict[tuple[str, ...], list[babi_runs.RunSummary]] = {}
    for run in sorted(runs, key=babi_runs.RunSummary.sort_key):
        where = f"QA{run.task}", CELL_NAMES[run.cell], run.settings or NOTHING, str(run.epochs)
        alike.setdefault(where, []).append(run)
    rows = []
    for key, own in alike.items():
        if ended := [run for run in own if run.is_aborted]:
            epochs = ", ".join(map(str, sorted(run.epochs_done for run in ended)))
            causes = dict.fromkeys(run.cause for run in ended)
            reasons = "; ".join(babi_runs.CAUSES[cause] for cause in causes)
            rows.append((*key, f"{len(ended)} of {len(own)}", epochs, reasons))
    if rows:
        head = ("task", "cell", "settings", "epochs", "ended early", "after epoch", "cause")
        table = Table("aborted", "the epochs before that count", head, tuple(rows), (0, 1, 2, 6))
        yield "Runs that ended early", table
