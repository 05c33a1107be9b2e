"""Check the strings of an HDF5 file before the HDF5 library reads them."""

import mmap
import sys
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.errors import FormatError
from liaf_ref._core.optional import import_optional_dependency
from liaf_ref._core.plural import count

# Strings are objects in collections (HDF5 File Format Specification 3.0, III.E: global heap); a
# dataset contains length, collection and number of each string. HDF5, at least up to 2.0.0, loops
# forever if the free space of a collection has size 0, which a damaged size before it can cause. It
# also allocates any length that a dataset claims.
HEAP_SIGNATURE = b"GCOL\x01"  # signature and version of a collection
BYTES_PER_STRING = sys.getsizeof(b"")
SIZE_OFFSET = 8  # offset of the size in a collection and in an object


def check_global_heaps(path: Path, content: mmap.mmap, size_width: int) -> None:
    """Refuse a collection whose objects do not fill it exactly."""
    at, end = -1, 0
    while (at := content.find(HEAP_SIGNATURE, at + 1)) >= 0:
        size = _read_uint(content, at + SIZE_OFFSET, size_width)
        if at < end or at + size > len(content):
            expected = "expected a string collection within the file that overlaps no other"
            raise FormatError(path, f"{expected}, got {count(size, 'byte')}", offset=at)
        end = at + size
        _check_objects(path, content, at, end, size_width)


def _check_objects(path: Path, content: mmap.mmap, start: int, end: int, size_width: int) -> None:
    head = _align_to_8(SIZE_OFFSET + size_width)
    at = start + head
    while at + head <= end:
        size = _read_uint(content, at + SIZE_OFFSET, size_width)
        used = _read_uint(content, at, 2)  # 0: free space, whose size includes its header
        step = head + _align_to_8(size) if used else size
        if not head <= step <= end - at:
            expected = f"expected a string of {head} to {end - at} bytes"
            raise FormatError(path, f"{expected}, got {step}", offset=at)
        at += step


def _read_uint(content: mmap.mmap, offset: int, width: int) -> int:
    return int.from_bytes(content[offset : offset + width], "little")


def _align_to_8(size: int) -> int:
    return -(-size // 8) * 8


def string_bytes(content: mmap.mmap, dataset: Any, address_width: int) -> int:
    """Memory of the strings of a dataset as Python strings, in bytes."""
    if import_optional_dependency("h5py", "interop").check_string_dtype(dataset.dtype) is None:
        raise ValueError("expected numbers or strings")
    if not dataset.size:
        return 0
    entry = np.dtype([("length", "<u4"), ("collection", f"V{address_width}"), ("number", "<u4")])
    start = dataset.id.get_offset()  # None: chunked, or not yet written
    if start is None:
        raise ValueError("expected strings stored contiguously")
    entries = np.frombuffer(content, entry, dataset.size, start)
    letters = int(entries["length"].sum(dtype=np.uint64))
    return (
        letters * int(dataset.id.get_type().get_super().get_size())
        + len(entries) * BYTES_PER_STRING
    )
