"""Arrays of NumPy's formats, read without unpacking an object or believing a header."""

import io
import math
import warnings
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load.files import read_bytes
from liaf_ref._core.safe_load.zip_members import COMPRESSIONS, check_zip_members
from liaf_ref._core.validation.scalars import short_repr, short_text

HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
MAX_HEADER_BYTES = 2**14  # bytes
ALLOWED_DTYPE_KINDS = "biufcSU"  # truth values, numbers, texts


class NpyHeader(NamedTuple):
    """What stands before an array's entries.

    Attributes
    ----------
    shape : tuple of int
        Of the array.
    fortran_order : bool
        Whether the first axis runs fastest.
    dtype : dtype
        Of its entries.
    data_offset : int
        Byte of its first entry, counted from the header's.
    """

    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype[Any]
    data_offset: int

    @property
    def nbytes(self) -> int:
        """How many the entries take, however many that are."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_npy_header(content: bytes, path: Path | str, label: str) -> NpyHeader:
    """Read a header; nothing that it claims is allocated."""
    file = io.BytesIO(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python's parser, which reads the header
            version = np.lib.format.read_magic(file)
            shape, fortran, dtype = HEADER_READERS[version](file, max_header_size=MAX_HEADER_BYTES)
    except Exception as error:  # a damaged header makes NumPy and the parser raise anything
        reason = f"{label}: expected an array in NumPy's format, got {short_repr(error)}"
        raise FormatError(path, reason, offset=0) from error
    return NpyHeader(shape, fortran, dtype, file.tell())


def load_npz(
    content: bytes, path: Path | str, max_bytes: int, compressions: Collection[int] = COMPRESSIONS
) -> dict[str, NDArray[Any]]:
    """Read all arrays of an npz file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            check_zip_members(members, path, len(content), compressions)
            total = sum(member.file_size for member in members)
            if total > max_bytes:
                expected = (
                    f"expected arrays of at most {max_bytes} bytes in a file of {len(content)}"
                )
                raise FormatError(path, f"{expected}, got {total}")
            names = {_array_name(member, path): member for member in members}
            return {
                name: _parse_npy(archive.read(member), path, f"array {short_text(name)}")
                for name, member in names.items()
            }
    except FormatError:
        raise
    except Exception as error:  # a damaged file makes zipfile and zlib raise anything
        reason = f"expected an npz without pickles, got {short_repr(error)}"
        raise FormatError(path, reason) from error


def load_npy(path: Path) -> NDArray[Any]:
    """Read an array from a ``.npy`` file."""
    return _parse_npy(read_bytes(path, "an array in NumPy's format"), path, "the array")


def _array_name(member: zipfile.ZipInfo, path: Path | str) -> str:
    if not member.filename.endswith(".npy"):
        reason = f"member {short_repr(member.filename)}: expected an array, NAME.npy"
        raise FormatError(path, reason, offset=member.header_offset)
    return member.filename.removesuffix(".npy")


def _parse_npy(content: bytes, path: Path | str, label: str) -> NDArray[Any]:
    found = read_npy_header(content, path, label)
    if found.dtype.hasobject:
        raise FormatError(path, f"{label}: expected numbers, got objects, which are pickles")
    if found.dtype.kind not in ALLOWED_DTYPE_KINDS:
        actual = f"dtype {short_repr(found.dtype)}"
        raise FormatError(path, f"{label}: expected numbers, truth values or texts, got {actual}")
    have = len(content) - found.data_offset
    if min(found.shape, default=0) < 0 or found.nbytes != have:
        actual = f"{have} for shape {short_repr(found.shape)} of {short_repr(found.dtype)}"
        raise FormatError(path, f"{label}: expected {short_repr(found.nbytes)} bytes, got {actual}")
    try:
        flat = np.frombuffer(content, found.dtype, offset=found.data_offset).copy()
        return flat.reshape(found.shape, order="F" if found.fortran_order else "C")
    except ValueError as error:  # more axes than NumPy has, or entries of no bytes
        raise FormatError(path, f"{label}: expected an array, got {short_repr(error)}") from error
