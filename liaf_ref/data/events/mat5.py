"""MATLAB's .mat of format 5, looked at before SciPy reads it.

SciPy believes the sizes that a file claims.  Here they are held against the bytes that are
there, compressed parts are unpacked up to a cap, and what is passed on is uncompressed and
holds matrices of numbers alone.
"""

import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import max_decompressed_size

HEADER_BYTES = 128  # bytes
BYTE_ORDERS = {b"IM": "<", b"MI": ">"}  # byte order by the mark at byte 126
MI_MATRIX, MI_COMPRESSED = 14, 15  # types of data elements
FLAGS_TYPE, DIMENSIONS_TYPE, NAME_TYPE = 6, 5, 1  # types of a matrix's own parts
ITEM_SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}  # bytes of numbers
NUMERIC_CLASSES = range(6, 16)  # classes of matrices: double, single, whole numbers of 8 to 64 bits
COMPLEX_FLAG = 0x0800
MAX_VARIABLES = 8  # variables of a file


class Element(NamedTuple):
    """A data element.

    Attributes
    ----------
    data_type : int
        Type of its data.
    data : memoryview
        Its bytes.
    end : int
        Where the next one begins.
    """

    data_type: int
    data: memoryview
    end: int


def sanitize_mat(content: bytes, path: Path) -> bytes:
    """Unpack a file, and refuse what SciPy should not see."""
    order = BYTE_ORDERS.get(content[HEADER_BYTES - 2 : HEADER_BYTES])
    if order is None or 0 in content[:4]:
        text = "expected a MATLAB level-5 file (save -v7, scipy.io.savemat)"
        raise FormatError(path, text, offset=0)
    room = max_decompressed_size(len(content))
    found, start = [content[:HEADER_BYTES]], HEADER_BYTES
    while start < len(content):
        try:
            element = _read_element(memoryview(content), start, order, 1)
            matrix = content[start : element.end]
            if element.data_type == MI_COMPRESSED:
                matrix = _decompress(element.data, order, room)
            _check_matrix(memoryview(matrix), order)
        except ValueError as error:
            raise FormatError(path, str(error), offset=start) from error
        room -= len(matrix)
        found.append(matrix)
        start = element.end
        if len(found) > MAX_VARIABLES:
            raise FormatError(path, f"expected fewer than {MAX_VARIABLES} variables", offset=start)
    return b"".join(found)


def _read_element(content: memoryview, start: int, order: str, align: int) -> Element:
    """Read one element; short ones have their data in the place of their size."""
    if len(content) - start < 8:
        raise ValueError(f"expected 8 bytes of a data element, got {len(content) - start}")
    kind, size = (int(n) for n in np.frombuffer(content[start : start + 8], f"{order}u4"))
    first, end = start + 8, start + 8 + -(-size // align) * align
    if kind >> 16:
        kind, size, first, end = kind & 0xFFFF, kind >> 16, start + 4, start + 8
        if size > 4:
            raise ValueError(f"expected a short data element of at most 4 bytes, got {size}")
    if end > len(content):
        raise ValueError(f"expected a data element of {size} bytes, got {len(content) - first}")
    return Element(kind, content[first : first + size], end)


def _decompress(data: memoryview, order: str, max_bytes: int) -> bytes:
    """Unpack one element, which says its size first."""
    stream = zlib.decompressobj()
    try:
        head = stream.decompress(data, 8)
        size = int(np.frombuffer(head.ljust(8, b"\0"), f"{order}u4")[1])
        if size > max_bytes:
            raise ValueError(
                f"expected at most {max_bytes} bytes in a file of this size, got {size}"
            )
        content = stream.decompress(stream.unconsumed_tail, size + 1)
    except zlib.error as error:
        raise ValueError(f"expected compressed data, got {error}") from error
    if len(content) != size or not stream.eof or stream.unused_data:
        raise ValueError(f"expected {size} bytes of compressed data, got a different number")
    return head + content


def _check_matrix(content: memoryview, order: str) -> None:
    """Refuse anything but a matrix of real numbers whose sizes are those of its data."""
    whole = _read_element(content, 0, order, 1)
    if whole.data_type != MI_MATRIX or whole.end != len(content) or whole.data.nbytes < 8:
        raise ValueError(f"expected one matrix, got a data element of type {whole.data_type}")
    flags = _read_element(whole.data, 0, order, 8)
    sizes = _read_element(whole.data, flags.end, order, 8)
    name = _read_element(whole.data, sizes.end, order, 8)
    if (flags.data_type, sizes.data_type, name.data_type) != (
        FLAGS_TYPE,
        DIMENSIONS_TYPE,
        NAME_TYPE,
    ) or len(flags.data) != 8:
        raise ValueError("expected a matrix's flags, dimensions and name")
    word = int(np.frombuffer(flags.data[:4], f"{order}u4")[0])
    if word & 0xFF not in NUMERIC_CLASSES or word & COMPLEX_FLAG or len(sizes.data) != 8:
        raise ValueError("expected a real numeric matrix with two dimensions")
    rows, columns = (int(n) for n in np.frombuffer(sizes.data, f"{order}i4"))
    numbers = _read_element(whole.data, name.end, order, 8)
    expected = rows * columns * ITEM_SIZES.get(numbers.data_type, 0)
    if min(rows, columns) < 1 or len(numbers.data) != expected or numbers.end != len(whole.data):
        actual = f"type {numbers.data_type}, {len(numbers.data)} bytes"
        raise ValueError(f"expected numbers of a {rows} x {columns} matrix, got {actual}")
