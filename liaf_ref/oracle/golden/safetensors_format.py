"""Safetensors files: eight bytes of length, a JSON header, raw bytes in C order."""

# The format of https://github.com/huggingface/safetensors for the dtypes of a golden set, and for
# float16, so that the set needs nothing but NumPy; byte for byte what that package writes.

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import parse_json
from liaf_ref._core.text import short_repr, short_text
from liaf_ref.kernels.array import Array

DTYPES = {"I64": "<i8", "F64": "<f8", "F32": "<f4", "F16": "<f2"}  # in the order of the data
CODES = {np.dtype(dtype): code for code, dtype in DTYPES.items()}
IS_LITTLE_ENDIAN = sys.byteorder == "little"
HEADER_LENGTH_BYTES = 8  # bytes before the header, and the alignment of what follows it


def dumps(arrays: Mapping[str, Array]) -> bytes:
    """Write arrays."""
    header, blocks, offset = {}, [], 0
    order = list(DTYPES)
    for name in sorted(arrays, key=lambda name: (order.index(CODES[arrays[name].dtype]), name)):
        code, block = CODES[arrays[name].dtype], array_bytes(arrays[name])
        place = [offset, offset + len(block)]
        header[name] = {"dtype": code, "shape": list(arrays[name].shape), "data_offsets": place}
        blocks.append(block)
        offset = place[1]
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % HEADER_LENGTH_BYTES)
    return len(text).to_bytes(HEADER_LENGTH_BYTES, "little") + text + b"".join(blocks)


def loads(content: bytes, path: Path | str) -> dict[str, Array]:
    """Read arrays."""
    size = int.from_bytes(content[:HEADER_LENGTH_BYTES], "little")
    start = HEADER_LENGTH_BYTES + size
    if len(content) < start or size < 2:
        raise FormatError(
            path, f"expected a header of {size} bytes, got a file of {len(content)} bytes"
        )
    try:
        header = parse_json(content[HEADER_LENGTH_BYTES:start])
        header.pop("__metadata__", None)
        entries = [
            (name, entry["dtype"], entry["shape"], entry["data_offsets"])
            for name, entry in header.items()
        ]
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise FormatError(
            path,
            f"header: expected the JSON of a safetensors file, got an error: {short_repr(error)}",
            offset=HEADER_LENGTH_BYTES,
        ) from error
    memory = memoryview(bytearray(content[start:]))
    return {entry[0]: _array(memory, *entry, path) for entry in entries}


def array_bytes(array: Array) -> bytes:
    """The bytes of an array that are hashed and stored: C order, little endian."""
    swapped = array if IS_LITTLE_ENDIAN else array.astype(array.dtype.newbyteorder("<"))
    return swapped.tobytes(order="C")


def _array(
    memory: memoryview, name: str, code: Any, shape: Any, data_offsets: Any, path: Path | str
) -> Array:
    if str(code) not in DTYPES:
        expected = f"expected dtype {', '.join(DTYPES)}"
        raise FormatError(path, f"array {short_text(name)}: {expected}, got {short_repr(code)}")
    dtype = np.dtype(DTYPES[code])
    try:
        first, last = data_offsets
        if not all(type(number) is int and number >= 0 for number in (first, last, *shape)):
            raise ValueError
        block = np.frombuffer(memory[first:last], dtype)
        if not block.nbytes == last - first == math.prod(shape) * dtype.itemsize:
            raise ValueError
        array: Array = block.reshape(shape)
    except (ValueError, TypeError, OverflowError) as error:
        raise FormatError(
            path,
            f"array {short_text(name)}: expected shape {short_repr(shape)} of {code} at "
            f"{short_repr(data_offsets)}, "
            f"got {len(memory)} bytes",
        ) from error
    return array
