"""Summaries of bAbI runs, one line per run, and their table as CSV."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple, cast

from liaf_ref._core.errors import FormatError, InputError, RunError
from liaf_ref._core.safe_load import MAX_TEXT_BYTES, is_number, read_bytes
from liaf_ref._core.validation.scalars import short_repr, short_text
from liaf_ref.data.babi.tasks import TASK_NAMES
from liaf_ref.experiments.babi import UNPRINTED_SETTINGS, condition_settings
from liaf_ref.networks.cells import CELL_FACTORIES

EPOCH_SELECTIONS = {
    "final": "the last epoch",
    "selected": "the best epoch on validation",
    "best_test": "the best epoch on the test questions (selection on the test set)",
}
OVERFLOWED, EARLY_STOPPED, UNKNOWN = "overflow", "stopped", ""
# Fields in which the runs of one table may differ.
VARYING_FIELDS = (
    *("task", "cell", "seed", "data_seed", "lr", "epochs", "track_test", "data_sha256"),
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

    def sort_key(self) -> tuple[int, str, str, int, float, int]:
        """The values that distinguish runs, for sorting."""
        return self.task, self.cell, self.settings, self.seed, self.lr, self.epochs

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


def check_comparable(configs: Mapping[Path, Mapping[str, Any]]) -> None:
    """Refuse runs that cannot be compared in one table."""
    if not configs:
        return
    first, expected = next(iter(configs.items()))
    texts: dict[Any, Path] = {}
    for folder, config in configs.items():
        for name in sorted((expected.keys() | config.keys()) - set(VARYING_FIELDS)):
            a, b = expected.get(name), config.get(name)
            if a != b:
                got = (
                    f"{short_text(name)} {short_repr(a)} in {first} and {short_repr(b)} in {folder}"
                )
                may_differ = "task, cell, seed, learning rate, epochs and unprinted settings"
                raise InputError(f"expected bAbI runs that differ only in {may_differ}, got {got}")
        task = config["task"]
        other = texts.setdefault(task, folder)
        if configs[other].get("data_sha256") != config.get("data_sha256"):
            got = f"{other} and {folder}"
            raise InputError(f"QA{task}: expected runs on the same text, got two texts: {got}")


def check_no_duplicates(runs: Iterable[BabiRun]) -> None:
    """Refuse a run that is given twice."""
    seen: dict[tuple[Any, ...], str] = {}
    for source, run in runs:
        if run.sort_key() in seen:
            name = ", ".join(filter(None, (f"QA{run.task}", run.cell, run.settings)))
            expected = f"{name}, seed {run.seed}: expected each run once"
            raise RunError(f"{expected}, got it in {seen[run.sort_key()]} and in {source}")
        seen[run.sort_key()] = source


def check_tracked(runs: Iterable[BabiRun]) -> None:
    """Refuse a run that lacks the test accuracy of an epoch selection."""
    for source, run in runs:
        if any(math.isnan(getattr(run, selection)) for selection in EPOCH_SELECTIONS):
            name = f"QA{run.task}, {run.cell}, seed {run.seed}"
            raise InputError(f"{source}: expected runs with --track-test, got {name} without")


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
