"""Convert columns to events; errors name the column and the row."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from liaf_ref._core.errors import FormatError
from liaf_ref._core.validation.arrays import Array
from liaf_ref.data.events.array import EVENT, MAX_COORDINATE, Events
from liaf_ref.data.events.timestamps import check_nondecreasing

FIELD_RANGES = {
    "t": (-(2**63), 2**63 - 1),
    "x": (0, MAX_COORDINATE),
    "y": (0, MAX_COORDINATE),
    "p": (0, 1),
}
INTEGER_KINDS = "biu"


def integer_column(
    path: Path, name: str, column: Array, minimum: int, maximum: int, first_row: int = 0
) -> Array:
    """Check a column of integers in a range, of any numeric dtype."""
    if column.dtype.kind not in f"{INTEGER_KINDS}f":
        raise FormatError(path, f"{name}: expected numbers, got dtype {column.dtype}")
    wrong = ~((column >= minimum) & (column <= maximum))
    if column.dtype.kind == "f":
        wrong |= column != np.floor(column)
    if wrong.any():
        row = int(np.argmax(wrong))
        expected = f"expected an integer in {minimum} .. {maximum}"
        raise FormatError(path, f"{name}: {expected}, got {column[row]} in row {first_row + row}")
    return column.astype(np.int64)


def stream_columns(path: Path, chunk: int, **columns: Array) -> Iterator[Events]:
    """Yield events made of the columns t, x, y and p, in chunks."""
    t = columns["t"]
    for name, column in columns.items():
        if column.dtype.kind not in INTEGER_KINDS or column.shape != (t.size,):
            expected = f"expected integers or booleans of shape ({t.size},)"
            actual = f"shape {column.shape} and dtype {column.dtype}"
            raise FormatError(path, f"{name}: {expected}, got {actual}")
    last = FIELD_RANGES["t"][0]
    for start in range(0, len(t), chunk):
        part = slice(start, start + chunk)
        events = np.empty(len(t[part]), EVENT)
        for name, column in columns.items():
            events[name] = integer_column(path, name, column[part], *FIELD_RANGES[name], start)

        def refuse(index: int, reason: str, start: int = start) -> FormatError:
            return FormatError(path, f"t: {reason} in row {start + index}")

        last = check_nondecreasing(events["t"], last, refuse)
        yield events
