"""Summaries of bAbI runs, one line per run, and their table as CSV."""

import csv
import io
import math
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple, cast

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.safe_load import MAX_TEXT_BYTES, is_number, read_bytes
from liaf_ref._core.text import short_repr
from liaf_ref.data.babi.files import SHA256, TASK_NAMES
from liaf_ref.experiments.babi import UNPRINTED_SETTINGS, condition_settings
from liaf_ref.networks.cells import CELL_FACTORIES

EPOCH_SELECTIONS = {
    "final": "the last epoch",
    "selected": "the best epoch on validation",
    "best_test": "the best epoch on the test questions (selection on the test set)",
}
OVERFLOWED, EARLY_STOPPED, UNKNOWN = "overflow", "stopped", ""
# Fields in which the runs of one group may differ.
VARYING_FIELDS = (
    *("task", "cell", "seed", "data_seed", "lr", "epochs", "stop_after", "data_sha256"),
    *("experiment", "track_test", "select_epoch", "average_epochs"),
    *UNPRINTED_SETTINGS,
)
SETTING = re.compile(rf"({'|'.join(UNPRINTED_SETTINGS)})=([\w.+-]+)", re.ASCII)
MAX_SECONDS = 1e12  # 30,000 years


@dataclass(frozen=True)
class RunSummary:
    """A run as a line of a table; accuracies are fractions of the test questions."""

    task: int
    cell: str
    seed: int
    lr: float
    epochs: int
    epochs_done: int  # fewer than ``epochs`` if the run was aborted
    majority: float  # accuracy of the most frequent training answer; NaN if it is not known
    final: float  # accuracy after the last epoch
    selected: float  # after the best epoch on validation
    best_test: float  # the highest of all
    selected_epoch: int
    best_test_epoch: int
    train: float  # accuracy on the training questions during the last epoch
    seconds: float
    stop_after: int = 0  # early stopping: epochs without a lower validation loss; 0 if off
    cause: str = UNKNOWN  # why the run was aborted: overflow or stopped
    settings: str = ""  # unprinted settings unlike the table's, as in "alpha=0.9 clip=1.0"

    @property
    def is_tracked(self) -> bool:
        """Whether the run has the test accuracy of every epoch selection."""
        return not any(math.isnan(getattr(self, name)) for name in EPOCH_SELECTIONS)

    @property
    def is_aborted(self) -> bool:
        """Whether the run ended before its last epoch."""
        return self.epochs_done < self.epochs

    def sort_key(self) -> tuple[int, str, str, int, float, int, int]:
        """The values that distinguish runs, for sorting."""
        first = self.task, self.cell, self.settings, self.seed
        return *first, self.lr, self.epochs, self.stop_after

    def matches_condition(self, condition_name: str) -> bool:
        """Whether the run is of a condition: its epochs, learning rate and unprinted settings."""
        return not self.settings and self.has_epochs_of(condition_name)

    def has_epochs_of(self, condition_name: str) -> bool:
        """Whether learning rate and epochs are those of a condition, without early stopping."""
        default = condition_settings(condition_name, self.task, self.cell)
        return (self.lr, self.epochs, self.stop_after) == (*default, 0)

    def settings_by_name(self) -> dict[str, str]:
        """The unprinted settings unlike the table's, such as ``{"alpha": "0.9"}``."""
        return dict(SETTING.findall(self.settings))


class BabiRun(NamedTuple):
    """A run on bAbI, and the folder or table it was read from."""

    source: str
    summary: RunSummary
    text: str = ""  # its hash; a table of runs has none and counts as the published text
    options: str = ""  # further options that are not the default, as in "validation_fraction=0.2"

    @property
    def is_published(self) -> bool:
        """Whether the text is the published one."""
        return self.text in ("", SHA256[self.summary.task])

    @property
    def label(self) -> str:
        """What the runs of a group have in common."""
        text = "published text" if self.is_published else "generated or other text"
        return f"{text} {self.options}".strip()


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
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        found = [{name: kinds[name](row[name]) for name in kinds} for row in rows]  # type: ignore[operator]
    except FormatError:
        raise
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise FormatError(
            path, f"expected a table of runs (CSV), got an error: {short_repr(error)}"
        ) from error
    return [validate_summary(path, facts) for facts in found]


