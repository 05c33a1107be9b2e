"""Events as arrays in files: MATLAB's .mat, and NumPy's .npy and .npz, without pickle."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref.data.events.array import Events, check_events, make_events
from liaf_ref.data.events.records import opened
from liaf_ref.door.arrays import Array
from liaf_ref.door.values import shown
from liaf_ref.errors import DataError, FormatError, InputError

COLUMNS = {4: (0, 1, 2, 3), 6: (0, 3, 4, 5)}  # where t, x, y and the polarity stand


def read_mat(path: Path, chunk: int) -> Iterator[Events]:
    """Read the one matrix of a .mat file: MNIST-DVS and CIFAR10-DVS as MATLAB keeps them.

    It has the columns t, x, y and polarity, or six, with two of a simulator behind t.  There x
    counts rows from above and y columns from the right, for the camera lay on its side.
    Brighter is 1, darker 0 or -1.

    Parameters
    ----------
    path : Path
        The file.
    chunk : int
        Events to yield at a time; the file is read whole.

    Yields
    ------
    ndarray of EVENT
        At most ``chunk``, upright.

    Raises
    ------
    DataError
        If the file cannot be read.
    FormatError
        If it holds another matrix, or none or several; an entry is named by its row.
    """
    from scipy.io import loadmat  # noqa: PLC0415 - importing liaf_ref.data is to load NumPy alone

    found = {name: array for name, array in _load(path, loadmat).items() if name[:2] != "__"}
    if len(found) != 1:
        raise FormatError(path, f"expected one variable, got {', '.join(found) or 'none'}")
    ((name, table),) = found.items()
    if not isinstance(table, np.ndarray) or table.ndim != 2 or table.shape[1] not in COLUMNS:
        shape = getattr(table, "shape", type(table).__name__)
        raise FormatError(path, f"{name}: expected shape (N, 4) or (N, 6), got {shape}")
    t, rows, columns, polarity = (table[:, i] for i in COLUMNS[table.shape[1]])
    brighter = _whole(path, "polarity", polarity, -1, 1) == 1
    if (polarity == 0).any() and (polarity == -1).any():
        raise FormatError(path, "polarity: expected 1 and either 0 or -1, got all three")
    yield from _parts(
        path,
        chunk,
        t=_whole(path, "t", t, -(2**53), 2**53),
        x=127 - _whole(path, "y", columns, 0, 127),
        y=_whole(path, "x", rows, 0, 127),
        p=brighter,
    )


def read_npz(path: Path, chunk: int) -> Iterator[Events]:
    """Read the arrays t, x, y and p of a .npz file, upright and 1 for brighter.

    Parameters
    ----------
    path, chunk
        As in :func:`read_mat`.

    Yields
    ------
    ndarray of EVENT
        At most ``chunk``.

    Raises
    ------
    DataError
        If the file cannot be read.
    FormatError
        If an array is missing, or not as :func:`make_events` expects it.
    """
    try:
        with opened(path) as file, np.load(file, allow_pickle=False) as arrays:
            columns = {name: arrays[name] for name in "txyp" if name in arrays.files}
    except (DataError, FormatError):
        raise
    except Exception as error:  # a damaged file makes zipfile and NumPy raise anything
        raise FormatError(path, f"expected arrays in a zip file, got {shown(error)}") from error
    if len(columns) != 4:
        missing = ", ".join(name for name in "txyp" if name not in columns)
        raise FormatError(path, f"expected arrays t, x, y and p, got no {missing}")
    yield from _parts(path, chunk, **columns)


def read_npy(path: Path, chunk: int) -> Iterator[Events]:
    """Read the structured array of a .npy file, with fields t, x, y and p, piece by piece.

    Parameters
    ----------
    path, chunk
        As in :func:`read_mat`, but the file need not fit into memory.

    Yields
    ------
    ndarray of EVENT
        At most ``chunk``.

    Raises
    ------
    DataError
        If the file cannot be read.
    FormatError
        If it holds something else.
    """
    array = _load(path, lambda name: np.load(name, mmap_mode="r", allow_pickle=False))
    if not isinstance(array, np.ndarray) or array.ndim != 1:
        raise FormatError(path, "expected one structured array of shape (N,)")
    for start in range(0, len(array), chunk):
        part = np.array(array[max(start - 1, 0) : start + chunk])  # with the one before, for order
        try:
            events = check_events("events", part, f"index {max(start - 1, 0)} and up")
        except InputError as error:
            raise FormatError(path, str(error)) from error
        yield events[min(start, 1) :]


def _load(path: Path, load: Any) -> Any:
    with opened(path):
        pass
    try:
        return load(path)
    except Exception as error:  # a damaged file makes the reader raise anything
        raise FormatError(path, f"cannot be read: {shown(error)}") from error


def _whole(path: Path, name: str, column: Array, least: int, most: int) -> Array:
    """Take a column of whole numbers in a range, whatever their dtype."""
    if column.dtype.kind not in "iuf":
        raise FormatError(path, f"{name}: expected numbers, got dtype {column.dtype}")
    wrong = ~((column >= least) & (column <= most) & (column == np.floor(column)))
    if wrong.any():
        row = int(np.argmax(wrong))
        wanted = f"expected a whole number in {least} .. {most}"
        raise FormatError(path, f"{name}: {wanted}, got {column[row]} in row {row}")
    return column.astype(np.int64)


def _parts(path: Path, chunk: int, **columns: Array) -> Iterator[Events]:
    try:
        events = make_events(**columns)
    except InputError as error:
        raise FormatError(path, str(error)) from error
    for start in range(0, len(events), chunk):
        yield events[start : start + chunk]
