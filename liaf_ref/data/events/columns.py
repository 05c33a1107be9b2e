"""Files of columns: the MATLAB files of MNIST-DVS and CIFAR10-DVS, and NumPy's .npz and .npy."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import load_npz, max_decompressed_size
from liaf_ref._core.text import describe_value, short_repr, short_text
from liaf_ref._core.validation import Array
from liaf_ref.data.events.array import EVENT, MAX_COORDINATE, Events
from liaf_ref.data.events.binary_io import Warn, check_nondecreasing, file_size, open_binary

MAT_COLUMNS = {4: (0, 1, 2, 3), 6: (0, 3, 4, 5)}  # columns of t, x, y and the polarity
FIELD_RANGES = {
    "t": (-(2**63), 2**63 - 1),
    "x": (0, MAX_COORDINATE),
    "y": (0, MAX_COORDINATE),
    "p": (0, 1),
}
INTEGER_KINDS = "biu"


def read_mat(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read events from the only matrix of a .mat file."""
    # The matrix has the columns t, x, y and polarity, or six columns, two of a simulator after t.
    # There x counts rows from above and y columns from the right, because the camera lay on its
    # side. Brighter is 1, darker is 0 or -1.
    table = _load_matrix(path)
    t, rows, columns, polarity = (table[:, i] for i in MAT_COLUMNS[table.shape[1]])
    darker: set[int] = set()

    def is_brighter(part: slice, row: int) -> Array:
        found = _integers(path, "polarity", polarity[part], -1, 1, row)
        darker.update(found[found < 1].tolist())
        if len(darker) > 1:
            raise FormatError(path, "polarity: expected 1 and either 0 or -1, got all three")
        return np.asarray(found == 1)

    convert: dict[str, Callable[[slice, int], Array]] = {
        "t": lambda part, row: _integers(path, "t", t[part], -(2**53), 2**53, row),
        "x": lambda part, row: 127 - _integers(path, "y", columns[part], 0, 127, row),
        "y": lambda part, row: _integers(path, "x", rows[part], 0, 127, row),
        "p": is_brighter,
    }
    return _stream(path, chunk, len(table), convert)


def _load_matrix(path: Path) -> Array:
    from scipy.io import loadmat  # noqa: PLC0415 - importing liaf_ref.data must load NumPy only

    expected = "expected a MATLAB file (save -v7, scipy.io.savemat)"
    with open_binary(path) as file:
        try:
            loaded = loadmat(file)
        except NotImplementedError as error:
            raise FormatError(
                path, f"{expected}, got version 7.3, which is HDF5; save it again with -v7"
            ) from error
        except Exception as error:  # SciPy raises many kinds for a damaged file
            raise FormatError(path, f"{expected}, got an error: {short_repr(error)}") from error
    found = {name: array for name, array in loaded.items() if name[:2] != "__"}
    if len(found) != 1:
        names = short_text(", ".join(found) or "none")
        raise FormatError(path, f"expected one variable, got {len(found)}: {names}")
    ((name, table),) = found.items()
    if not isinstance(table, np.ndarray) or table.ndim != 2 or table.shape[1] not in MAT_COLUMNS:
        actual = describe_value(table)
        raise FormatError(path, f"{name}: expected shape (N, 4) or (N, 6), got {actual}")
    return table


def read_npz(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read the arrays t, x, y and p of a .npz file, with y downwards and 1 for brighter."""
    with open_binary(path) as file:
        limit, content = max_decompressed_size(file_size(file)), file.read()
    columns: dict[str, Array] = {}
    for name, limits in FIELD_RANGES.items():  # one by one: a byte may be stored as eight
        found = load_npz(content, path, limit, names=(name,)).get(name)
        if found is None:
            raise FormatError(path, f"expected the arrays t, x, y and p, got no {name}")
        _check_kind(path, name, found, columns.get("t", found).size)
        columns[name] = _integers(path, name, found, *limits).astype(EVENT[name])
    return _stream_fields(path, chunk, columns)


def read_npy(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read the structured array with fields t, x, y and p of a .npy file, memory-mapped."""
    with open_binary(path):  # for the same errors as in the other formats
        try:
            table = np.lib.format.open_memmap(path, mode="r")
        except Exception as error:  # a damaged header makes Python's parser raise anything
            reason = f"expected an array in NumPy's format, got an error: {short_repr(error)}"
            raise FormatError(path, reason) from error
    if table.dtype.names is None or set(table.dtype.names) != FIELD_RANGES.keys():
        expected = "expected a structured array of shape (N,) with fields x, y, t, p"
        raise FormatError(path, f"{expected}, got {describe_value(table)}")
    return _stream_fields(path, chunk, {name: table[name] for name in FIELD_RANGES})


def _stream_fields(path: Path, chunk: int, columns: dict[str, Array]) -> Iterator[Events]:
    for name, column in columns.items():
        _check_kind(path, name, column, columns["t"].size)

    def converter(name: str) -> Callable[[slice, int], Array]:
        limits = FIELD_RANGES[name]
        return lambda part, row: _integers(path, name, columns[name][part], *limits, row)

    convert = {name: converter(name) for name in columns}
    return _stream(path, chunk, len(columns["t"]), convert)


def _check_kind(path: Path, name: str, column: Array, N: int) -> None:
    if column.dtype.kind not in INTEGER_KINDS or column.shape != (N,):
        expected = f"expected integers or booleans of shape ({N},)"
        actual = f"shape {column.shape} and dtype {column.dtype}"
        raise FormatError(path, f"{name}: {expected}, got {actual}")


def _integers(
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


def _stream(
    path: Path, chunk: int, N: int, columns: dict[str, Callable[[slice, int], Array]]
) -> Iterator[Events]:
    """Yield events; each column is a function of the rows of a chunk and the first of them."""
    last = FIELD_RANGES["t"][0]
    for start in range(0, N, chunk):
        part = slice(start, start + chunk)
        events = np.empty(min(chunk, N - start), EVENT)
        for name, convert in columns.items():
            events[name] = convert(part, start)

        def refuse(index: int, reason: str, start: int = start) -> FormatError:
            return FormatError(path, f"t: {reason} in row {start + index}")

        last = check_nondecreasing(events["t"], last, refuse)
        yield events
