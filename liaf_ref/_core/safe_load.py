"""Safe loading of untrusted files: nothing is unpickled, and memory is limited."""

import io
import json
import re
import stat
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import FormatError, os_error_text, unreadable
from liaf_ref._core.text import short_text

MAX_TEXT_BYTES = 2**26  # bytes of a file of text
MAX_TOML_BYTES = 2**20  # of which tomllib may make 370 MB
MAX_JSON_BYTES = 2**24  # of which Python may make 350 MB
MAX_RECORD_BYTES = 2**22  # of JSON about one run
MIN_DECOMPRESSED_LIMIT, MAX_COMPRESSION_RATIO = 2**20, 50
LARGE_DECOMPRESSED_LIMIT, LARGE_COMPRESSION_RATIO = 160 * 2**20, 3
TOML_LINE_PATTERN = re.compile(r" \(at line (\d+), column \d+\)$")
MAX_LINE_DOTS = 100  # for n dots in a key, tomllib takes memory and time as n * n
TOO_DEEP_MESSAGE = "lists or tables are nested too deeply"


def max_decompressed_size(size: int) -> int:
    """Limit of the decompressed size of a file of ``size`` bytes."""
    small = MIN_DECOMPRESSED_LIMIT + MAX_COMPRESSION_RATIO * size
    return min(small, max(LARGE_DECOMPRESSED_LIMIT, LARGE_COMPRESSION_RATIO * size))


def check_file_size(path: Path, expected: str, max_bytes: int | None = None) -> int:
    """Check the size of a regular file before it is opened, and return it."""
    found = path.stat()
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise FormatError(path, f"expected {expected}, got a pipe or device")
    if max_bytes is not None and found.st_size > max_bytes:
        actual = f"a file of {found.st_size} bytes; the limit is {max_bytes} bytes"
        raise FormatError(path, f"expected {expected}, got {actual}")
    return found.st_size


def read_bytes(path: Path, expected: str, max_bytes: int | None = None) -> bytes:
    """Read a whole file."""
    try:
        size = check_file_size(path, expected, max_bytes)
        with path.open("rb") as file:
            return file.read(size)  # no more, if the file is growing
    except FormatError:
        raise
    except (OSError, ValueError) as error:
        reason = f"expected {expected}, but it cannot be read: {os_error_text(error)}"
        raise FormatError(path, reason) from error


def parse_json(content: bytes | str) -> Any:
    """Read JSON."""
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError(TOO_DEEP_MESSAGE) from error


def read_json(path: Path, expected: str = "JSON", max_bytes: int = MAX_JSON_BYTES) -> Any:
    """Read a file of JSON."""
    content = read_bytes(path, expected, max_bytes)
    try:
        return parse_json(content)
    except ValueError as error:
        raise unreadable(path, expected, _error_text(error)) from error


def read_json_object(path: Path, max_bytes: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """Read a file that contains a JSON object."""
    found = read_json(path, "a JSON object", max_bytes)
    if not isinstance(found, dict):
        raise FormatError(path, f"expected a JSON object, got a {type(found).__name__}")
    return found


def read_toml(path: Path, expected: str = "TOML") -> tuple[dict[str, Any], str]:
    """Read a file of TOML."""
    content = read_bytes(path, expected, MAX_TOML_BYTES)
    try:
        text = content.decode("utf-8")
    except ValueError as error:
        raise unreadable(path, expected, _error_text(error)) from error
    try:
        return parse_toml(text), text
    except ValueError as error:
        found = TOML_LINE_PATTERN.search(str(error))
        line = int(found[1]) if found else None
        message = _error_text(TOML_LINE_PATTERN.sub("", str(error)))
        raise FormatError(path, f"expected TOML, got an error: {message}", line=line) from error


def parse_toml(text: str) -> dict[str, Any]:
    """Read TOML whose lines have few dots."""
    if len(text) > MAX_TOML_BYTES:
        raise ValueError(f"{len(text)} characters; the limit is {MAX_TOML_BYTES}")
    if max(line.count(".") for line in text.split("\n")) > MAX_LINE_DOTS:
        raise ValueError(TOO_DEEP_MESSAGE)
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError(TOO_DEEP_MESSAGE) from error


def is_number(value: object) -> bool:
    """Whether a value is a float, or an integer that fits into 64 bits."""
    return type(value) is float or (type(value) is int and abs(value) < 2**63)


def _error_text(error: ValueError | str) -> str:
    return " ".join(str(error).split())[:200]


def load_npz(
    content: bytes, path: Path | str, max_bytes: int, names: Collection[str] | None = None
) -> dict[str, NDArray[Any]]:
    """Read arrays of an npz file, all or ``names``; ``max_bytes`` limits their total size."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            selected = [name for name in archive.files if names is None or name in names]
            sizes = {m.filename.removesuffix(".npy"): m.file_size for m in archive.zip.infolist()}
            total = sum(sizes[name] for name in selected)
            if total > max_bytes:
                expected = f"arrays of at most {max_bytes} bytes in a file of {len(content)} bytes"
                raise FormatError(path, f"expected {expected}, got {total} bytes")
            found = {name: archive[name] for name in selected}
    except FormatError:
        raise
    except Exception as error:  # a damaged file makes NumPy, zipfile and zlib raise many kinds
        raise unreadable(path, "an npz file without pickled objects", error) from error
    for name, array in found.items():
        if not isinstance(array, np.ndarray):  # np.load gives the bytes of any other member
            reason = f"expected arrays in NumPy's format only, got the member {short_text(name)}"
            raise FormatError(path, reason)
    return found


def load_npy(path: Path) -> NDArray[Any]:
    """Read an array from a ``.npy`` file."""
    content = read_bytes(path, "an array in NumPy's format")
    try:
        return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except Exception as error:  # a damaged header makes Python's parser raise anything
        raise unreadable(path, "an array in NumPy's format", error) from error
