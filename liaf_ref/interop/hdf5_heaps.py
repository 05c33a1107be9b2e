"""The texts of an HDF5 file, looked at before HDF5 looks at them.

They lie in collections, object after object (HDF5 File Format Specification 3.0, III.E: global
heap), and a dataset holds of each its length, collection and number.  HDF5, up to 2.0.0 at
least, stays for ever where the free space of a collection says that it is 0 bytes long, as it
does once the size before it is damaged; and it makes room for whatever length a dataset says.
"""

import mmap
import sys
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.errors import FormatError
from liaf_ref._core.optional import import_optional_dependency

HEAP_SIGNATURE = b"GCOL\x01"  # signature and version of a collection
BYTES_PER_STRING = sys.getsizeof(b"")
SIZE_OFFSET = 8  # byte of the size, in a collection and in an object


def check_global_heaps(path: Path, content: mmap.mmap, size_width: int) -> None:
    """Refuse a collection that does not lead from its first object to its end."""
    at, end = -1, 0
    while (at := content.find(HEAP_SIGNATURE, at + 1)) >= 0:
        size = _read_uint(content, at + SIZE_OFFSET, size_width)
        if at < end or at + size > len(content):
            expected = "expected texts inside the file and apart from others"
            raise FormatError(path, f"{expected}, got {size} bytes", offset=at)
        end = at + size
        _check_objects(path, content, at, end, size_width)


def _check_objects(path: Path, content: mmap.mmap, start: int, end: int, size_width: int) -> None:
    head = _align_to_8(SIZE_OFFSET + size_width)
    at = start + head
    while at + head <= end:
        size = _read_uint(content, at + SIZE_OFFSET, size_width)
        used = _read_uint(content, at, 2)  # 0: free space, whose size is with its head
        step = head + _align_to_8(size) if used else size
        if not head <= step <= end - at:
            expected = f"expected a text of {head} to {end - at} bytes"
            raise FormatError(path, f"{expected}, got {step}", offset=at)
        at += step


def _read_uint(content: mmap.mmap, offset: int, width: int) -> int:
    return int.from_bytes(content[offset : offset + width], "little")


def _align_to_8(size: int) -> int:
    return -(-size // 8) * 8


def string_bytes(content: mmap.mmap, dataset: Any, address_width: int) -> int:
    """Bytes that the texts of a dataset take once they are read, as Python's."""
    if import_optional_dependency("h5py", "interop").check_string_dtype(dataset.dtype) is None:
        raise ValueError("expected numbers or texts")
    if not dataset.size:
        return 0
    entry = np.dtype([("length", "<u4"), ("collection", f"V{address_width}"), ("number", "<u4")])
    start = dataset.id.get_offset()  # None: in pieces, or not yet written
    if start is None:
        raise ValueError("expected texts in one piece")
    entries = np.frombuffer(content, entry, dataset.size, start)
    letters = int(entries["length"].sum(dtype=np.uint64))
    return (
        letters * int(dataset.id.get_type().get_super().get_size())
        + len(entries) * BYTES_PER_STRING
    )
