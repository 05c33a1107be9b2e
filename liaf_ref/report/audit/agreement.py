"""Recomputed numbers: whether one is the printed one, and those that follow from printed ones."""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from liaf_ref.data.babi.files import TASK_NAMES
from liaf_ref.data.events.datasets.gesture import CLASSES, TRIAL_LISTS
from liaf_ref.experiments.paper import PrintedNumber, printed_numbers

ROUNDED, TRUNCATED, MISMATCH, NOT_RECOMPUTED = "rounded", "truncated", "neither", "not recomputed"
TEST_SET_SIZE_LABEL = "instances of the test set"
RECORDINGS = 10_000  # of MNIST-DVS at one scale, and of CIFAR10-DVS; VI-B4 tests a fifth
FINETUNED = " (FC)"
SEPARATOR = re.compile(r", | x ")  # separates the numbers of `3 x 3` or `32, 64`


class Recomputed(NamedTuple):
    """Result of a recomputation."""

    values: tuple[Fraction, ...]
    explanation: str = ""
    printed: str = ""


def from_ints(*values: int, explanation: str = "", printed: str = "") -> Recomputed:
    """Make a result of integers."""
    return Recomputed(tuple(map(Fraction, values)), explanation, printed)


def classify_agreement(printed: str, values: Sequence[Fraction]) -> tuple[str, bool]:
    """Return how ``values`` agree with the printed numbers, and whether truncation does."""
    texts = SEPARATOR.split(printed)
    if len(texts) != len(values):
        return MISMATCH, False
    ways = [matches_printed(text, value) for text, value in zip(texts, values, strict=True)]
    rounded, truncated = (all(way[k] for way in ways) for k in (0, 1))
    return (ROUNDED if rounded else TRUNCATED if truncated else MISMATCH), truncated


def matches_printed(printed: str, value: Fraction) -> tuple[bool, bool]:
    """Whether the printed number is ``value`` rounded, and whether it is ``value`` truncated."""
    expected = Fraction(printed)
    if value == expected:
        return True, True
    if expected * value < 0:
        return False, False
    unit = _last_digit_unit(printed, value)
    steps, target = abs(value) / unit, abs(expected) / unit
    return target in (round(steps), math.floor(steps + Fraction(1, 2))), target == int(steps)


def truncation_range(printed: str) -> tuple[Fraction, Fraction]:
    """The half-open interval of positive numbers that truncate to the printed one."""
    last = Fraction(10) ** int(Decimal(printed).as_tuple().exponent)
    return Fraction(printed), Fraction(printed) + last


def _last_digit_unit(printed: str, value: Fraction) -> Fraction:
    """The unit of the last printed digit, at the magnitude of ``value``."""
    power = int(Decimal(printed).as_tuple().exponent)
    if "e" in printed and value:
        digits = len(Decimal(printed).as_tuple().digits)
        power = _magnitude(abs(value)) - digits + 1
    return Fraction(10) ** power


def _magnitude(value: Fraction) -> int:
    """The power of ten of the first digit, exactly."""
    power = len(str(value.numerator)) - len(str(value.denominator))
    return power if value >= Fraction(10) ** power else power - 1


def format_fixed(value: Fraction, places: int) -> str:
    """Format with ``places`` decimals and thousands separators."""
    return f"{Decimal(value.numerator) / value.denominator:z,.{places}f}"


