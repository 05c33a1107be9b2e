"""Table III: accuracy of the temporal layers on the twenty tasks of bAbI."""

import math
from collections.abc import Iterator, Sequence
from operator import attrgetter

from liaf_ref.data.babi.tasks import TASK_NAMES
from liaf_ref.experiments.babi import CONDITIONS
from liaf_ref.experiments.babi.conditions import FINE_TUNED_EPOCHS
from liaf_ref.report.babi import READINGS, End, Verdict, verdicts
from liaf_ref.report.babi.broken import broken
from liaf_ref.report.babi.claims import EQUAL
from liaf_ref.report.babi.means import averages
from liaf_ref.report.babi.page import CELLS, HEAD, rows
from liaf_ref.report.interval import mean
from liaf_ref.report.palette import NAMES
from liaf_ref.report.paper.compare import signed
from liaf_ref.report.paper.content import Missing, Section, Table
from liaf_ref.report.paper.found import Babi

READ_FIRST = "chosen"
_SETTING = attrgetter("lr", "epochs", "stop_after")
DATA = "--data tasks_1-20_v1-2"
SPEC = "docs/sweeps/table03-ec.toml"
TOLD = {
    "yes": "the interval of the difference excludes 0 and bears it out",
    "no": "the interval of the difference excludes 0 and speaks against it",
    "open": "the interval of the difference holds 0",
}


def table03(babi: Sequence[Babi], texts: Sequence[str]) -> Section:
    """Average runs over their seeds and hold them to what Section VI-A concludes.

    Parameters
    ----------
    babi : sequence of Babi
        Runs on bAbI.
    texts : sequence of str
        What they say of their text.

    Returns
    -------
    Section
        A table for each condition and each reading of which epoch.
    """
    ends = [found.end for found in babi]
    tables: list[Table] = []
    findings: list[str] = []
    for name, label, tag, own in _conditions(ends):
        for reading in sorted(READINGS, key=lambda r: r != READ_FIRST):
            known = [end for end in own if math.isfinite(getattr(end, reading))]
            if known:
                tables += _tables(known, reading, name, label, tag)
                if reading != "best":
                    where = f"{label}, at {READINGS[reading]}"
                    for v in _judged(known, reading, name):
                        findings.append(_said(v, where, _shared(known, reading, v)))
    left = "; the text of a table of runs is not recorded" if not texts and ends else ""
    notes = [f"Text: {'; '.join(texts)}."] if texts else []
    notes += [f"Accuracies on the test questions in percent{left}."] if ends else []
    notes += _broken(ends)
    return Section(
        "table03",
        "Table III",
        "Temporal layers on the tasks of bAbI",
        findings[0] if findings else _without(ends),
        tuple(findings[1:]),
        tuple(tables),
        notes=tuple(notes),
        sources=tuple(dict.fromkeys(found.source for found in babi)),
        missing=tuple(_missing(ends)),
    )


def _conditions(ends: Sequence[End]) -> Iterator[tuple[str, str, str, list[End]]]:
    """Runs under the paper's two conditions, then under any other rate and number of epochs."""
    under = {name: [end for end in ends if end.under(name)] for name in CONDITIONS}
    if under["ec"]:
        yield "ec", "Equivalent condition", "ec", under["ec"]
    if any(end not in under["ec"] for end in under["fc"]):
        yield "fc", "Finetuned", "fc", under["fc"]
    rest = [end for end in ends if end not in under["ec"] + under["fc"]]
    for lr, epochs, stop in sorted({_SETTING(end) for end in rest}):
        own = [end for end in rest if _SETTING(end) == (lr, epochs, stop)]
        until = f" or {stop} without a lower validation loss" if stop else ""
        label = f"{epochs} epochs{until} at a rate of {lr:g} (the paper: 60 at 0.001)"
        yield "ec", label, f"{epochs}-{lr:g}{f'-stop-{stop}' if stop else ''}", own


def _tables(ends: Sequence[End], reading: str, name: str, label: str, tag: str) -> Iterator[Table]:
    first = reading == READ_FIRST
    tag = f"table03-{tag}"
    caption = f"{label}, at {READINGS[reading]}: ours, and printed in brackets"
    body = tuple(rows(ends, reading, name))
    yield Table(f"{tag}-{reading}", caption, HEAD, body, folded=not first)
    gaps = tuple(_gaps(ends, reading))
    if first and gaps:
        told = f"{label}, at {READINGS[reading]}: LIAF − LIF, paired by seed, in points"
        head = ("task", "seeds", "LIAF − LIF")
        yield Table(f"{tag}-difference", told, head, gaps, folded=True)


