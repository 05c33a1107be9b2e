"""Check the HDF5 file of a NIR graph before its arrays are read."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import FormatError
from liaf_ref._core.optional import import_optional_dependency
from liaf_ref._core.safe_load import check_file_size, max_decompressed_size
from liaf_ref._core.validation.scalars import short_repr
from liaf_ref.interop.hdf5_heaps import check_global_heaps, string_bytes


def check_nir_file(path: Path) -> None:
    """Refuse a file that refers to other files, or decompresses to too many bytes."""
    library = import_optional_dependency("h5py", "interop")
    room = largest = max_decompressed_size(check_file_size(path, "a NIR graph"))
    with (
        library.File(path, "r") as file,
        path.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        address, size = file.id.get_create_plist().get_sizes()
        check_global_heaps(path, content, size)
        for name, dataset in _iter_datasets(library, file, path):
            if dataset.is_virtual or dataset.external:
                raise FormatError(
                    path,
                    f"{short_repr(name)}: expected data in this file, "
                    "got a virtual or external dataset",
                )
            room -= _dataset_bytes(content, dataset, address)
            if room < 0:
                expected = f"expected datasets of at most {largest} bytes in total"
                raise FormatError(path, f"{short_repr(name)}: {expected}, got more")


def _iter_datasets(h5py: Any, file: Any, path: Path) -> Iterator[tuple[str, Any]]:
    """All datasets with their names."""
    groups, seen = [file], {_object_address(h5py, file)}
    while groups:
        group = groups.pop()
        for key in group:
            name = f"{group.name.rstrip('/')}/{key}"
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                raise FormatError(
                    path, f"{short_repr(name)}: expected no soft or external link, got one"
                )
            item = group[key]
            if isinstance(item, h5py.Dataset):
                yield name, item
            elif isinstance(item, h5py.Group):
                if _object_address(h5py, item) in seen:
                    raise FormatError(
                        path, f"{short_repr(name)}: expected each group once, got it twice"
                    )
                seen.add(_object_address(h5py, item))
                groups.append(item)


def _object_address(h5py: Any, group: Any) -> int:
    return int(h5py.h5o.get_info(group.id).addr)


def _dataset_bytes(content: mmap.mmap, dataset: Any, address_width: int) -> int:
    """Memory of a dataset when it is read, in bytes."""
    size = int(dataset.size) * int(dataset.dtype.itemsize)
    return size + string_bytes(content, dataset, address_width) if dataset.dtype.hasobject else size
