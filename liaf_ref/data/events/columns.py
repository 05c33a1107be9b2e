"""Columns of files without bytes to name: made into events, an entry named by its row."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.validation.arrays import Array
from liaf_ref.data.events.array import Events, make_events


def integer_column(path: Path, name: str, column: Array, minimum: int, maximum: int) -> Array:
    """Take a column of whole numbers in a range, whatever their dtype."""
    if column.dtype.kind not in "iuf":
        raise FormatError(path, f"{name}: expected numbers, got dtype {column.dtype}")
    wrong = ~((column >= minimum) & (column <= maximum) & (column == np.floor(column)))
    if wrong.any():
        row = int(np.argmax(wrong))
        expected = f"expected a whole number in {minimum} .. {maximum}"
        raise FormatError(path, f"{name}: {expected}, got {column[row]} in row {row}")
    return column.astype(np.int64)


def stream_columns(path: Path, chunk: int, **columns: Array) -> Iterator[Events]:
    """Make events of columns, and yield them piece by piece."""
    try:
        events = make_events(**columns)
    except InputError as error:
        raise FormatError(path, str(error)) from error
    for start in range(0, len(events), chunk):
        yield events[start : start + chunk]
