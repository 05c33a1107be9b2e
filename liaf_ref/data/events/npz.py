"""NumPy's .npz: the arrays t, x, y and p in a zip file, whose members are looked at first."""

import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from liaf_ref._core.errors import FormatError
from liaf_ref._core.safe_load import check_zip_members, max_decompressed_size, member_offset
from liaf_ref._core.validation.arrays import Array
from liaf_ref._core.validation.scalars import short_repr
from liaf_ref.data.events.array import Events
from liaf_ref.data.events.binary_io import Warn, file_size, open_binary
from liaf_ref.data.events.columns import stream_columns
from liaf_ref.data.events.npy import read_integer_header

MEMBERS = {f"{name}.npy": name for name in "txyp"}


def read_npz(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read the arrays t, x, y and p of a .npz file, upright and 1 for brighter.

    Members of other names are not read.  All are refused together if one has a name that
    leaves the folder or comes twice, is a link, is encrypted or packed in a way that NumPy does
    not use, or if the four would take more than :func:`max_decompressed_size` of the file's size.
    """
    with open_binary(path) as file:
        try:
            columns = _read_columns(file, path)
        except FormatError:
            raise
        except Exception as error:  # a damaged file makes zipfile and zlib raise anything
            reason = f"expected arrays in a zip file, got {short_repr(error)}"
            raise FormatError(path, reason) from error
    yield from stream_columns(path, chunk, **columns)


def _read_columns(file: BinaryIO, path: Path) -> dict[str, Array]:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        _check_archive(members, path, file_size(file))
        found = {MEMBERS[each.filename]: each for each in members if each.filename in MEMBERS}
        if len(found) != len(MEMBERS):
            missing = ", ".join(name for name in MEMBERS.values() if name not in found)
            raise FormatError(path, f"expected arrays t, x, y and p, got no {missing}")
        return {
            name: _parse_member(
                archive.read(member), path, name, member_offset(member, file_size(file))
            )
            for name, member in found.items()
        }


def _check_archive(members: list[zipfile.ZipInfo], path: Path, size: int) -> None:
    """Refuse what an archive of four arrays has no need of."""
    check_zip_members(members, path, size)
    total = sum(member.file_size for member in members if member.filename in MEMBERS)
    if total > (most := max_decompressed_size(size)):
        expected = f"expected arrays of at most {most} bytes in a file of {size} bytes"
        raise FormatError(path, f"{expected}, got {total}")


def _parse_member(content: bytes, path: Path, name: str, offset: int | None) -> Array:
    found = read_integer_header(content, path, name)
    have = len(content) - found.data_offset
    if found.nbytes != have:
        reason = f"{name}: expected {short_repr(found.nbytes)} bytes of entries, got {have}"
        raise FormatError(path, reason, offset=offset)
    array = np.frombuffer(content, found.dtype, math.prod(found.shape), found.data_offset)
    return array.reshape(found.shape)
