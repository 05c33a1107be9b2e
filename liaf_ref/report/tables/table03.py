"""Table III: accuracy of the temporal layers on the twenty tasks of bAbI."""

import math
from collections.abc import Iterator, Sequence
from operator import attrgetter

from liaf_ref.data.babi.tasks import TASK_NAMES
from liaf_ref.experiments.babi import CONDITIONS
from liaf_ref.experiments.babi.conditions import FINE_TUNED_EPOCHS
from liaf_ref.report.babi import EPOCH_SELECTIONS, ClaimVerdict, RunSummary, evaluate_claims
from liaf_ref.report.babi.aborted import aborted_runs
from liaf_ref.report.babi.claims import ALL_EQUAL
from liaf_ref.report.babi.markdown_page import CELLS, HEADER, table_rows
from liaf_ref.report.babi.means import task_averages
from liaf_ref.report.comparison import format_difference
from liaf_ref.report.confidence_interval import mean_ci
from liaf_ref.report.content import MissingRuns, Section, Table
from liaf_ref.report.palette import CELL_NAMES
from liaf_ref.report.run_collection import BabiRun

MAIN_SELECTION = "selected"
_training_setting = attrgetter("lr", "epochs", "stop_after")
DATA_OPTION = "--data tasks_1-20_v1-2"
SWEEP_SPEC = "docs/sweeps/table03-ec.toml"
CONCLUSIONS = {
    "yes": "the interval excludes 0 and supports the claim",
    "no": "the interval excludes 0 and contradicts the claim",
    "open": "the interval contains 0: no significant difference",
}


def table03(babi: Sequence[BabiRun], data_descriptions: Sequence[str]) -> Section:
    """Average runs over their seeds and hold them to what Section VI-A concludes."""
    ends = [found.summary for found in babi]
    tables: list[Table] = []
    findings: list[str] = []
    for name, label, tag, own in _runs_by_condition(ends):
        for reading in sorted(EPOCH_SELECTIONS, key=lambda r: r != MAIN_SELECTION):
            known = [end for end in own if math.isfinite(getattr(end, reading))]
            if known:
                tables += _tables(known, reading, name, label, tag)
                if reading != "best_test":
                    where = f"{label}, at {EPOCH_SELECTIONS[reading]}"
                    for v in _claims_of_condition(known, reading, name):
                        findings.append(_claim_sentence(v, where, _common_seeds(known, reading, v)))
    left = "; the text of a table of runs is not recorded" if not data_descriptions and ends else ""
    notes = [f"Text: {'; '.join(data_descriptions)}."] if data_descriptions else []
    notes += [f"Accuracies on the test questions in percent{left}."] if ends else []
    notes += _aborted_notes(ends)
    return Section(
        "table03",
        "Table III",
        "Temporal layers on the tasks of bAbI",
        findings[0] if findings else _no_claims_sentence(ends),
        tuple(findings[1:]),
        tuple(tables),
        notes=tuple(notes),
        sources=tuple(dict.fromkeys(found.source for found in babi)),
        missing=tuple(_missing(ends)),
    )


def _runs_by_condition(
    runs: Sequence[RunSummary],
) -> Iterator[tuple[str, str, str, list[RunSummary]]]:
    """Runs under the paper's two conditions, then under any other rate and number of epochs."""
    under = {name: [end for end in runs if end.matches_condition(name)] for name in CONDITIONS}
    if under["ec"]:
        yield "ec", "Equivalent condition", "ec", under["ec"]
    if any(end not in under["ec"] for end in under["fc"]):
        yield "fc", "Finetuned", "fc", under["fc"]
    rest = [end for end in runs if end not in under["ec"] + under["fc"]]
    for lr, epochs, stop in sorted({_training_setting(end) for end in rest}):
        own = [end for end in rest if _training_setting(end) == (lr, epochs, stop)]
        until = f" or {stop} without a lower validation loss" if stop else ""
        label = f"{epochs} epochs{until} at a rate of {lr:g} (the paper: 60 at 0.001)"
        yield "ec", label, f"{epochs}-{lr:g}{f'-stop-{stop}' if stop else ''}", own


def _tables(
    runs: Sequence[RunSummary], selection: str, name: str, label: str, tag: str
) -> Iterator[Table]:
    first = selection == MAIN_SELECTION
    tag = f"table03-{tag}"
    caption = f"{label}, at {EPOCH_SELECTIONS[selection]}: ours, and printed in brackets"
    body = tuple(table_rows(runs, selection, name))
    yield Table(f"{tag}-{selection}", caption, HEADER, body, collapsed=not first)
    gaps = tuple(_difference_rows(runs, selection))
    if first and gaps:
        text = f"{label}, at {EPOCH_SELECTIONS[selection]}: LIAF − LIF, paired by seed, in points"
        head = ("task", "seeds", "LIAF − LIF")
        yield Table(f"{tag}-difference", text, head, gaps, collapsed=True)


def _difference_rows(runs: Sequence[RunSummary], selection: str) -> Iterator[tuple[str, ...]]:
    score = {(e.task, e.cell, e.seed): 100 * getattr(e, selection) for e in runs}
    for task in sorted({end.task for end in runs}):
        found = [
            value - score[task, "lif", seed]
            for (number, cell, seed), value in score.items()
            if (number, cell) == (task, "liaf") and (task, "lif", seed) in score
        ]
        if found:
            gap = mean_ci(found)
            yield f"QA{task} {TASK_NAMES[task]}", str(gap.n), format_difference(gap)


