"""Read the HDF5 file of a NIR graph, in a child process: HDF5 is native code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from liaf_ref._core.child import Item, read_in_child
from liaf_ref._core.errors import FormatError, unreadable
from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.safe_load import check_file_size, max_decompressed_size
from liaf_ref._core.text import short_repr

MAX_OBJECTS = 20_000  # groups and datasets of a file; a node has up to ten


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
    try:
        h5py = import_optional_dependency("h5py", "interop")
        with h5py.File(path, "r") as file:
            yield from _read_group(h5py, path, file)
    except FormatError:
        raise
    except Exception as error:  # a damaged file makes HDF5 raise anything
        raise unreadable(path, "a NIR graph", error) from error


def _read_group(h5py: Any, path: Path, file: Any) -> Iterator[Item]:
    room = largest = max_decompressed_size(path.stat().st_size)
    groups, seen = [file], {_address(h5py, file)}
    while groups:
        group = groups.pop()
        for key in group:
            name = f"{group.name.rstrip('/')}/{key}"

            def refuse(expected: str, actual: str, name: str = name) -> FormatError:
                return FormatError(path, f"{short_repr(name)}: expected {expected}, got {actual}")

            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                raise refuse("no soft or external link", "one")
            item, names = group[key], name.split("/")[1:]
            if _address(h5py, item) in seen:
                raise refuse("each group once", "it twice")
            seen.add(_address(h5py, item))
            if len(seen) > MAX_OBJECTS:
                raise refuse(f"at most {MAX_OBJECTS:,} groups and datasets", "more")
            if isinstance(item, h5py.Group):
                groups.append(item)
                yield (names, None), None
                continue
            if item.is_virtual or item.external:
                raise refuse("data in this file", "a virtual or external dataset")
            is_text = h5py.check_string_dtype(item.dtype) is not None
            if item.dtype.hasobject and not is_text:
                raise refuse("numbers or strings", f"dtype {item.dtype}")
            room -= int(item.size) * int(item.dtype.itemsize)
            if room < 0:
                raise refuse(f"datasets of at most {largest} bytes in total", "more")
            value = item[()]
            if isinstance(value, bytes):
                yield (names, value.decode()), None
            else:
                yield (names, None), value.astype(bytes) if is_text else value


def _address(h5py: Any, item: Any) -> int:
    return int(h5py.h5o.get_info(item.id).addr)
