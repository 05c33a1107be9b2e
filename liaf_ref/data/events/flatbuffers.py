"""The three things AEDAT 4.0 keeps in FlatBuffers: a number, the place of a list, its entries.

A table begins with its distance to a list of places, one for each field; a place of 0, or none,
says that the field has its default.  Numbers are little-endian.  Every place is held against
the bytes that are there.
"""

import struct

import numpy as np
from numpy.typing import NDArray


class Table:
    """A table of a buffer."""

    def __init__(self, buffer: bytes, file_identifier: bytes) -> None:
        self.buffer = buffer
        if buffer[4:8] != file_identifier:
            raise ValueError(
                f"expected the file identifier {file_identifier.decode()}, got {buffer[4:8]!r}"
            )
        self.start = self._unpack_scalar("<I", 0)
        self.vtable = self.start - self._unpack_scalar("<i", self.start)
        self.vtable_size = self._unpack_scalar("<H", self.vtable)

    def scalar(self, field: int, fmt: str, default: int) -> int:
        """Read a number."""
        place = self._field_offset(field)
        return self._unpack_scalar(fmt, place) if place else default

    def struct_vector(self, field: int, dtype: np.dtype[np.void]) -> NDArray[np.void]:
        """Read a list of structures."""
        place = self._field_offset(field)
        if not place:
            return np.empty(0, dtype)
        start = place + self._unpack_scalar("<I", place)
        count = self._unpack_scalar("<I", start)
        if count * dtype.itemsize > len(self.buffer) - start - 4:
            raise ValueError(f"expected {count} structs, got {len(self.buffer) - start - 4} bytes")
        return np.frombuffer(self.buffer, dtype, count, start + 4)

    def _field_offset(self, field: int) -> int:
        """Where a field is; 0 if it is not there."""
        at = 4 + 2 * field
        step = self._unpack_scalar("<H", self.vtable + at) if at + 2 <= self.vtable_size else 0
        return self.start + step if step else 0

    def _unpack_scalar(self, fmt: str, offset: int) -> int:
        if not 0 <= offset <= len(self.buffer) - struct.calcsize(fmt):
            raise ValueError(f"expected an offset within {len(self.buffer)} bytes, got {offset}")
        return int(struct.unpack_from(fmt, self.buffer, offset)[0])
