"""The three things AEDAT 4.0 keeps in FlatBuffers: a number, the place of a list, its entries.

A table begins with its distance to a list of places, one for each field; a place of 0, or none,
says that the field has its default.  Numbers are little-endian.  Every place is held against
the bytes that are there.
"""

import struct

import numpy as np
from numpy.typing import NDArray


class Table:
    """A table of a buffer.

    Parameters
    ----------
    buffer : bytes
        All of it, from the place of its root on.
    mark : bytes
        The four letters that say what it is of.

    Raises
    ------
    ValueError
        If it is of something else, or a place is outside.
    """

    def __init__(self, buffer: bytes, mark: bytes) -> None:
        self.buffer = buffer
        if buffer[4:8] != mark:
            raise ValueError(f"expected the mark {mark.decode()}, got {buffer[4:8]!r}")
        self.start = self._number("<I", 0)
        self.places = self.start - self._number("<i", self.start)
        self.size = self._number("<H", self.places)

    def number(self, field: int, form: str, default: int) -> int:
        """Read a number.

        Parameters
        ----------
        field : int
            Which, counted from 0.
        form : str
            Its kind, as ``struct`` writes it.
        default : int
            What it is if it is not there.

        Returns
        -------
        int
            The number.

        Raises
        ------
        ValueError
            If its place is outside.
        """
        place = self._place(field)
        return self._number(form, place) if place else default

    def entries(self, field: int, dtype: np.dtype[np.void]) -> NDArray[np.void]:
        """Read a list of structures.

        Parameters
        ----------
        field : int
            Which, counted from 0.
        dtype : dtype
            Of an entry.

        Returns
        -------
        ndarray of dtype, shape (N,)
            A view; empty if the field is not there.

        Raises
        ------
        ValueError
            If it is outside, or claims more than there is.
        """
        place = self._place(field)
        if not place:
            return np.empty(0, dtype)
        start = place + self._number("<I", place)
        count = self._number("<I", start)
        if count * dtype.itemsize > len(self.buffer) - start - 4:
            raise ValueError(f"expected {count} entries, got {len(self.buffer) - start - 4} bytes")
        return np.frombuffer(self.buffer, dtype, count, start + 4)

    def _place(self, field: int) -> int:
        """Where a field is; 0 if it is not there."""
        at = 4 + 2 * field
        step = self._number("<H", self.places + at) if at + 2 <= self.size else 0
        return self.start + step if step else 0

    def _number(self, form: str, place: int) -> int:
        if not 0 <= place <= len(self.buffer) - struct.calcsize(form):
            raise ValueError(f"expected a place inside {len(self.buffer)} bytes, got {place}")
        return int(struct.unpack_from(form, self.buffer, place)[0])
