"""NumPy's .npy: one structured array of events, read piece by piece."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import FormatError, TruncatedWarning
from liaf_ref._core.safe_load import NpyHeader, read_npy_header
from liaf_ref._core.safe_load.npy import MAX_HEADER_BYTES
from liaf_ref._core.validation.scalars import short_repr
from liaf_ref.data.events.array import EVENT, MAX_COORDINATE, Events
from liaf_ref.data.events.binary_io import (
    ErrorFactory,
    Warn,
    error_at,
    file_size,
    open_binary,
    read_blocks,
)
from liaf_ref.data.events.timestamps import check_nondecreasing

FIELD_RANGES = {
    "t": (-(2**63), 2**63 - 1),
    "x": (0, MAX_COORDINATE),
    "y": (0, MAX_COORDINATE),
    "p": (0, 1),
}
INTEGER_KINDS = "biu"  # of a field: no objects, texts or arrays


def read_integer_header(content: bytes, path: Path, label: str) -> NpyHeader:
    """Read a header; nothing that it claims is allocated."""
    found = read_npy_header(content, path, label)
    dtype = found.dtype
    fields = [dtype[name] for name in dtype.names] if dtype.names else [dtype]
    if any(size < 0 for size in found.shape) or any(
        field.kind not in INTEGER_KINDS for field in fields
    ):
        actual = f"shape {short_repr(found.shape)} and dtype {short_repr(dtype)}"
        reason = f"{label}: expected integers or booleans, got {actual}"
        raise FormatError(path, reason, offset=0)
    return found


def read_npy(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read the structured array of a .npy file, with fields t, x, y and p."""
    with open_binary(path) as file:
        found = read_integer_header(file.read(MAX_HEADER_BYTES), path, "events")
        first, size = found.data_offset, found.dtype.itemsize
        if len(found.shape) != 1 or set(found.dtype.names or ()) != set("xytp"):
            actual = f"shape {short_repr(found.shape)} and dtype {short_repr(found.dtype)}"
            reason = (
                f"expected a structured array of shape (N,) with fields x, y, t, p, got {actual}"
            )
            raise FormatError(path, reason, offset=0)
        have = file_size(file) - first
        if have > found.nbytes:
            reason = f"expected {found.nbytes} bytes of events, got {have}"
            raise FormatError(path, reason, offset=first + found.nbytes)
        file.seek(first)
        last = -(2**63)
        for offset, block in read_blocks(file, path, size, chunk, lambda _: None):
            events = _decode(np.frombuffer(block, found.dtype), error_at(path, offset, size))
            last = check_nondecreasing(events["t"], last, error_at(path, offset, size))
            yield events
        if have < found.nbytes:
            reason = f"expected {short_repr(found.nbytes)} bytes of events, got {have}"
            warn(TruncatedWarning(path, reason, offset=first, leftover_bytes=have % size))


def _decode(array: NDArray[Any], make_error: ErrorFactory) -> Events:
    events = np.empty(len(array), EVENT)
    for field, (minimum, maximum) in FIELD_RANGES.items():
        column = array[field]
        if column.dtype.kind == "b":
            column = column.view(np.uint8)  # a truth value of a file may be of any byte
        wrong = (column < minimum) | (column > maximum)
        if wrong.any():
            index = int(np.argmax(wrong))
            raise make_error(
                index, f"expected {field} in {minimum} .. {maximum}, got {column[index]}"
            )
        events[field] = column
    return events
