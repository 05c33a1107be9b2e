"""What an archive lists, looked at before anything in it is unpacked."""

import stat
import zipfile
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

from liaf_ref._core.errors import FormatError
from liaf_ref._core.validation.scalars import short_repr

UNCOMPRESSED = (zipfile.ZIP_STORED,)
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those NumPy writes
ENCRYPTED_FLAG = 1  # bit of a member's flags
MIN_DECOMPRESSED_LIMIT, MAX_COMPRESSION_RATIO = 2**20, 50


def max_decompressed_size(size: int) -> int:
    """The most bytes that a compressed file of ``size`` bytes may unpack to."""
    return MIN_DECOMPRESSED_LIMIT + MAX_COMPRESSION_RATIO * size


def check_zip_members(
    members: Sequence[zipfile.ZipInfo],
    path: Path | str,
    size: int,
    compressions: Collection[int] = COMPRESSIONS,
) -> None:
    """Refuse members that have no place in an archive of arrays."""
    times = Counter(member.filename for member in members)
    for member in members:
        if fault := _violated_rule(member, times, size, compressions):
            reason = f"member {short_repr(member.filename)}: expected {fault}"
            raise FormatError(path, reason, offset=member_offset(member, size))


def member_offset(member: zipfile.ZipInfo, size: int) -> int | None:
    """Byte of a member, unless the directory names one that is not there."""
    return member.header_offset if 0 <= member.header_offset < size else None


def _violated_rule(
    member: zipfile.ZipInfo, name_counts: Counter[str], size: int, compressions: Collection[int]
) -> str | None:
    inside = PurePosixPath(member.orig_filename.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or ":" in str(inside):
        return "a name inside the folder"
    if name_counts[member.filename] > 1 or "\0" in member.orig_filename:
        return "each name once"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "no link"
    if member.flag_bits & ENCRYPTED_FLAG or member.compress_type not in compressions:
        packed = "stored or deflated" if zipfile.ZIP_DEFLATED in compressions else "stored"
        return f"one that is {packed}, and not encrypted"
    if member_offset(member, size) is None or member.compress_size > size:
        return f"one inside {size} bytes, got {member.compress_size} packed ones"
    return None