def validate_summary(path: Path, values: Mapping[str, Any]) -> RunSummary:
    """Make a run summary of the values in a file."""
    task, cell = values["task"], values["cell"]
    if type(task) is not int or task not in TASK_NAMES or not _is_cell(cell):
        cells = ", ".join(CELL_FACTORIES)
        expected = f"expected runs of tasks 1 to {len(TASK_NAMES)} and of {cells}"
        raise FormatError(
            path, f"{expected}, got task {short_repr(task)} and cell {short_repr(cell)}"
        )
    for name, (expected, fits) in _VALID_VALUES.items():
        if not fits(values[name]):
            raise FormatError(path, f"{name}: expected {expected}, got {short_repr(values[name])}")
    numbers = {name: float(values[name]) for name in ("lr", "seconds")}
    return RunSummary(**{**values, **numbers})


def format_settings(settings: Mapping[str, Any]) -> str:
    """Write settings as in ``alpha=0.9 clip=1.0``."""
    return " ".join(f"{name}={value}" for name, value in settings.items())


def group_babi_runs(runs: Iterable[BabiRun]) -> list[list[BabiRun]]:
    """Group runs that can be averaged, those on the published text first."""
    # Each seed may have its own generated text, but only one.
    texts: dict[tuple[int, str, int, int], str] = {}
    groups: dict[tuple[str, int], list[BabiRun]] = {}
    for run in sorted(runs, key=lambda run: (not run.is_published, run.options)):
        place = run.label, run.summary.task, run.summary.seed
        number = 0
        while not run.is_published and texts.setdefault((number, *place), run.text) != run.text:
            number += 1
        groups.setdefault((run.label, number), []).append(run)
    return list(groups.values())


def check_one_group(runs: Iterable[BabiRun]) -> None:
    """Refuse runs that cannot be averaged in one table."""
    groups = group_babi_runs(runs)
    if len(groups) > 1:
        got = " and ".join(f"{own[0].label} in {own[0].source}" for own in groups[:2])
        raise InputError(f"expected bAbI runs on the same text and with equal options, got {got}")


def keyed_runs(runs: Iterable[BabiRun]) -> Iterator[tuple[Hashable, BabiRun]]:
    """Runs with what tells them apart; in each group the tracked ones are first."""
    for number, group in enumerate(group_babi_runs(runs)):
        for run in sorted(group, key=lambda run: not run.summary.is_tracked):
            yield (number, run.summary.sort_key()), run


def runs_of_condition(runs: Iterable[RunSummary], name: str) -> list[RunSummary]:
    """Runs with the epochs and the rate of a condition, at least one with all its settings."""
    chosen = [run for run in runs if run.has_epochs_of(name)]
    if all(run.settings for run in chosen):
        got = f"runs with {chosen[0].settings}" if chosen else "none"
        raise InputError(f"--condition: expected runs under {name}, got {got}")
    return chosen


def check_tracked(runs: Iterable[BabiRun]) -> None:
    """Refuse a run that lacks the test accuracy of an epoch selection."""
    for run in (run for run in runs if not run.summary.is_tracked):
        name = f"QA{run.summary.task}, {run.summary.cell}, seed {run.summary.seed}"
        raise InputError(f"{run.source}: expected runs with --track-test, got {name} without")


def _is_cell(value: object) -> bool:
    return isinstance(value, str) and value in CELL_FACTORIES


def _is_count(value: object, limit: int = 2**63) -> bool:
    return type(value) is int and 0 <= value < limit


def _is_between(low: float, high: float) -> Callable[[object], bool]:
    return lambda value: is_number(value) and low <= cast(float, value) <= high


def _is_fraction(value: object) -> bool:
    return is_number(value) and not (cast(float, value) < 0 or cast(float, value) > 1)


_VALID_VALUES: dict[str, tuple[str, Callable[[object], bool]]] = {
    **dict.fromkeys(
        ("epochs", "epochs_done", "selected_epoch", "best_test_epoch", "stop_after"),
        ("a number of epochs", _is_count),
    ),
    **dict.fromkeys(
        ("majority", "final", "selected", "best_test", "train"),
        ("a fraction in [0, 1], or NaN", _is_fraction),
    ),
    "seed": ("an integer >= 0", lambda value: _is_count(value, 2**128)),
    "lr": ("a learning rate", lambda value: _is_between(0, 1e6)(value) and value != 0),
    "seconds": ("a number of seconds", _is_between(0, MAX_SECONDS)),
    "cause": (
        f"{OVERFLOWED}, {EARLY_STOPPED} or nothing",
        lambda value: isinstance(value, str) and value in (OVERFLOWED, EARLY_STOPPED, UNKNOWN),
    ),
    "settings": (
        f"settings such as alpha=0.9, of {', '.join(UNPRINTED_SETTINGS)}",
        lambda value: (
            isinstance(value, str) and (not value or all(map(SETTING.fullmatch, value.split(" "))))
        ),
    ),
}