def format_trimmed(value: Fraction, places: int) -> str:
    """As :func:`format_fixed`, without trailing zeros."""
    text = format_fixed(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def printed_cell(table: str, row: str, column: str) -> Fraction:
    """A printed cell of a table."""
    return Fraction(printed_cells()[table, row, column])


def average(cell: PrintedNumber) -> Recomputed:
    """Average the tasks of Table III, with fine-tuned results where there are any."""
    return Recomputed((_mean_over_tasks(*cell.inputs),), "its cells")


def average_difference(figure: PrintedNumber) -> Recomputed:
    """Compare two averages of Table III."""
    a, b, column = figure.inputs
    ours = _mean_over_tasks(a, column) - _mean_over_tasks(b, column)
    x, y = (Decimal(printed_cells()["III", row, column]) for row in (a, b))
    return Recomputed((ours,), f"the printed averages give {x} - {y} = {x - y}")


def repeat_table_vi(figure: PrintedNumber) -> Recomputed:
    """Look up an accuracy on CIFAR10-DVS in Table VI."""
    return Recomputed((printed_cell("VI", figure.inputs[0], "CIFAR10-DVS"),), "Table VI")


def gain_over_best(figure: PrintedNumber) -> Recomputed:
    """Compare a cell of Table VI with the best result from the literature."""
    row, column = figure.inputs
    cited = {
        p.inputs[0]: Fraction(p.value) for p in printed_numbers() if _is_from_literature(p, column)
    }
    best = max(cited, key=lambda name: cited[name])
    return Recomputed((printed_cell("VI", row, column) - cited[best],), f"best before: {best}")


def difference_ix(figure: PrintedNumber) -> Recomputed:
    """Compare two accuracies of Table IX."""
    a, b = (printed_cell("IX", row, "test accuracy") for row in figure.inputs)
    more, tested = round((a - b) * _test_set_size() / 100), _test_set_size()
    exact = format_fixed(Fraction(100 * more, tested), 2)
    return Recomputed((a - b,), f"Table IX; {more} of {tested} are {exact}")


def test_set_fraction(cell: PrintedNumber) -> Recomputed:
    """Find the number of correct test instances that an accuracy stands for."""
    return _nearest_fraction(cell, _test_set_size())


def test_fifth_fraction(cell: PrintedNumber) -> Recomputed:
    """The same if a fifth of 10,000 recordings is tested, which the paper does not print."""
    found = _nearest_fraction(cell, RECORDINGS // 5)
    return found._replace(explanation=f"{found.explanation}, a fifth of {RECORDINGS:,} (assumed)")


def _nearest_fraction(cell: PrintedNumber, tested: int) -> Recomputed:
    right = round(Fraction(cell.value) * tested / 100)
    return Recomputed((Fraction(100 * right, tested),), f"{right:,} of {tested:,}")


def samples_of_trials(figure: PrintedNumber) -> Recomputed:
    """Count every class once for each trial of DVS128 Gesture."""
    train, test = (TRIAL_LISTS[f"trials_to_{part}.txt"] for part in figure.inputs)
    why = f"{train + test} trials, {len(CLASSES)} classes each; that makes {test * len(CLASSES)}"
    why += f" for testing, not the {_test_set_size()} of VI-C3"
    return from_ints((train + test) * len(CLASSES), explanation=why)


def count_rows_ix(_: PrintedNumber) -> Recomputed:
    """Count the networks of Table IX."""
    return from_ints(
        len({row for table, row, _ in printed_cells() if table == "IX"}),
        explanation="rows of Table IX",
    )


def count_columns_vi(_: PrintedNumber) -> Recomputed:
    """Count the data sets of Table VI."""
    found = {column for table, _, column in printed_cells() if table == "VI"}
    return from_ints(len(found), explanation="columns of Table VI")


def percentage(figure: PrintedNumber) -> Recomputed:
    """Divide one printed number by another, in percent."""
    a, b = map(Fraction, figure.inputs)
    return Recomputed((100 * a / b,), "{} of {}".format(*figure.inputs))


def ratio(figure: PrintedNumber) -> Recomputed:
    """Divide printed numbers by others, pair by pair."""
    pairs = list(zip(figure.inputs[::2], figure.inputs[1::2], strict=True))
    values = tuple(Fraction(a) / Fraction(b) for a, b in pairs)
    return Recomputed(values, ", ".join(f"{a} / {b}" for a, b in pairs))


def count_tasks(_: PrintedNumber) -> Recomputed:
    """Count the bAbI tasks."""
    return from_ints(len(TASK_NAMES), explanation="files of the published text")


def _mean_over_tasks(cell: str, column: str) -> Fraction:
    cells = printed_cells()
    found = []
    for task in (f"QA{number}" for number in TASK_NAMES):
        plain = cells["III", cell, task]
        finetuned = column.endswith(FINETUNED)
        tuned = cells.get(("III", cell, task + FINETUNED), plain)
        found.append(Fraction(tuned if finetuned else plain))
    return sum(found, Fraction()) / len(found)


def _test_set_size() -> int:
    (tested,) = {int(p.value) for p in printed_numbers() if p.quantity == TEST_SET_SIZE_LABEL}
    return tested


def _is_from_literature(figure: PrintedNumber, column: str) -> bool:
    return figure.kind == "cited" and figure.table == "VI" and figure.inputs[1] == column


@cache
def printed_cells() -> dict[tuple[str, str, str], str]:
    """The cells of the tables as printed, by table, row and column."""
    return {
        (p.table, p.inputs[0], p.inputs[1]): p.value for p in printed_numbers() if p.table != "text"
    }
