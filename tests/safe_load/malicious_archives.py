"""Npz files that hold more than right arrays."""

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

MEGABYTES = 40  # of zeros: more than any reader may take of so small a file


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), allow_pickle=True)
    return file.getvalue()


def header(shape: str, descr: str = "'<f8'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text


WriteMember = Callable[[zipfile.ZipFile], object]


def write_zip_bomb(file: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("z.npy")
    info.compress_type = zipfile.ZIP_DEFLATED
    with file.open(info, "w") as member:
        member.write(header(f"({MEGABYTES * 2**17},)"))
        for _ in range(MEGABYTES):
            member.write(bytes(2**20))


MEMBERS: dict[str, tuple[WriteMember, str]] = {
    "a pickle": (
        lambda f: f.writestr("o.npy", npy(np.array([{}, None], object))),
        "Object arrays cannot be loaded",
    ),
    "no array": (lambda f: f.writestr("a.py", b"import os"), "format only, got the member a.py"),
}


def npz(arrays: Mapping[str, Any], extra: WriteMember, compressed: bool) -> bytes:
    """Right arrays, and something beside them."""
    content = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(content, "w", method) as file:
        for name, array in arrays.items():
            file.writestr(f"{name}.npy", npy(array))
        extra(file)
    return content.getvalue()
