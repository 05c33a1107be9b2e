"""Npz files: a zip of .npy members, without pickles, the same bytes for the same arrays."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from liaf_ref._core.safe_load import load_npz, max_decompressed_size
from liaf_ref._core.system import defer_sigint
from liaf_ref.kernels.array import Array

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time a zip can hold
COMPRESSION_LEVEL = 9


def dumps(arrays: Mapping[str, Array]) -> bytes:
    """Write arrays as ``np.savez_compressed`` does, without the time of day."""
    members = {}
    for name in sorted(arrays):
        member = io.BytesIO()
        np.lib.format.write_array(member, arrays[name], version=(1, 0), allow_pickle=False)
        members[f"{name}.npy"] = member.getvalue()
    return archive(members)


@defer_sigint()
def archive(members: Mapping[str, bytes]) -> bytes:
    """Zip files; the same content gives the same bytes with the same zlib."""
    content = io.BytesIO()
    with zipfile.ZipFile(
        content, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION_LEVEL
    ) as file:
        for name, member in members.items():
            info = zipfile.ZipInfo(name, ZIP_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            file.writestr(info, member)
    return content.getvalue()


def loads(content: bytes, path: Path | str) -> dict[str, Array]:
    """Read arrays."""
    return load_npz(content, path, max_decompressed_size(len(content)))
