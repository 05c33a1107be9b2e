"""Summaries of bAbI runs, one line per run, and their table as CSV."""

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Annotated, Any, NamedTuple

from liaf_ref._core.declared import Declared
from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import one_of, real, whole
from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.babi.reader import SHA256, TASK_NAMES
from liaf_ref.experiments.babi import CONDITIONS, UNPRINTED_SETTINGS, condition_settings
from liaf_ref.experiments.runner.run_manifest import rows_to_csv
from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.report.content import MissingRuns

TABLE_III_CELLS = ("rnn", "lstm", "gru", "lif", "liaf")
EPOCH_SELECTIONS = {
    "final": "the last epoch",
    "selected": "the best epoch on validation",
    "best_test": "the best epoch on the test questions (selection on the test set)",
}
CAUSES = {"overflow": "overflow", "stopped": "early stopping", None: "not recorded"}
# Fields in which the runs of one group may differ.
VARYING_FIELDS = (
    *("task", "cell", "seed", "data_seed", "lr", "epochs", "stop_after", "data_sha256"),
    *("experiment", "track_test", "select_epoch", "average_epochs"),
    *UNPRINTED_SETTINGS,
)
SETTING = re.compile(rf"({'|'.join(UNPRINTED_SETTINGS)})=([\w.+-]+)", re.ASCII)
EPOCHS = whole(0)
Score = Annotated[float | None, real(0, 1)]


class RunSummary(Declared):
    """A run as a line of a table; accuracies are fractions of the test questions, None unknown."""

    task: Annotated[int, whole(1, len(TASK_NAMES))]
    cell: Annotated[str, one_of(*CELL_FACTORIES)]
    seed: Annotated[int, whole(0, 2**128)]
    lr: Annotated[float, real(0, 1e6, closed="(]")]
    epochs: Annotated[int, EPOCHS]
    epochs_done: Annotated[int, EPOCHS]  # fewer than ``epochs`` if the run was aborted
    majority: Score  # of the most frequent training answer
    final: Score  # accuracy after the last epoch
    selected: Score  # after the best epoch on validation
    best_test: Score  # the highest of all
    selected_epoch: Annotated[int, EPOCHS]
    best_test_epoch: Annotated[int, EPOCHS]
    train: Score  # accuracy on the training questions during the last epoch
    seconds: Annotated[float, real(0, 1e12)]
    stop_after: Annotated[int, EPOCHS] = 0  # epochs without a lower validation loss; 0 if off
    cause: Annotated[str | None, one_of(*filter(None, CAUSES))] = None  # why the run was aborted
    settings: str = ""  # unlike the table's, as in "alpha=0.9 clip=1.0"
    machine: str = ""  # and the kernel of its BLAS, where they were recorded

    @property
    def is_tracked(self) -> bool:
        """Whether the run has the test accuracy of every epoch selection."""
        return None not in (getattr(self, name) for name in EPOCH_SELECTIONS)

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
    """Write summaries as a table, one line each; ``from_csv`` reads it."""
    return rows_to_csv([asdict(run) for run in runs])


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


def check_one_table(runs: Iterable[BabiRun]) -> None:
    """Refuse runs that one table cannot show: of several groups, or with an accuracy lacking."""
    groups = group_babi_runs(runs)
    if len(groups) > 1:
        got = " and ".join(f"{own[0].label} in {own[0].source}" for own in groups[:2])
        raise InputError(f"expected bAbI runs on the same text and with equal options, got {got}")
    for run in (run for group in groups for run in group if not run.summary.is_tracked):
        name = f"QA{run.summary.task}, {run.summary.cell}, seed {run.summary.seed}"
        raise InputError(f"{run.source}: expected runs with --track-test, got {name} without")


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


def missing_babi_runs(runs: Iterable[RunSummary]) -> Iterator[MissingRuns]:
    """The tasks of which a cell has no run under the conditions of the paper, and commands."""
    known = {(r.cell, r.task) for r in runs if any(map(r.matches_condition, CONDITIONS))}
    data = "--data tasks_1-20_v1-2"
    if not known:
        command = f"liaf-ref sweep docs/sweeps/table03.toml {data} --jobs 2 --out babi"
        yield MissingRuns("all tasks, five layers, three to ten seeds", command)
        return
    for cell in TABLE_III_CELLS:
        if tasks := [str(task) for task in TASK_NAMES if (cell, task) not in known]:
            which = ",".join(tasks)
            command = f"liaf-ref run babi {data} --tasks {which} --cells {cell} --track-test"
            yield MissingRuns(f"{CELL_NAMES[cell]}: tasks {which}", command)
