"""Read the MATLAB files of MNIST-DVS and CIFAR10-DVS."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from liaf_ref._core.errors import FormatError
from liaf_ref._core.validation.arrays import Array
from liaf_ref._core.validation.scalars import describe_value, short_repr
from liaf_ref.data.events.array import Events
from liaf_ref.data.events.binary_io import Warn, open_binary
from liaf_ref.data.events.columns import integer_column, stream_columns

COLUMNS = {4: (0, 1, 2, 3), 6: (0, 3, 4, 5)}  # columns of t, x, y and the polarity


def read(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read events from the only matrix of a .mat file."""
    # The matrix has the columns t, x, y and polarity, or six columns, two of a simulator after t.
    # There x counts rows from above and y columns from the right, because the camera lay on its
    # side. Brighter is 1, darker is 0 or -1.
    table = _load_matrix(path)
    t, rows, columns, polarity = (table[:, i] for i in COLUMNS[table.shape[1]])
    brighter = integer_column(path, "polarity", polarity, -1, 1) == 1
    if (polarity == 0).any() and (polarity == -1).any():
        raise FormatError(path, "polarity: expected 1 and either 0 or -1, got all three")
    yield from stream_columns(
        path,
        chunk,
        t=integer_column(path, "t", t, -(2**53), 2**53),
        x=127 - integer_column(path, "y", columns, 0, 127),
        y=integer_column(path, "x", rows, 0, 127),
        p=brighter,
    )


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
        raise FormatError(path, f"expected one variable, got {', '.join(found) or 'none'}")
    ((name, table),) = found.items()
    if not isinstance(table, np.ndarray) or table.ndim != 2 or table.shape[1] not in COLUMNS:
        actual = describe_value(table)
        raise FormatError(path, f"{name}: expected shape (N, 4) or (N, 6), got {actual}")
    return table
