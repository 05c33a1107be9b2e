"""Unpacking of the packets of AEDAT 4.0, up to a cap."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import DataError

Decompressor = Callable[[bytes, int], bytes]
CHUNK_BYTES = 2**16  # bytes to unpack at a time
MAX_ZSTD_WINDOW = 2**23  # bytes that Zstandard may look back


def get_decompressor(method: int, path: Path) -> Decompressor:
    """Make what unpacks by a file's method."""
    if method == 0:
        return lambda data, _: data
    if method in {1, 2}:
        lz4 = _import_optional("lz4.frame", path)
        return lambda data, most: _decompress_lz4(lz4, data, most)
    if method in {3, 4}:
        zstd = _import_optional("zstandard", path)
        return lambda data, most: _decompress_zstd(zstd, data, most)
    raise ValueError(f"expected a method of compression of 0 to 4, got {method}")


def _import_optional(name: str, path: Path) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        way = f"pip install {package}, or this package's extra events"
        raise DataError(f"{path}: this AEDAT 4.0 needs the package {package}: {way}") from error


def _decompress_lz4(lz4: Any, data: bytes, max_bytes: int) -> bytes:
    stream = lz4.LZ4FrameDecompressor()
    try:
        parts = [stream.decompress(data, max_length=CHUNK_BYTES)]
        while parts[-1] and not stream.eof and len(parts) * CHUNK_BYTES <= max_bytes:
            parts.append(stream.decompress(b"", max_length=CHUNK_BYTES))
    except RuntimeError as error:
        raise ValueError(f"expected compressed data, got {error}") from error
    if not stream.eof or stream.unused_data:
        raise ValueError(f"expected a complete compressed frame of at most {max_bytes} bytes")
    return _join_up_to(parts, max_bytes)


def _decompress_zstd(zstd: Any, data: bytes, max_bytes: int) -> bytes:
    stream = zstd.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW).stream_reader(data)
    try:
        parts: list[bytes] = [stream.read(CHUNK_BYTES)]
        while parts[-1] and len(parts) * CHUNK_BYTES <= max_bytes + CHUNK_BYTES:
            parts.append(stream.read(CHUNK_BYTES))
    except zstd.ZstdError as error:
        raise ValueError(f"expected compressed data, got {error}") from error
    return _join_up_to(parts, max_bytes)


def _join_up_to(parts: list[bytes], max_bytes: int) -> bytes:
    if sum(len(part) for part in parts) > max_bytes:
        raise ValueError(f"expected compressed data of at most {max_bytes} bytes")
    return b"".join(parts)