def _gaps(ends: Sequence[End], reading: str) -> Iterator[tuple[str, ...]]:
    score = {(e.task, e.cell, e.seed): 100 * getattr(e, reading) for e in ends}
    for task in sorted({end.task for end in ends}):
        found = [
            value - score[task, "lif", seed]
            for (number, cell, seed), value in score.items()
            if (number, cell) == (task, "liaf") and (task, "lif", seed) in score
        ]
        if found:
            gap = mean(found)
            yield f"QA{task} {TASK_NAMES[task]}", str(gap.seeds), signed(gap)


def _judged(ends: Sequence[End], reading: str, name: str) -> list[Verdict]:
    """Claims of a condition; QA11 and QA12 are not finetuned, and are judged once."""
    found = verdicts(ends, reading, name)
    return found if name == "ec" else [v for v in found if "on average" in v.claim]


def _shared(ends: Sequence[End], reading: str, verdict: Verdict) -> str:
    """The seeds that a claim on average is judged by."""
    if "on average" not in verdict.claim:
        return ""
    cells = (word.lower() for word in verdict.claim.split() if word.lower() in CELLS)
    a, b = (averages(ends, reading, cell).keys() for cell in cells)
    count = len(a & b)
    return f" over {count} seed{'' if count == 1 else 's'}"


def _said(verdict: Verdict, where: str, over: str) -> str:
    ours, printed = (text.replace("-", "−") for text in (verdict.ours, verdict.printed))
    told = TOLD[verdict.holds]
    if EQUAL in ours:
        told = "all differences are equal, so nothing is decided"
    elif "±" not in ours:
        told = "one seed has no interval, so nothing is decided"
    ours = ours.replace(EQUAL, "")
    return f"{verdict.claim}: {ours} points{over}, in the paper {printed}; {told}. ({where}.)"


def _without(ends: Sequence[End]) -> str:
    if not ends:
        return "No runs on bAbI were given."
    tasks = len({end.task for end in ends})
    return (
        f"{tasks} of {len(TASK_NAMES)} tasks were run, and what the paper concludes is of the "
        "mean over all, or of QA11 and QA12 with all rivals."
    )


def _broken(ends: Sequence[End]) -> list[str]:
    return [
        f"Broken off, {group.why}: {'; '.join(map(_where, group.ends))}." for group in broken(ends)
    ]


def _where(end: End) -> str:
    return f"QA{end.task} {NAMES[end.cell]} seed {end.seed} after epoch {end.done} of {end.epochs}"


def _missing(ends: Sequence[End]) -> Iterator[Missing]:
    """What no run under the paper's conditions was given for, and finetuned ones."""
    ends = [end for end in ends if any(end.under(name) for name in CONDITIONS)]
    if not ends:
        what = "all tasks, five layers, three seeds"
        yield Missing(what, f"liaf-ref sweep {SPEC} {DATA} --jobs 2 --out ec")
        return
    for cell in CELLS:
        own = [end for end in ends if end.cell == cell]
        absent = sorted(TASK_NAMES.keys() - {end.task for end in own})
        if absent:
            command = _command(absent, cell, _first_seed(own or ends))
            yield Missing(f"{NAMES[cell]}: {_spell(absent)}", command)
    yield from _finetuned(ends)
    for cell in CELLS:
        seeds = {end.seed for end in ends if end.cell == cell}
        if len(seeds) == 1:
            command = _command(sorted(TASK_NAMES), cell, 1 + max(seeds))
            yield Missing(f"{NAMES[cell]}: a second seed, for an interval", command)


def _finetuned(ends: Sequence[End]) -> Iterator[Missing]:
    """Finetuned runs that are not there, of each seed that has others, or of the first."""
    for cell, tasks in FINE_TUNED_EPOCHS.items():
        own = [end for end in ends if end.cell == cell]
        have = {(e.task, e.seed) for e in own if e.task in tasks and e.under("fc")}
        for seed in sorted({seed for _, seed in have}) or [_first_seed(own or ends)]:
            absent = [task for task in tasks if (task, seed) not in have]
            if absent:
                what = f"{NAMES[cell]}, finetuned, seed {seed}: {_spell(absent)}"
                yield Missing(what, f"{_command(absent, cell, seed)} --condition fc")


def _first_seed(own: Sequence[End]) -> int:
    return min((end.seed for end in own), default=0)


def _command(tasks: Sequence[int], cell: str, seed: int) -> str:
    told = f"--tasks {','.join(_ranges(tasks))} --cells {cell} --seed {seed} --watch-test"
    return f"liaf-ref run babi {DATA} {told}"


def _spell(tasks: Sequence[int]) -> str:
    if len(tasks) == len(TASK_NAMES):
        return "all tasks"
    return ", ".join(f"QA{part}" for part in _ranges(tasks))


def _ranges(tasks: Sequence[int]) -> list[str]:
    """As ``["2-10", "12"]``."""
    firsts = [task for task in tasks if task - 1 not in tasks]
    lasts = [task for task in tasks if task + 1 not in tasks]
    return [f"{a}" if a == b else f"{a}-{b}" for a, b in zip(firsts, lasts, strict=True)]
