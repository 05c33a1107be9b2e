"""Tables of runs as CSV: a line for each run and, of runs on recordings, one for each epoch.

A column that no run has is left out.  ``liaf-ref report`` reads the tables of runs on recordings.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from liaf_ref._core.declared import Declared, declarations
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.safe_load import MAX_TEXT_BYTES, parse_json, read_bytes
from liaf_ref._core.text import short_repr

METRICS = "train_accuracy", "train_loss", "validation_accuracy", "validation_loss"
Row = dict[str, Any]
Parser = Callable[[str], Any]
D = TypeVar("D", bound=Declared)


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
    """Whether a file is a table of runs on recordings, or of their epochs."""
    return _read_text(path).startswith("job,")


def parsers_of(cls: type[Declared]) -> dict[str, Parser]:
    """How the fields of a declared class are read from a table."""
    return {each.name: each.kind.parse or parse_json for each in declarations(cls)}


def read_rows(path: Path, parsers: Mapping[str, Parser]) -> Iterator[tuple[int, Row]]:
    """The rows of a table with their lines: the columns with a parser, without empty fields."""
    reader = csv.reader(io.StringIO(_read_text(path), newline=""), strict=True)
    try:
        names = next(reader, [])
        for fields in reader:
            pairs = [pair for pair in zip(names, fields, strict=True) if pair[0] in parsers]
            yield reader.line_num, {name: parsers[name](text) for name, text in pairs if text}
    except (ValueError, csv.Error) as error:
        reason = f"expected a table of runs (CSV), got an error: {short_repr(error)}"
        raise FormatError(path, reason) from error


def checked(cls: type[D], values: Any, path: Path, line: int | None = None) -> D:
    """A declared value of what a file holds, beside other things."""
    if isinstance(values, Mapping):
        known = {each.name for each in declarations(cls)}
        values = {name: value for name, value in values.items() if name in known}
    try:
        return cls.from_record(values, "run")
    except InputError as error:
        raise FormatError(path, str(error), line=line) from error


def _read_text(path: Path) -> str:
    try:
        return read_bytes(path, "a table of runs", MAX_TEXT_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(path, f"expected UTF-8 text, got an error: {error}") from error
