"""A run's folder: what was run (run.json), how it went (metrics.jsonl), where it stands."""

import json
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import liaf_ref
from liaf_ref.errors import FormatError, RunError
from liaf_ref.files import write_atomic
from liaf_ref.training import checkpoint
from liaf_ref.training.loop import EpochDone, TrainingState


def versions() -> dict[str, str]:
    """Versions of all that could change a result, and the machine."""
    return {
        "liaf_ref": liaf_ref.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
    }


@dataclass(frozen=True)
class RunFolder:
    """One training run on disk.

    Its metrics hold no times, so that the files of a resumed run equal those
    of an undisturbed one byte for byte; times are in run.json.

    Parameters
    ----------
    path : Path
        The folder.
    config : dict
        All that decides the result; compared when a run is resumed.
    """

    path: Path
    config: dict[str, Any]

    def begin(self, resume: bool) -> TrainingState | None:
        """Make the folder, or find where its run stopped.

        Parameters
        ----------
        resume : bool
            Whether to go on with a run that is already there.

        Returns
        -------
        TrainingState or None
            Where to continue; None for a run that has not saved anything yet.

        Raises
        ------
        RunError
            If the folder holds a run and ``resume`` is false, if that run has
            another configuration, or if the folder cannot be made.
        FormatError
            If run.json or the checkpoint cannot be read.
        """
        if self._file("run.json").exists():
            self._check_same(resume)
        else:
            try:
                self.path.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise RunError(f"{self.path}: cannot be made: {error.strerror}") from error
            self.write(status="running")
        if not self._file("checkpoint.npz").exists():
            self._keep_metrics(0)
            return None
        state = checkpoint.load(self._file("checkpoint.npz"))
        self._keep_metrics(state.epoch)
        return state

    def write(self, **facts: Any) -> None:
        """Write run.json: configuration, versions, and what is known so far."""
        self._write_json("run.json", {"config": self.config, "versions": versions()} | facts)

    def read(self) -> dict[str, Any]:
        """Read run.json.

        Raises
        ------
        FormatError
            If it is missing or not a JSON object.
        """
        path = self._file("run.json")
        try:
            record = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise FormatError(path, f"expected a JSON object, got {error}") from error
        if not isinstance(record, dict):
            raise FormatError(path, f"expected a JSON object, got a {type(record).__name__}")
        return record

    def append(self, event: EpochDone) -> None:
        """Record an epoch: its metrics first, then the state that follows from it."""
        row: dict[str, float] = {"epoch": event.state.epoch}
        for name, score in (("train", event.train), ("validation", event.validation)):
            row |= {f"{name}_loss": score.loss, f"{name}_accuracy": score.accuracy}
        lines = self._metrics() + json.dumps(row).encode() + b"\n"
        write_atomic(self._file("metrics.jsonl"), lines)
        checkpoint.save(self._file("checkpoint.npz"), event.state)

    def _check_same(self, resume: bool) -> None:
        if not resume:
            raise RunError(
                f"{self.path}: holds a run already; pass --resume to continue it, "
                "or choose another folder with --out"
            )
        before = self.read().get("config")
        now = json.loads(json.dumps(self.config))
        if before != now:
            old = before if isinstance(before, dict) else {}
            changed = sorted(k for k in old.keys() | now.keys() if old.get(k) != now.get(k))
            texts = [f"{k}: was {old.get(k)!r}, is {now.get(k)!r}" for k in changed]
            raise RunError(f"{self.path}: cannot resume another configuration; {'; '.join(texts)}")

    def _keep_metrics(self, epochs: int) -> None:
        lines = self._metrics().splitlines(keepends=True)
        write_atomic(self._file("metrics.jsonl"), b"".join(lines[:epochs]))

    def _metrics(self) -> bytes:
        path = self._file("metrics.jsonl")
        return path.read_bytes() if path.exists() else b""

    def _write_json(self, name: str, content: dict[str, Any]) -> None:
        text = json.dumps(content, indent=2, default=float)
        write_atomic(self._file(name), text.encode() + b"\n")

    def _file(self, name: str) -> Path:
        return self.path / name
