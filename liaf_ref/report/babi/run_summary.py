"""A summary of each run, stored as one small CSV file."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, cast

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import MAX_TEXT_BYTES, is_number, read_bytes
from liaf_ref._core.validation.scalars import short_repr
from liaf_ref.data.babi.tasks import TASK_NAMES
from liaf_ref.experiments.babi import condition_settings
from liaf_ref.networks.cells import CELL_FACTORIES

EPOCH_SELECTIONS = {
    "final": "the last epoch",
    "selected": "the best epoch on validation",
    "best_test": "the best epoch on the test questions (selection on the test set)",
}
OVERFLOWED, EARLY_STOPPED, UNKNOWN = "overflow", "stopped", ""
COLUMN_DEFAULTS = {"stop_after": 0, "cause": UNKNOWN}  # columns that older tables lack


@dataclass(frozen=True)
class RunSummary:
    """Summary of a run; accuracies are fractions of the test questions.

    Attributes
    ----------
    task, cell, seed, lr, epochs
        Configuration of the run.
    epochs_done : int
        Completed epochs; fewer than ``epochs`` if the run was aborted.
    majority : float
        Accuracy of the most frequent training answer; NaN if no run of the task finished.
    final, selected, best_test : float
        After the last epoch, after the best epoch on validation, and the highest of all.
    selected_epoch, best_test_epoch : int
        The epochs of the last two.
    train : float
        Accuracy on the training questions during the last epoch.
    seconds : float
        Duration of the run.
    stop_after : int
        Early stopping: epochs without a lower validation loss before the run stops; 0 if off.
    cause : str
        Why the run was aborted, overflow or stopped; empty if it was not, or if an older table
        does not record it.
    """

    task: int
    cell: str
    seed: int
    lr: float
    epochs: int
    epochs_done: int
    majority: float
    final: float
    selected: float
    best_test: float
    selected_epoch: int
    best_test_epoch: int
    train: float
    seconds: float
    stop_after: int = 0
    cause: str = UNKNOWN

    def sort_key(self) -> tuple[int, str, int, float, int]:
        """The values that distinguish runs, for sorting."""
        return self.task, self.cell, self.seed, self.lr, self.epochs

    def matches_condition(self, condition_name: str) -> bool:
        """Whether rate and epochs are those of a condition of Table III, without early stopping."""
        default = condition_settings(condition_name, self.task, self.cell)
        return (self.lr, self.epochs, self.stop_after) == (*default, 0)


def to_csv(runs: Iterable[RunSummary]) -> str:
    """Write summaries as a table, one line each."""
    text = io.StringIO()
    names = [field.name for field in fields(RunSummary)]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(run) for run in runs)
    return text.getvalue()


def from_csv(path: Path) -> list[RunSummary]:
    """Read a table that :func:`to_csv` wrote."""
    kinds = {field.name: field.type for field in fields(RunSummary)}
    try:
        text = read_bytes(path, "a table of runs", MAX_TEXT_BYTES).decode("ascii")
        rows = [COLUMN_DEFAULTS | row for row in csv.DictReader(io.StringIO(text, newline=""))]
        found = [{name: kinds[name](row[name]) for name in kinds} for row in rows]  # type: ignore[operator]
    except FormatError:
        raise
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise FormatError(path, f"expected a table of runs, got {short_repr(error)}") from error
    return [validate_summary(path, facts) for facts in found]


def validate_summary(path: Path, fields_by_name: Mapping[str, Any]) -> RunSummary:
    """Make a run summary from the fields of a file."""
    if not (
        type(fields_by_name["task"]) is int
        and fields_by_name["task"] in TASK_NAMES
        and _is_cell(fields_by_name["cell"])
    ):
        expected = (
            f"expected runs of tasks 1 to {len(TASK_NAMES)} and of {', '.join(CELL_FACTORIES)}"
        )
        actual = f"QA{short_repr(fields_by_name['task'])} of {short_repr(fields_by_name['cell'])}"
        raise FormatError(path, f"{expected}, got {actual}")
    for name, (expected, fits) in _VALID_RANGES.items():
        if not fits(fields_by_name[name]):
            raise FormatError(
                path, f"{name}: expected {expected}, got {short_repr(fields_by_name[name])}"
            )
    return RunSummary(
        **{
            **fields_by_name,
            "lr": float(fields_by_name["lr"]),
            "seconds": float(fields_by_name["seconds"]),
        }
    )


def _is_cell(value: object) -> bool:
    return isinstance(value, str) and value in CELL_FACTORIES


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _is_time(value: object) -> bool:
    return is_number(value) and 0 <= cast(float, value) <= MAX_SECONDS


def _is_rate(value: object) -> bool:
    return is_number(value) and 0 < cast(float, value) <= 1e6


def _is_fraction(value: object) -> bool:
    return is_number(value) and not (cast(float, value) < 0 or cast(float, value) > 1)


MAX_SECONDS = 1e12  # 30,000 years
_VALID_RANGES: dict[str, tuple[str, Callable[[object], bool]]] = {
    **dict.fromkeys(
        ("epochs", "epochs_done", "selected_epoch", "best_test_epoch", "stop_after"),
        ("a number of epochs", _is_count),
    ),
    **dict.fromkeys(
        ("majority", "final", "selected", "best_test", "train"),
        ("a fraction in [0, 1], or NaN", _is_fraction),
    ),
    "seed": ("a whole number >= 0", lambda value: type(value) is int and 0 <= value < 2**128),
    "lr": ("a learning rate", _is_rate),
    "seconds": ("a number of seconds", _is_time),
    "cause": (
        f"{OVERFLOWED}, {EARLY_STOPPED} or nothing",
        lambda value: isinstance(value, str) and value in (OVERFLOWED, EARLY_STOPPED, UNKNOWN),
    ),
}
