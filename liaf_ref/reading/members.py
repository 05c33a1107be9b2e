"""What an archive lists, looked at before anything in it is unpacked."""

import stat
import zipfile
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

from liaf_ref.door.values import shown
from liaf_ref.errors import FormatError

STORED = (zipfile.ZIP_STORED,)
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those NumPy writes
ENCRYPTED = 1  # bit of a member's flags
SMALL, RATIO = 2**20, 50


def most(size: int) -> int:
    """The most bytes that a compressed file of ``size`` bytes may unpack to."""
    return SMALL + RATIO * size


def check_members(
    members: Sequence[zipfile.ZipInfo],
    path: Path | str,
    size: int,
    methods: Collection[int] = METHODS,
) -> None:
    """Refuse members that have no place in an archive of arrays.

    Parameters
    ----------
    members : sequence of ZipInfo
        All that the archive lists.
    path : Path or str
        The archive, named in errors.
    size : int
        Its bytes.
    methods : collection of int
        Ways in which a member may be packed.

    Raises
    ------
    FormatError
        At the first one whose name leaves the folder or comes twice, that is a link, is
        encrypted or packed otherwise, or lies outside of the archive.
    """
    times = Counter(member.filename for member in members)
    for member in members:
        if fault := _fault(member, times, size, methods):
            reason = f"member {shown(member.filename)}: expected {fault}"
            raise FormatError(path, reason, offset=place(member, size))


def place(member: zipfile.ZipInfo, size: int) -> int | None:
    """Byte of a member, unless the directory names one that is not there."""
    return member.header_offset if 0 <= member.header_offset < size else None


def _fault(
    member: zipfile.ZipInfo, times: Counter[str], size: int, methods: Collection[int]
) -> str | None:
    inside = PurePosixPath(member.orig_filename.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or ":" in str(inside):
        return "a name inside the folder"
    if times[member.filename] > 1 or "\0" in member.orig_filename:
        return "each name once"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "no link"
    if member.flag_bits & ENCRYPTED or member.compress_type not in methods:
        packed = "stored or deflated" if zipfile.ZIP_DEFLATED in methods else "stored"
        return f"one that is {packed}, and not encrypted"
    if place(member, size) is None or member.compress_size > size:
        return f"one inside {size} bytes, got {member.compress_size} packed ones"
    return None