def _claims_of_condition(
    runs: Sequence[RunSummary], selection: str, name: str
) -> list[ClaimVerdict]:
    """Claims of a condition; QA11 and QA12 are not finetuned, and are judged once."""
    found = evaluate_claims(runs, selection, name)
    return found if name == "ec" else [v for v in found if "on average" in v.claim]


def _common_seeds(runs: Sequence[RunSummary], selection: str, verdict: ClaimVerdict) -> str:
    """The seeds that a claim on average is judged by."""
    if "on average" not in verdict.claim:
        return ""
    cells = (word.lower() for word in verdict.claim.split() if word.lower() in CELLS)
    a, b = (task_averages(runs, selection, cell).keys() for cell in cells)
    count = len(a & b)
    return f" over {count} seed{'' if count == 1 else 's'}"


def _claim_sentence(verdict: ClaimVerdict, where: str, seeds_text: str) -> str:
    ours, printed = (text.replace("-", "−") for text in (verdict.measured, verdict.printed))
    message = CONCLUSIONS[verdict.supported]
    if ALL_EQUAL in ours:
        message = "all differences are equal, so nothing is decided"
    elif "±" not in ours:
        message = "one seed has no interval, so nothing is decided"
    ours = ours.replace(ALL_EQUAL, "")
    return (
        f"{verdict.claim}: {ours} points{seeds_text}, in the paper {printed}; {message}. ({where}.)"
    )


def _no_claims_sentence(runs: Sequence[RunSummary]) -> str:
    if not runs:
        return "No runs on bAbI were given."
    tasks = len({end.task for end in runs})
    return (
        f"{tasks} of {len(TASK_NAMES)} tasks were run, and what the paper concludes is of the "
        "mean over all, or of QA11 and QA12 with all rivals."
    )


def _aborted_notes(runs: Sequence[RunSummary]) -> list[str]:
    return [
        f"Broken off, {group.reason}: {'; '.join(map(_describe_aborted, group.runs))}."
        for group in aborted_runs(runs)
    ]


def _describe_aborted(run: RunSummary) -> str:
    name = f"QA{run.task} {CELL_NAMES[run.cell]} seed {run.seed}"
    return f"{name} after epoch {run.epochs_done} of {run.epochs}"


def _missing(runs: Sequence[RunSummary]) -> Iterator[MissingRuns]:
    """What no run under the paper's conditions was given for, and finetuned ones."""
    runs = [end for end in runs if any(end.matches_condition(name) for name in CONDITIONS)]
    if not runs:
        what = "all tasks, five layers, three seeds"
        yield MissingRuns(what, f"liaf-ref sweep {SWEEP_SPEC} {DATA_OPTION} --jobs 2 --out ec")
        return
    for cell in CELLS:
        own = [end for end in runs if end.cell == cell]
        absent = sorted(TASK_NAMES.keys() - {end.task for end in own})
        if absent:
            command = _command(absent, cell, _first_seed(own or runs))
            yield MissingRuns(f"{CELL_NAMES[cell]}: {_format_tasks(absent)}", command)
    yield from _missing_finetuned(runs)
    for cell in CELLS:
        seeds = {end.seed for end in runs if end.cell == cell}
        if len(seeds) == 1:
            command = _command(sorted(TASK_NAMES), cell, 1 + max(seeds))
            yield MissingRuns(f"{CELL_NAMES[cell]}: a second seed, for an interval", command)


def _missing_finetuned(runs: Sequence[RunSummary]) -> Iterator[MissingRuns]:
    """Finetuned runs that are not there, of each seed that has others, or of the first."""
    for cell, tasks in FINE_TUNED_EPOCHS.items():
        own = [end for end in runs if end.cell == cell]
        have = {(e.task, e.seed) for e in own if e.task in tasks and e.matches_condition("fc")}
        for seed in sorted({seed for _, seed in have}) or [_first_seed(own or runs)]:
            absent = [task for task in tasks if (task, seed) not in have]
            if absent:
                what = f"{CELL_NAMES[cell]}, finetuned, seed {seed}: {_format_tasks(absent)}"
                yield MissingRuns(what, f"{_command(absent, cell, seed)} --condition fc")


def _first_seed(own: Sequence[RunSummary]) -> int:
    return min((end.seed for end in own), default=0)


def _command(tasks: Sequence[int], cell: str, seed: int) -> str:
    text = f"--tasks {','.join(_ranges(tasks))} --cells {cell} --seed {seed} --track-test"
    return f"liaf-ref run babi {DATA_OPTION} {text}"


def _format_tasks(tasks: Sequence[int]) -> str:
    if len(tasks) == len(TASK_NAMES):
        return "all tasks"
    return ", ".join(f"QA{part}" for part in _ranges(tasks))


def _ranges(tasks: Sequence[int]) -> list[str]:
    """As ``["2-10", "12"]``."""
    firsts = [task for task in tasks if task - 1 not in tasks]
    lasts = [task for task in tasks if task + 1 not in tasks]
    return [f"{a}" if a == b else f"{a}-{b}" for a, b in zip(firsts, lasts, strict=True)]
