"""Table III over seeds: accuracies, differences and claims, beside those of the paper."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.babi.files import TASK_NAMES
from liaf_ref.experiments import paper
from liaf_ref.report.babi_runs import EPOCH_SELECTIONS, RunSummary
from liaf_ref.report.content import (
    NOTHING,
    Claim,
    Table,
    format_mean,
    format_number,
    format_percent,
)
from liaf_ref.report.statistics import (
    HIGHER,
    LOWER,
    SIMILAR,
    Criterion,
    MeanCI,
    mean_ci,
    mean_of_means,
    paired_difference,
    welch_difference,
)

MAIN_SELECTION = "final"  # the paper names 60 epochs and no choice among them
CELLS = ("rnn", "lstm", "gru", "lif", "liaf")
RECURRENT_CELLS = ("rnn", "lstm", "gru")
BASELINES = (*RECURRENT_CELLS, "lif")
ALL_TASKS = tuple(TASK_NAMES)
MEAN_LABEL = "mean of 20"
HEADER = ("task", "majority", *(f"{CELL_NAMES[cell]} (paper)" for cell in CELLS))
DIFFERENCE_HEADER = ("task", *(f"LIAF − {CELL_NAMES[name]} (paper)" for name in BASELINES))
CLAIMS_HEADER = ("claim", "paper", "ours", "verdict")
FIT_HEADER = ("cell", "last epoch", "best on validation", "best on test")
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
CRITERIA = {"beats": HIGHER, "trails": LOWER, "is similar to": SIMILAR}
Samples = Mapping[tuple[int, str], Sequence[float]]  # accuracies of all seeds, by task and cell


class TaskClaim(NamedTuple):
    """What the paper says of LIAF and LIF on single tasks, against each of several other cells."""

    verb: str
    tasks: tuple[int, ...]
    baselines: tuple[str, ...]
    criterion: Criterion


TASK_CLAIMS = (  # of the equivalent condition
    TaskClaim("wins", (11, 12), RECURRENT_CELLS, HIGHER),
    TaskClaim("loses", (8, 14), RECURRENT_CELLS[1:], LOWER),
)


def sample_accuracies(runs: Sequence[RunSummary], selection: str) -> Samples:
    """The accuracies of all seeds, for each task and cell."""
    values: dict[tuple[int, str], list[float]] = {}
    for run in sorted(runs, key=RunSummary.sort_key):
        values.setdefault((run.task, run.cell), []).append(getattr(run, selection))
    return values


def mean_accuracies(runs: Sequence[RunSummary], selection: str) -> dict[tuple[int, str], MeanCI]:
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


def task_label(task: int) -> str:
    """Format as ``QA1 single-supporting-fact``."""
    return f"QA{task} {TASK_NAMES[task]}"


def selection_tables(runs: Sequence[RunSummary], selection: str, condition: str) -> Iterator[Table]:
    """Accuracies at an epoch selection, claims about them, and differences at the main one."""
    samples = sample_accuracies(runs, selection)
    accuracies, differences = (
        partial(each, samples, condition) for each in (_accuracy_cells, _difference_cells)
    )
    majority = {run.task: run.majority for run in runs[::-1] if not math.isnan(run.majority)}
    rows = [
        (task_label(task), format_percent(majority.get(task, math.nan)), *accuracies([task]))
        for task in sorted({run.task for run in runs})
    ]
    rows.append((MEAN_LABEL, "", *accuracies(ALL_TASKS)))
    caption = "our test accuracy, and the paper's in brackets"
    yield Table(selection, caption, HEADER, tuple(rows))
    claims = evaluate_claims(runs, selection, condition)
    if claims and selection != "best_test":
        lines = ((one.text, one.printed, one.measured, one.verdict.name) for one in claims)
        caption = "the paper's claims, differences in points"
        yield Table(f"claims-{selection}", caption, CLAIMS_HEADER, tuple(lines), (0, 2, 3))
    both = [t for t in ALL_TASKS if any({(t, "liaf"), (t, b)} <= samples.keys() for b in BASELINES)]
    if both and selection == MAIN_SELECTION:
        rows = [(f"QA{task}", *differences([task])) for task in both]
        rows.append((MEAN_LABEL, *differences(ALL_TASKS)))
        caption = "difference in points, and the paper's in brackets"
        yield Table("difference", caption, DIFFERENCE_HEADER, tuple(rows))


def _accuracy_cells(samples: Samples, condition: str, tasks: Sequence[int]) -> Iterator[str]:
    """As in ``52.6 ± 2.0 (51.8)``, for each cell."""
    for cell in CELLS:
        printed = format_number(printed_mean(cell, condition, tasks))
        yield f"{format_mean(mean_over_tasks(samples, cell, tasks))} ({printed})"


def _difference_cells(samples: Samples, condition: str, tasks: Sequence[int]) -> Iterator[str]:
    """As in ``+1.2 ± 0.3 (+0.8)``, for each baseline."""
    for baseline in BASELINES:
        liaf, other = (printed_mean(cell, condition, tasks) for cell in ("liaf", baseline))
        difference = format_mean(liaf_minus(samples, baseline, tasks), "+")
        yield f"{difference} ({format_number(liaf - other, '+')})"


def fit_table(runs: Sequence[RunSummary], condition: str) -> Table:
    """Distance of each printed row from ours, for each epoch selection."""
    rows = []
    for cell in (cell for cell in CELLS if any(run.cell == cell for run in runs)):
        distances = []
        for selection in EPOCH_SELECTIONS:
            gaps = [
                abs(100 * mean.value - paper.table03_accuracy(task, cell, condition))
                for (task, other), mean in mean_accuracies(runs, selection).items()
                if other == cell
            ]
            gap = sum(gaps) / len(gaps)
            distances.append(NOTHING if math.isnan(gap) else f"{gap:.1f}")
        rows.append((CELL_NAMES[cell], *distances))
    caption = "mean absolute difference from the printed row, in points"
    return Table("fit", caption, FIT_HEADER, tuple(rows))


def evaluate_claims(runs: Sequence[RunSummary], selection: str, condition: str) -> list[Claim]:
    """Evaluate the claims of a condition, Section VI-A, for which there are enough runs."""
    samples, found = sample_accuracies(runs, selection), []
    for baseline, (verb, printed) in AVERAGES[condition].items():
        difference = liaf_minus(samples, baseline)
        if difference is not None:
            text = f"LIAF {verb} {CELL_NAMES[baseline]} on average over all tasks"
            found.append(_claim(text, printed, {baseline: difference}, CRITERIA[verb]))
    for claim in TASK_CLAIMS if condition == "ec" else ():
        for task, cell in product(claim.tasks, ("liaf", "lif")):
            found += _task_claim(runs, selection, claim, task, cell)
    return found


def _task_claim(
    runs: Sequence[RunSummary], selection: str, claim: TaskClaim, task: int, cell: str
) -> Iterator[Claim]:
    """Compare a cell with each of the others on a task, paired by seed."""
    # The claim needs all comparisons: the intersection-union test of Berger (1982).
    by_seed: dict[str, dict[int, float]] = {}
    for run in (run for run in runs if run.task == task):
        by_seed.setdefault(run.cell, {})[run.seed] = getattr(run, selection)
    differences = {}
    for baseline in claim.baselines:
        difference = paired_difference(by_seed.get(cell, {}), by_seed.get(baseline, {}))
        if difference is None:
            return
        differences[baseline] = difference.in_percent()
    accuracy = paper.table03_accuracy(task, cell)
    printed = [accuracy - paper.table03_accuracy(task, name) for name in claim.baselines]
    least = min(printed, key=lambda value: claim.criterion.sign * value)
    names = ", ".join(CELL_NAMES[name] for name in claim.baselines)
    text = f"{CELL_NAMES[cell]} {claim.verb} on QA{task}, against each of {names}"
    yield _claim(text, least, differences, claim.criterion)


def _claim(
    text: str, printed: float, differences: Mapping[str, MeanCI], criterion: Criterion
) -> Claim:
    return Claim("Table III", text, format_number(printed, "+"), differences, criterion)
