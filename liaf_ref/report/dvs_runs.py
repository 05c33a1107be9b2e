"""Runs on recordings, read off their folders."""

import math
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import is_number
from liaf_ref._core.validation.scalars import short_repr
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS

RESULT_KEYS = (
    *("train_accuracy", "validation_accuracy", "test_accuracy", "majority_accuracy"),
    *("weights", "muls", "adds", "seconds"),
)


CONFIG_KEYS = ("cell", "seed", "scale", "lr", "data_sha256")


class DvsRun(NamedTuple):
    """A finished run on recordings.

    Attributes
    ----------
    folder : Path
        Where it is.
    config, result : mapping
        As in its run.json.
    metrics : sequence of mapping
        A row for each epoch.
    origin : str
        simulated, published or unrecorded.
    """

    folder: Path
    config: Mapping[str, Any]
    result: Mapping[str, Any]
    metrics: Sequence[Mapping[str, float]]
    origin: str

    @property
    def cell(self) -> str:
        """What the network is built of."""
        return str(self.config["cell"])

    @property
    def key(self) -> tuple[Hashable, ...]:
        """Equal for runs of two cells that can be paired: their seed, fold and recordings."""
        return self.config["seed"], self.fold, self.config.get("data_sha256")

    @property
    def fold(self) -> Any:
        """Number of the fold that was tested on; None if it was the data set's own part."""
        return self.config.get("fold")


def parse_dvs_run(folder: Path, record: Mapping[str, Any], metrics: Any, source: str) -> DvsRun:
    """Take a record for that of a finished run on recordings."""
    config, result = record["config"], record.get("result")
    known = EXPERIMENT_SPECS[config["experiment"]]
    whole = (
        isinstance(result, dict)
        and all(_is_finite(result.get(name)) for name in RESULT_KEYS)
        and _are_counts(result.get("examples", [1, 1, 1]))
    )
    cell, seed, scale, rate, sha = (config.get(name) for name in CONFIG_KEYS)
    if str(cell) not in known.cells or str(scale) not in known.scales or type(seed) is not int:
        expected = f"expected cell, scale and seed of a run of {known.title}"
        got = f"{short_repr(cell)}, {short_repr(scale)} and {short_repr(seed)}"
        raise FormatError(folder / "run.json", f"{expected}, got {got}")
    if type(config.get("fold", 0)) not in (int, type(None)):
        raise FormatError(
            folder / "run.json", f"expected a fold's number, got {short_repr(config['fold'])}"
        )
    if not (_is_finite(rate) and isinstance(sha, str | None)):
        expected = "expected a learning rate and a hash of the data"
        reason = f"{expected}, got {short_repr(rate)} and {short_repr(sha)}"
        raise FormatError(folder / "run.json", reason)
    if not whole:
        raise FormatError(folder / "run.json", f"expected a result with {', '.join(RESULT_KEYS)}")
    if not metrics:
        raise FormatError(folder / "metrics.jsonl", "expected a line for each epoch, got none")
    for epoch, row in enumerate(metrics, 1):
        _check_row(folder / "metrics.jsonl", row, epoch)
    config = {**config, "experiment": known.same_data_as or config["experiment"]}
    return DvsRun(folder, config, result or {}, metrics, _data_origin(record, source))


def _check_row(path: Path, row: Mapping[str, Any], epoch: int) -> None:
    for name, value in row.items():
        if is_number(value) and not math.isfinite(value):
            raise FormatError(path, f"{name}: expected a finite number, got {value}", line=epoch)


def _is_finite(value: object) -> bool:
    return is_number(value) and math.isfinite(cast(float, value))


def _are_counts(value: object) -> bool:
    """Whether it is how many recordings there were to train, to validate and to test."""
    expected = isinstance(value, list) and len(value) == 3
    return expected and all(type(n) is int and 0 < n < 2**31 for n in cast(list[Any], value))


def _data_origin(record: Mapping[str, Any], source: str) -> str:
    """Where recordings were from, by the run's own record or, if older, by what is beside it."""
    origin = record.get("origin")
    text = origin.get("data") if isinstance(origin, dict) else None
    if isinstance(text, dict) and "folder" in text:
        return "simulated" if text["folder"] is None else "published"
    if source.endswith(", simulated"):
        return "simulated"
    return "published" if source else "unrecorded"
