"""Read .npz files with the arrays t, x, y and p, and .npy files with a structured array."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import load_npz, max_decompressed_size
from liaf_ref._core.validation.scalars import describe_value, short_repr
from liaf_ref.data.events.array import Events
from liaf_ref.data.events.binary_io import Warn, file_size, open_binary
from liaf_ref.data.events.columns import stream_columns

FIELDS = "txyp"


def read_npz(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read the arrays t, x, y and p of a .npz file, with y downwards and 1 for brighter."""
    with open_binary(path) as file:
        limit = max_decompressed_size(file_size(file))
        found = load_npz(file.read(), path, limit, names=FIELDS)
    if missing := ", ".join(name for name in FIELDS if name not in found):
        raise FormatError(path, f"expected the arrays t, x, y and p, got no {missing}")
    yield from stream_columns(path, chunk, **{name: found[name] for name in FIELDS})


def read_npy(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read the structured array with fields t, x, y and p of a .npy file, memory-mapped."""
    with open_binary(path):  # for the same errors as in the other formats
        try:
            events = np.lib.format.open_memmap(path, mode="r")
        except Exception as error:  # a damaged header makes Python's parser raise anything
            reason = f"expected an array in NumPy's format, got an error: {short_repr(error)}"
            raise FormatError(path, reason) from error
    if events.dtype.names is None or set(events.dtype.names) != set(FIELDS):
        expected = "expected a structured array of shape (N,) with fields x, y, t, p"
        raise FormatError(path, f"{expected}, got {describe_value(events)}")
    yield from stream_columns(path, chunk, **{name: events[name] for name in FIELDS})
