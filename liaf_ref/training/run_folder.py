"""The folder of a run: configuration (run.json), metrics (metrics.jsonl) and checkpoint."""

import json
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import liaf_ref
from liaf_ref._core.atomic import append_atomic, make_folder, remove_temp_files, write_atomic
from liaf_ref._core.errors import ConfigError, FormatError, InputError, RunError
from liaf_ref._core.safe_load import (
    MAX_RECORD_BYTES,
    MAX_TEXT_BYTES,
    parse_json,
    read_bytes,
    read_json_object,
)
from liaf_ref._core.validation import check_bool, check_instance, check_path, validate_fields
from liaf_ref.training import checkpoint
from liaf_ref.training.checkpoint import Checkpoint
from liaf_ref.training.run_metrics import STOP_REASON_COLUMN, diff_config, is_metrics_row
from liaf_ref.training.state import EpochDone, Score, TrainingState

RUN_FILE = "run.json"
DATA_SHA256 = "data_sha256"  # in the record of a configuration: the hash of the data


def library_versions() -> dict[str, str]:
    """Versions of all that could change a result, and the machine."""
    return {
        "liaf_ref": liaf_ref.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
    }


@dataclass(frozen=True)
class RunFolder:
    """One training run on disk."""

    path: Path
    # All that decides the result; compared on resuming, but for more ``epochs``.
    config: dict[str, Any]
    experiment: str = ""
    data: str = ""  # a description, for reports

    def __post_init__(self) -> None:
        validate_fields(self, ("path",), check_path, "a run")
        validate_fields(self, ("config",), check_instance, dict, "a run", "names and values")
        try:
            json.dumps(self.config)
        except (TypeError, ValueError) as error:
            reason = f"expected names and values that JSON can represent, got an error: {error}"
            raise InputError.for_argument("config", "a run", reason) from error

    def check_can_start(self, resume: bool) -> None:
        """Refuse what :meth:`start_or_resume` refuses of run.json, and write nothing."""
        check_bool("resume", resume, "a run")
        if self._file_path(RUN_FILE).exists():
            self._check_same_config(resume)
            return
        for name in ("checkpoint.npz", "metrics.jsonl"):
            if self._file_path(name).exists():
                raise RunError(
                    f"{self.path}: contains the {name} of a run, but no run.json to compare with; "
                    "choose another folder with --out"
                )

    def start_or_resume(self, resume: bool) -> Checkpoint | None:
        """Make the folder, or find where its run stopped: None if it has saved nothing yet."""
        self.check_can_start(resume)
        make_folder(self.path)
        remove_temp_files(self.path)
        new = not self._file_path(RUN_FILE).exists()
        if new:
            self.write_run_json(status="running")
        saved = None
        if self._file_path("checkpoint.npz").exists():
            saved = checkpoint.load(self._file_path("checkpoint.npz"))
        self._truncate_metrics(saved.state.epoch if saved else 0)
        if not new and not self.matches_config(
            read_run_json(self.path).get("config")
        ):  # it is made longer
            self.write_run_json(status="running")
        return saved

    def matches_config(self, saved_config: object) -> bool:
        """Whether a configuration read from a run.json equals this one."""
        return saved_config == self._config_as_json()

    def write_run_json(self, **facts: Any) -> None:
        """Write run.json: experiment, configuration, data, versions, and what is known so far."""
        known = {"experiment": self.experiment, "config": self.config, "data": self.data}
        self._write_json(RUN_FILE, known | {"versions": library_versions()} | facts)

    def record_epoch(
        self, event: EpochDone, seconds: float = 0.0, test: Score | None = None
    ) -> None:
        """Record an epoch: its metrics first, then the state that follows from it."""
        # No times, so that the metrics of a resumed run equal those of an undisturbed one byte for
        # byte; times are in run.json.
        row: dict[str, Any] = {"epoch": event.state.epoch}
        scores = {"train": event.train, "validation": event.validation}
        for name, score in (scores | ({"test": test} if test else {})).items():
            row |= {f"{name}_loss": score.loss, f"{name}_accuracy": score.accuracy}
        row |= {STOP_REASON_COLUMN: event.stop_reason} if event.stop_reason else {}
        append_atomic(self._file_path("metrics.jsonl"), json.dumps(row).encode() + b"\n")
        self.save_checkpoint(event.state, seconds)

    def save_checkpoint(self, state: TrainingState, seconds: float = 0.0) -> None:
        """Save a checkpoint to resume from; also within an epoch."""
        checkpoint.save(self._file_path("checkpoint.npz"), state, seconds)

    def _check_same_config(self, resume: bool) -> None:
        if not resume:
            raise RunError(
                f"{self.path}: already contains a run; pass --resume to continue it, "
                "or choose another folder with --out"
            )
        changes = diff_config(read_run_json(self.path).get("config"), self._config_as_json())
        if changes:
            raise ConfigError(self.path, changes)

    def _config_as_json(self) -> dict[str, Any]:
        """The configuration as it is read back."""
        config: dict[str, Any] = json.loads(json.dumps(self.config))
        return config

    def _truncate_metrics(self, epochs: int) -> None:
        path = self._file_path("metrics.jsonl")
        lines = _read_metrics_bytes(path).splitlines(keepends=True)
        for epoch in range(1, epochs + 1):
            _parse_row(path, b"".join(lines[epoch - 1 : epoch]), epoch)
        write_atomic(self._file_path("metrics.jsonl"), b"".join(lines[:epochs]))

    def _write_json(self, name: str, content: dict[str, Any]) -> None:
        text = json.dumps(content, indent=2, default=float)
        write_atomic(self._file_path(name), text.encode() + b"\n")

    def _file_path(self, name: str) -> Path:
        return self.path / name


def read_run_json(folder: Path) -> dict[str, Any]:
    """Read run.json of a folder, or raise a FormatError if it is missing or no JSON object."""
    return read_json_object(folder / RUN_FILE, MAX_RECORD_BYTES)


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """Read metrics.jsonl of a folder: one row per epoch, none before the first has ended."""
    path = folder / "metrics.jsonl"
    lines = _read_metrics_bytes(path).splitlines()
    return [_parse_row(path, line, epoch) for epoch, line in enumerate(lines, start=1)]


def _read_metrics_bytes(path: Path) -> bytes:
    return read_bytes(path, "a file of metrics", MAX_TEXT_BYTES) if path.exists() else b""


def _parse_row(path: Path, line: bytes, epoch: int) -> dict[str, Any]:
    try:
        row = parse_json(line)
    except ValueError:
        row = None
    if not isinstance(row, dict) or not is_metrics_row(row, epoch):
        reason = f"expected the metrics of epoch {epoch}, got {line[:60]!r}"
        raise FormatError(path, reason, line=epoch)
    return row
