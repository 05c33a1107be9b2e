"""Read arrays in NumPy's formats without unpickling."""

import io
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load.files import read_bytes
from liaf_ref._core.validation.scalars import short_repr, short_text


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
                expected = f"expected arrays of at most {max_bytes} bytes"
                raise FormatError(
                    path, f"{expected} in a file of {len(content)} bytes, got {total} bytes"
                )
            found = {name: archive[name] for name in selected}
    except FormatError:
        raise
    except Exception as error:  # a damaged file makes NumPy, zipfile and zlib raise many kinds
        reason = f"expected an npz file without pickled objects, got an error: {short_repr(error)}"
        raise FormatError(path, reason) from error
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
        reason = f"expected an array in NumPy's format, got an error: {short_repr(error)}"
        raise FormatError(path, reason) from error
