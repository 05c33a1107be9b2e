"""Files of columns: the MATLAB files of MNIST-DVS and CIFAR10-DVS, and NumPy's .npz and .npy."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from liaf_ref._core.errors import FormatError, InputError, unreadable
from liaf_ref._core.safe_load import load_npz, max_decompressed_size
from liaf_ref._core.text import describe_value, short_text
from liaf_ref._core.validation import Array
from liaf_ref.data.events.array import make_events
from liaf_ref.data.events.binary_io import Block, Locate, Warn, file_size, open_binary

MAT_COLUMNS = {4: (0, 1, 2, 3), 6: (0, 3, 4, 5)}  # columns of t, x, y and the polarity
MAT_RANGES = {"t": (-(2**53), 2**53), "x": (0, 127), "y": (0, 127), "polarity": (-1, 1)}
FIELDS = {"t", "x", "y", "p"}


def read_mat(path: Path, chunk: int, warn: Warn) -> Iterator[Block]:
    """Read events from the only matrix of a .mat file."""
    # The matrix has the columns t, x, y and polarity, or six columns, two of a simulator after t.
    # There x counts rows from above and y columns from the right, because the camera lay on its
    # side. Brighter is 1, darker is 0 or -1.
    table = _load_matrix(path)
    names = dict(zip(MAT_RANGES, MAT_COLUMNS[table.shape[1]], strict=True))
    darker: set[int] = set()
    for start in range(0, len(table), chunk):
        part = table[start : start + chunk]
        t, row, right, polarity = (
            _integers(path, name, part[:, names[name]], limits, start)
            for name, limits in MAT_RANGES.items()
        )
        darker.update(polarity[polarity < 1].tolist())
        if len(darker) > 1:
            raise FormatError(path, "polarity: expected 1 and either 0 or -1, got all three")
        yield Block(t, 127 - right, row, polarity == 1, _at_row(path, start))


def _load_matrix(path: Path) -> Array:
    from scipy.io import loadmat  # noqa: PLC0415 - importing liaf_ref.data must load NumPy only

    with open_binary(path) as file:
        loaded = loadmat(file)  # in a child process, so that any error is one of the file
    found = {name: array for name, array in loaded.items() if name[:2] != "__"}
    if len(found) != 1:
        names = short_text(", ".join(found) or "none")
        raise FormatError(path, f"expected one variable, got {len(found)}: {names}")
    ((name, table),) = found.items()
    if not isinstance(table, np.ndarray) or table.ndim != 2 or table.shape[1] not in MAT_COLUMNS:
        actual = describe_value(table)
        raise FormatError(path, f"{name}: expected shape (N, 4) or (N, 6), got {actual}")
    return table


def read_npz(path: Path, chunk: int, warn: Warn) -> Iterator[Block]:
    """Read the arrays t, x, y and p of a .npz file, with y downwards and 1 for brighter."""
    with open_binary(path) as file:
        limit, content = max_decompressed_size(file_size(file)), file.read()
    yield from _read_columns(path, chunk, load_npz(content, path, limit, FIELDS))


def read_npy(path: Path, chunk: int, warn: Warn) -> Iterator[Block]:
    """Read the structured array with fields t, x, y and p of a .npy file, memory-mapped."""
    with open_binary(path):  # for the same errors as in the other formats
        try:
            table = np.lib.format.open_memmap(path, mode="r")
        except Exception as error:  # a damaged header makes Python's parser raise anything
            raise unreadable(path, "an array in NumPy's format", error) from error
    yield from _read_columns(path, chunk, {name: table[name] for name in table.dtype.names or ()})


def _read_columns(path: Path, chunk: int, columns: dict[str, Array]) -> Iterator[Block]:
    if columns.keys() != FIELDS:
        names = short_text(", ".join(columns) or "none")
        raise FormatError(path, f"expected arrays or fields t, x, y and p, got {names}")
    N = columns["t"].size
    for name, column in columns.items():
        if column.shape != (N,):
            raise FormatError(path, f"{name}: expected shape ({N},), got shape {column.shape}")
    for start in range(0, N, chunk):
        parts = {name: column[start : start + chunk] for name, column in columns.items()}
        try:
            events = make_events(**parts)
        except InputError as error:
            raise FormatError(
                path, f"{error.name}: {error.reason} of the rows from {start}"
            ) from error
        t, x, y, p = (events[name] for name in "txyp")
        yield Block(t, x, y, p, _at_row(path, start))


def _at_row(path: Path, start: int) -> Locate:
    """Locate events by their rows; what is wrong with pixels is known before."""
    return lambda index, text: FormatError(path, f"t: {text} in row {start + index}")


def _integers(
    path: Path, name: str, column: Array, limits: tuple[int, int], first_row: int
) -> Array:
    """Check a column of integers in a range, of any numeric dtype."""
    if column.dtype.kind not in "biuf":
        raise FormatError(path, f"{name}: expected numbers, got dtype {column.dtype}")
    minimum, maximum = limits
    wrong = ~((column >= minimum) & (column <= maximum))
    if column.dtype.kind == "f":
        wrong |= column != np.floor(column)
    if wrong.any():
        row = int(np.argmax(wrong))
        expected = f"expected an integer in {minimum} .. {maximum}"
        raise FormatError(path, f"{name}: {expected}, got {column[row]} in row {first_row + row}")
    return column.astype(np.int64)
