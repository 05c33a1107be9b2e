"""A NIR graph's HDF5 file, looked at before its arrays are read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref.door.values import shown
from liaf_ref.errors import FormatError
from liaf_ref.extras import require
from liaf_ref.reading import most

TEXTS = 2**14  # entries of a dataset of texts, which are looked at one by one


def check_file(path: Path) -> None:
    """Refuse a file that leads out of itself, or unpacks to more than it may.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    FormatError
        If something in it is a link or kept in another file, a group is found by two ways, or
        all datasets together would take more than :func:`liaf_ref.reading.most`.
    Exception
        Whatever HDF5 raises on a damaged file.
    """
    library = require("h5py", "interop")
    room = most(path.stat().st_size)
    total = 0
    with library.File(path, "r") as file:
        for name, dataset in _datasets(library, file, path):
            if dataset.is_virtual or dataset.external:
                raise FormatError(path, f"{shown(name)}: expected entries in this file, got others")
            for size in _sizes(dataset):
                total += size
                if total > room:
                    wanted = f"expected datasets of at most {room} bytes together"
                    raise FormatError(path, f"{shown(name)}: {wanted}, got more")


def _datasets(library: Any, file: Any, path: Path) -> Iterator[tuple[str, Any]]:
    """All datasets with their names."""
    groups, seen = [file], {_place(library, file)}
    while groups:
        group = groups.pop()
        for key in group:
            name = f"{group.name.rstrip('/')}/{key}"
            if not isinstance(group.get(key, getlink=True), library.HardLink):
                raise FormatError(path, f"{shown(name)}: expected no link")
            item = group[key]
            if isinstance(item, library.Dataset):
                yield name, item
            elif isinstance(item, library.Group):
                if _place(library, item) in seen:
                    raise FormatError(path, f"{shown(name)}: expected each group once")
                seen.add(_place(library, item))
                groups.append(item)


def _place(library: Any, group: Any) -> int:
    return int(library.h5o.get_info(group.id).addr)


def _sizes(dataset: Any) -> Iterator[int]:
    """Bytes that a dataset takes once it is read, before they are read."""
    yield dataset.size * dataset.dtype.itemsize
    if dataset.dtype.hasobject:
        if dataset.size > TEXTS:
            raise ValueError(f"{shown(dataset.name)}: more than {TEXTS} texts")
        for index in np.ndindex(dataset.shape):
            yield len(dataset[index])
