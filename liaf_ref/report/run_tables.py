"""Runs as CSV: a line for each run and, of runs on recordings, a second table of their epochs.

A column that no run has is left out.  ``liaf-ref report`` reads the tables of runs on recordings.
"""

import csv
import dataclasses
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.safe_load import MAX_TEXT_BYTES, parse_json, read_bytes
from liaf_ref._core.text import short_repr
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, DVSConfig
from liaf_ref.training.run_folder import DATA_SHA256, is_metrics_row

METRICS = "train_accuracy", "train_loss", "validation_accuracy", "validation_loss"
_TEXT_COLUMNS = {field.name for field in dataclasses.fields(DVSConfig) if "str" in str(field.type)}
_TEXT_COLUMNS |= {"job", "data", DATA_SHA256}
Row = dict[str, Any]


class TabulatedRun(NamedTuple):
    """A run on recordings in a table: what its run.json and metrics.jsonl held."""

    record: Row
    config: Row
    metrics: list[Row]


def run_row(job: str, record: Mapping[str, Any]) -> Row:
    """A line of the table of runs: configuration and result, without what is not set."""
    data = str(record.get("data") or "").partition(", in ")[0]  # without the folder
    row = {"job": job, "experiment": record.get("experiment"), "data": data}
    row |= record["config"] | record["result"]
    return {name: value for name, value in row.items() if value not in (None, "")}


def epoch_rows(job: str, metrics: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """The lines of the table of epochs, with six digits."""
    for row in metrics:
        yield {"job": job, "epoch": row["epoch"]} | {x: f"{row[x]:.6g}" for x in METRICS}


def epochs_path(path: Path) -> Path:
    """The table of epochs beside a table of runs."""
    return path.with_name(f"{path.stem}-epochs.csv")


def is_run_table(path: Path) -> bool:
    """Whether a file is a table of runs or of epochs."""
    return _read_text(path).startswith("job,")


def read_run_table(path: Path) -> list[TabulatedRun]:
    """Read a table of runs on recordings, and that of their epochs beside it."""
    epochs: dict[str, list[Row]] = {}
    runs = read_results(path)
    for line, row in _read_rows(epochs_path(path)):
        own = epochs.setdefault(str(row.pop("job", "")), [])
        own.append(row)
        if not is_metrics_row(row, len(own)):
            reason = f"expected the metrics of epoch {len(own)}, got {short_repr(row)}"
            raise FormatError(epochs_path(path), reason, line=line)
    jobs = [str(run.record["result"].get("job")) for run in runs]
    return [run._replace(metrics=epochs.get(job, [])) for run, job in zip(runs, jobs, strict=True)]


def read_results(path: Path) -> list[TabulatedRun]:
    """Read a table of runs on recordings, without their epochs."""
    if path.stem.endswith("-epochs"):
        raise InputError(f"{path}: expected a table of runs, got one of epochs")
    return [_tabulated_run(path, line, row) for line, row in _read_rows(path)]


def _tabulated_run(path: Path, line: int, row: Row) -> TabulatedRun:
    spec = EXPERIMENT_SPECS.get(str(row.get("experiment")))
    if spec is None:
        known = ", ".join(EXPERIMENT_SPECS)
        reason = f"expected an experiment among {known}, got {short_repr(row.get('experiment'))}"
        raise FormatError(path, reason, line=line)
    own = {field.name for field in dataclasses.fields(DVSConfig)} | {DATA_SHA256, *spec.record}
    config = {name: value for name, value in row.items() if name in own}
    record = {"data": row.get("data"), "result": row}
    return TabulatedRun(record, config, [])


def _read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a table with their lines; empty fields are left out."""
    reader = csv.reader(io.StringIO(_read_text(path), newline=""), strict=True)
    try:
        names = next(reader, [])
        for fields in reader:
            pairs = zip(names, fields, strict=True)
            yield reader.line_num, {name: _parse(name, text) for name, text in pairs if text}
    except (ValueError, csv.Error) as error:
        reason = f"expected a table of runs (CSV), got an error: {short_repr(error)}"
        raise FormatError(path, reason) from error


def _parse(name: str, text: str) -> Any:
    if name in _TEXT_COLUMNS:
        return text
    try:
        return parse_json(text)
    except ValueError:
        return text


def _read_text(path: Path) -> str:
    try:
        return read_bytes(path, "a table of runs", MAX_TEXT_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(path, f"expected UTF-8 text, got an error: {error}") from error
