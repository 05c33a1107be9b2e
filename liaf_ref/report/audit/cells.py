"""Figures that follow from other printed figures."""

from decimal import Decimal
from fractions import Fraction
from functools import cache

from liaf_ref.data.babi.tasks import TASK_NAMES
from liaf_ref.data.events.sets.gesture import CLASSES, TRIAL_LISTS
from liaf_ref.experiments.paper import PrintedNumber, printed_numbers
from liaf_ref.report.audit.ours import Ours, whole

TESTED = "instances of the test set"
FINETUNED = " (FC)"


def number(table: str, row: str, column: str) -> Fraction:
    """A printed cell of a table."""
    return Fraction(_cells()[table, row, column])


def average(cell: PrintedNumber) -> Ours:
    """Average the tasks of Table III; finetuned ones in place of the others where there are any."""
    return Ours((_mean(*cell.inputs),), "its cells")


def average_difference(figure: PrintedNumber) -> Ours:
    """Compare two averages of Table III."""
    a, b, column = figure.inputs
    ours = _mean(a, column) - _mean(b, column)
    x, y = (Decimal(_cells()["III", row, column]) for row in (a, b))
    return Ours((ours,), f"the printed averages give {x} - {y} = {x - y}")


def as_in_table_vi(figure: PrintedNumber) -> Ours:
    """Find an accuracy on CIFAR10-DVS again in Table VI."""
    return Ours((number("VI", figure.inputs[0], "CIFAR10-DVS"),), "Table VI")


def as_in_table_ix(figure: PrintedNumber) -> Ours:
    """Find an accuracy on DVS128 Gesture again in Table IX."""
    return Ours((number("IX", figure.inputs[0], "test accuracy"),), "Table IX")


def over_the_best(figure: PrintedNumber) -> Ours:
    """Compare a cell of Table VI with the greatest of others' work."""
    row, column = figure.inputs
    cited = {p.inputs[0]: Fraction(p.value) for p in printed_numbers() if _cited(p, column)}
    best = max(cited, key=lambda name: cited[name])
    return Ours((number("VI", row, column) - cited[best],), f"best before: {best}")


def difference_ix(figure: PrintedNumber) -> Ours:
    """Compare two accuracies of Table IX."""
    a, b = (number("IX", row, "test accuracy") for row in figure.inputs)
    return Ours((a - b,), "Table IX")


def of_the_test_set(cell: PrintedNumber) -> Ours:
    """Find the whole number of test instances that an accuracy stands for."""
    tested = _tested()
    right = round(Fraction(cell.value) * tested / 100)
    return Ours((Fraction(100 * right, tested),), f"{right} of {tested}")


def each_class_of_a_trial(figure: PrintedNumber) -> Ours:
    """Count every class once for each trial of DVS128 Gesture."""
    train, test = (TRIAL_LISTS[f"trials_to_{part}.txt"] for part in figure.inputs)
    why = f"{train + test} trials, {len(CLASSES)} classes each; that makes {test * len(CLASSES)}"
    why += f" for testing, not the {_tested()} of VI-C3"
    return whole((train + test) * len(CLASSES), why=why)


def rows_ix(_: PrintedNumber) -> Ours:
    """Count the networks of Table IX."""
    return whole(len({row for table, row, _ in _cells() if table == "IX"}), why="rows of Table IX")


def columns_vi(_: PrintedNumber) -> Ours:
    """Count the data sets of Table VI."""
    found = {column for table, _, column in _cells() if table == "VI"}
    return whole(len(found), why="columns of Table VI")


def share(figure: PrintedNumber) -> Ours:
    """Divide one printed number by another, in percent."""
    a, b = map(Fraction, figure.inputs)
    return Ours((100 * a / b,), "{} of {}".format(*figure.inputs))


def ratio(figure: PrintedNumber) -> Ours:
    """Divide printed numbers by others, pair by pair."""
    pairs = list(zip(figure.inputs[::2], figure.inputs[1::2], strict=True))
    values = tuple(Fraction(a) / Fraction(b) for a, b in pairs)
    return Ours(values, ", ".join(f"{a} / {b}" for a, b in pairs))


def tasks(_: PrintedNumber) -> Ours:
    """Count the tasks of bAbI that are read here."""
    return whole(len(TASK_NAMES), why="files of the published text")


def _mean(cell: str, column: str) -> Fraction:
    cells = _cells()
    found = []
    for task in (f"QA{number}" for number in TASK_NAMES):
        plain = cells["III", cell, task]
        finetuned = column.endswith(FINETUNED)
        tuned = cells.get(("III", cell, task + FINETUNED), plain)
        found.append(Fraction(tuned if finetuned else plain))
    return sum(found, Fraction()) / len(found)


def _tested() -> int:
    (tested,) = {int(p.value) for p in printed_numbers() if p.quantity == TESTED}
    return tested


def _cited(figure: PrintedNumber, column: str) -> bool:
    return figure.kind == "cited" and figure.table == "VI" and figure.inputs[1] == column


@cache
def _cells() -> dict[tuple[str, str, str], str]:
    return {(p.table, p.inputs[0], p.inputs[1]): p.value for p in printed_numbers() if p.table != "text"}
