"""Read the HDF5 file of a NIR graph, in a child process: HDF5 is native code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from liaf_ref._core.child import Item, read_in_child
from liaf_ref._core.errors import FormatError
from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.safe_load import check_file_size, max_decompressed_size
from liaf_ref._core.text import short_repr


def read_tree(path: Path) -> dict[str, Any]:
    """Return the arrays and texts of a file by name, those of a group in a dict."""
    check_file_size(path, "a NIR graph")
    tree: dict[str, Any] = {}
    for (names, text), array in read_in_child(f"{__name__}:read_items", path):
        place = tree
        for name in names[:-1]:
            place = place[name]
        place[names[-1]] = ({} if text is None else text) if array is None else array[()]
    return tree


def read_items(path: Path) -> Iterator[Item]:
    """Yield each object's names and text, and its array; neither for a group, which is first."""
    h5py = import_optional_dependency("h5py", "interop")
    room = largest = max_decompressed_size(path.stat().st_size)
    with h5py.File(path, "r") as file:
        found = list[str]()
        file.visit(found.append)  # each object once, and none through a soft or external link
        for name in found:
            item, names = file[name], name.split("/")
            if isinstance(item, h5py.Group):
                yield (names, None), None
                continue
            is_text = h5py.check_string_dtype(item.dtype) is not None
            room -= int(item.size) * int(item.dtype.itemsize)
            for wrong, reason in (
                (item.is_virtual or item.external, "expected data in this file, got a reference"),
                (item.dtype.hasobject and not is_text, "expected numbers or strings, got objects"),
                (room < 0, f"expected datasets of at most {largest} bytes in total, got more"),
            ):
                if wrong:
                    raise FormatError(path, f"{short_repr(name)}: {reason}")
            value = item[()]
            if isinstance(value, bytes):
                yield (names, value.decode()), None
            else:
                yield (names, None), value.astype(bytes) if is_text else value
