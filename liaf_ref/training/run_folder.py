"""The folder of a run: configuration (run.json), metrics (metrics.jsonl) and checkpoint."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liaf_ref._core import atomic, safe_load
from liaf_ref._core.errors import ConfigError, FormatError, occupied
from liaf_ref._core.provenance import library_versions
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import check_bool, check_path
from liaf_ref.training import checkpoint
from liaf_ref.training.checkpoint import Checkpoint
from liaf_ref.training.state import EpochDone, Score, TrainingState

_METRIC_COLUMNS = {
    "epoch",
    *(f"{part}_{fact}" for part in ("train", "validation") for fact in ("loss", "accuracy")),
}
_METRIC_COLUMNS_WITH_TEST = _METRIC_COLUMNS | {"test_loss", "test_accuracy"}
STOP_REASON_COLUMN = "stopped"  # in the last row of a run that stopped early: why


def is_metrics_row(row: dict[str, Any], epoch: int) -> bool:
    """Whether a line of the metrics is the row of its epoch."""
    numbers = {name: value for name, value in row.items() if name != STOP_REASON_COLUMN}
    known = numbers.keys() in (_METRIC_COLUMNS, _METRIC_COLUMNS_WITH_TEST)
    return known and all(map(safe_load.is_number, numbers.values())) and row["epoch"] == epoch


def best_epoch_index(rows: Sequence[Mapping[str, Any]]) -> int:
    """Index of the epoch that training selects: highest accuracy, ties by lowest loss."""
    order = [(row["validation_accuracy"], -row["validation_loss"]) for row in rows]
    return order.index(max(order))  # of equals the first


def diff_config(previous: object, current: dict[str, Any]) -> dict[str, str]:
    """Differences between two configurations that forbid resuming, by name."""
    old = previous if isinstance(previous, dict) else {}
    names = sorted(n for n in old.keys() | current.keys() if old.get(n) != current.get(n))
    changes = {n: f"was {short_repr(old.get(n))}, is {current.get(n)!r}" for n in names}
    epochs = old.get("epochs"), current.get("epochs")
    if "epochs" in changes and all(isinstance(number, int) for number in epochs):
        change = changes.pop("epochs")
        if current["epochs"] < old["epochs"]:
            changes["epochs"] = f"{change}, and epochs can only be increased"
        elif current.get("schedule") == "cosine":
            changes["epochs"] = f"{change}, and the cosine schedule depends on the number of epochs"
    return changes


RUN_FILE, METRICS_FILE, CHECKPOINT_FILE = "run.json", "metrics.jsonl", "checkpoint.npz"
DATA_SHA256 = "data_sha256"  # in the record of a configuration: the hash of the data


@dataclass(frozen=True)
class RunFolder:
    """One training run on disk."""

    path: Path
    # All that decides the result, as JSON has it; compared on resuming, but for more ``epochs``.
    config: dict[str, Any]
    experiment: str = ""
    data: str = ""  # a description, for reports

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", check_path("path", self.path, "a run"))

    def check_can_start(self, resume: bool) -> None:
        """Refuse what :meth:`start_or_resume` refuses of run.json, and write nothing."""
        check_bool("resume", resume, "a run")
        if self._file_path(RUN_FILE).exists():
            if not resume:
                raise occupied(self.path, "a run")
            if changes := diff_config(read_run_json(self.path).get("config"), self.config):
                raise ConfigError(self.path, changes)
            return
        for name in (CHECKPOINT_FILE, METRICS_FILE):
            if self._file_path(name).exists():
                raise occupied(self.path, f"the {name} of a run without its run.json")

    def start_or_resume(self, resume: bool) -> Checkpoint | None:
        """Make the folder, or find where its run stopped: None if it has saved nothing yet."""
        self.check_can_start(resume)
        atomic.make_folder(self.path)
        atomic.remove_temp_files(self.path)
        if not self._file_path(RUN_FILE).exists():
            self.write_run_json(status="running")
        record, saved = read_run_json(self.path), None
        if self._file_path(CHECKPOINT_FILE).exists():
            saved = load_checkpoint(self.path, self.config)
        self._truncate_metrics(saved.state.epoch if saved else 0)
        if (record.get("config"), record.get("versions")) != (self.config, library_versions()):
            self.write_run_json(status="running")
        return saved

    def write_run_json(self, **facts: Any) -> None:
        """Write run.json: experiment, configuration, data, versions, and what is known so far."""
        known = {"experiment": self.experiment, "config": self.config, "data": self.data}
        known["versions"] = library_versions()
        if earlier := self._earlier_versions():
            known["earlier_versions"] = earlier
        text = json.dumps(known | facts, indent=2, default=float)
        atomic.write_atomic(self._file_path(RUN_FILE), text.encode() + b"\n")

    def _earlier_versions(self) -> list[Any]:
        """The versions of the processes that began this run, where they were others."""
        record = read_run_json(self.path) if self._file_path(RUN_FILE).exists() else {}
        listed, last = record.get("earlier_versions", []), record.get("versions")
        known = [*(listed if isinstance(listed, list) else []), *([last] if last else [])]
        return [versions for versions in known if versions != library_versions()]

    def record_epoch(self, event: EpochDone, seconds: float, test: Score | None = None) -> None:
        """Record an epoch: its metrics first, then the state that follows from it."""
        # No times, so that the metrics of a resumed run equal those of an undisturbed one byte for
        # byte; times are in run.json.
        row: dict[str, Any] = {"epoch": event.state.epoch}
        scores = {"train": event.train, "validation": event.validation}
        for name, score in (scores | ({"test": test} if test else {})).items():
            row |= {f"{name}_loss": score.loss, f"{name}_accuracy": score.accuracy}
        row |= {STOP_REASON_COLUMN: event.stop_reason} if event.stop_reason else {}
        atomic.append_atomic(self._file_path(METRICS_FILE), json.dumps(row).encode() + b"\n")
        self.save_checkpoint(event.state, seconds)

    def save_checkpoint(self, state: TrainingState, seconds: float = 0.0) -> None:
        """Save a checkpoint to resume from; also within an epoch."""
        checkpoint.save(self._file_path(CHECKPOINT_FILE), state, seconds, run_digest(self.config))

    def _truncate_metrics(self, epochs: int) -> None:
        path = self._file_path(METRICS_FILE)
        lines = _read_metrics_bytes(path).splitlines(keepends=True)
        for epoch in range(1, epochs + 1):
            _parse_row(path, b"".join(lines[epoch - 1 : epoch]), epoch)
        atomic.write_atomic(path, b"".join(lines[:epochs]))

    def _file_path(self, name: str) -> Path:
        return self.path / name


def run_digest(config: Mapping[str, Any]) -> str:
    """Digest of the configuration and the data of a run, which its checkpoint holds."""
    # Without the number of epochs: a run can be made longer.
    content = {name: value for name, value in config.items() if name != "epochs"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def load_checkpoint(folder: Path, config: Mapping[str, Any]) -> Checkpoint:
    """Read the checkpoint of a run with this configuration; refuse that of another run."""
    found = checkpoint.load(folder / CHECKPOINT_FILE)
    if found.run != run_digest(config):
        reason = "expected the checkpoint of this run, got one of another configuration or data"
        raise FormatError(folder / CHECKPOINT_FILE, reason)
    return found


def delete_record(folder: Path) -> None:
    """Delete the files of a run, and no others; run.json last."""
    atomic.remove_temp_files(folder)
    for name in (CHECKPOINT_FILE, METRICS_FILE, RUN_FILE):
        atomic.remove_file(folder / name)


def read_run_json(folder: Path) -> dict[str, Any]:
    """Read run.json of a folder, or raise a FormatError if it is missing or no JSON object."""
    return safe_load.read_json_object(folder / RUN_FILE, safe_load.MAX_RECORD_BYTES)


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """Read metrics.jsonl of a folder: one row per epoch, none before the first has ended."""
    path = folder / METRICS_FILE
    lines = _read_metrics_bytes(path).splitlines()
    return [_parse_row(path, line, epoch) for epoch, line in enumerate(lines, start=1)]


def _read_metrics_bytes(path: Path) -> bytes:
    return (
        safe_load.read_bytes(path, "a file of metrics", safe_load.MAX_TEXT_BYTES)
        if path.exists()
        else b""
    )


def _parse_row(path: Path, line: bytes, epoch: int) -> dict[str, Any]:
    try:
        row = safe_load.parse_json(line)
    except ValueError:
        row = None
    if not isinstance(row, dict) or not is_metrics_row(row, epoch):
        reason = f"expected the metrics of epoch {epoch}, got {line[:60]!r}"
        raise FormatError(path, reason, line=epoch)
    return row
