"""Unpacking of the packets of AEDAT 4.0, up to a cap."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from liaf_ref.errors import DataError

Unpack = Callable[[bytes, int], bytes]
PIECE = 2**16  # bytes to unpack at a time
WINDOW = 2**23  # bytes that Zstandard may look back


def unpacker(method: int, path: Path) -> Unpack:
    """Make what unpacks by a file's method.

    Parameters
    ----------
    method : int
        0 none, 1 and 2 LZ4, 3 and 4 Zstandard.
    path : Path
        The file, named in errors.

    Returns
    -------
    callable
        Of what is packed and the most bytes it may become; raises ValueError otherwise.

    Raises
    ------
    ValueError
        If there is no such method.
    DataError
        If the package for it is not installed.
    """
    if method == 0:
        return lambda data, _: data
    if method in {1, 2}:
        lz4 = _package("lz4.frame", path)
        return lambda data, most: _lz4(lz4, data, most)
    if method in {3, 4}:
        zstd = _package("zstandard", path)
        return lambda data, most: _zstd(zstd, data, most)
    raise ValueError(f"expected a method of compression of 0 to 4, got {method}")


def _package(name: str, path: Path) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        way = f"pip install {package}, or this package's extra events"
        raise DataError(f"{path}: this AEDAT 4.0 needs the package {package}: {way}") from error


def _lz4(lz4: Any, data: bytes, most: int) -> bytes:
    stream = lz4.LZ4FrameDecompressor()
    try:
        parts = [stream.decompress(data, max_length=PIECE)]
        while parts[-1] and not stream.eof and len(parts) * PIECE <= most:
            parts.append(stream.decompress(b"", max_length=PIECE))
    except RuntimeError as error:
        raise ValueError(f"expected compressed data, got {error}") from error
    if not stream.eof or stream.unused_data:
        raise ValueError(f"expected compressed data of at most {most} bytes, up to their end")
    return _within(parts, most)


def _zstd(zstd: Any, data: bytes, most: int) -> bytes:
    stream = zstd.ZstdDecompressor(max_window_size=WINDOW).stream_reader(data)
    try:
        parts: list[bytes] = [stream.read(PIECE)]
        while parts[-1] and len(parts) * PIECE <= most + PIECE:
            parts.append(stream.read(PIECE))
    except zstd.ZstdError as error:
        raise ValueError(f"expected compressed data, got {error}") from error
    return _within(parts, most)


def _within(parts: list[bytes], most: int) -> bytes:
    if sum(len(part) for part in parts) > most:
        raise ValueError(f"expected compressed data of at most {most} bytes")
    return b"".join(parts)
