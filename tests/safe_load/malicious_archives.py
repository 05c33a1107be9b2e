"""Npz files that were made to harm."""

import io
import stat
import warnings
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


def symbolic_link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link.npy")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def write_zip_bomb(file: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("z.npy")
    info.compress_type = zipfile.ZIP_DEFLATED
    with file.open(info, "w") as member:
        member.write(header(f"({MEGABYTES * 2**17},)"))
        for _ in range(MEGABYTES):
            member.write(bytes(2**20))


def write_duplicate_names(file: zipfile.ZipFile) -> None:
    for _ in range(2):
        file.writestr("a.npy", npy(1))


MEMBERS: dict[str, tuple[WriteMember, str]] = {
    "a pickle": (lambda f: f.writestr("o.npy", npy(np.array([{}, None], object))), "are pickles"),
    "10^12 entries": (
        lambda f: f.writestr("c.npy", header("(1000000000000,)")),
        "array c: expected 8000000000000 bytes, got 0",
    ),
    "a wide entry": (
        lambda f: f.writestr("c.npy", header("(1,)", "'V1073741824'")),
        "array c: expected numbers, truth values or texts, got dtype dtype('V1073741824')",
    ),
    "more axes than there are": (
        lambda f: f.writestr("c.npy", header(f"({'1, ' * 99})") + bytes(8)),
        "array c: expected an array, got ValueError",
    ),
    "a negative size": (lambda f: f.writestr("c.npy", header("(-1, -1)") + bytes(8)), "array c: "),
    "a shape of nonsense": (lambda f: f.writestr("c.npy", header("('a',)")), "array c: expected"),
    "a header to compute": (
        lambda f: f.writestr("c.npy", header("(9**9**9,)")),
        "array c: expected an array in NumPy's format",
    ),
    "a deep header": (lambda f: f.writestr("c.npy", header("(" * 4000)), "array c: expected an"),
    "above": (lambda f: f.writestr("../a.npy", b"1"), "'../a.npy': expected a name inside"),
    "root": (lambda f: f.writestr("/etc/a.npy", b"1"), "'/etc/a.npy': expected a name inside"),
    "a link": (
        lambda f: f.writestr(symbolic_link(), b"/etc/passwd"),
        "'link.npy': expected no link",
    ),
    "another packing": (
        lambda f: f.writestr("a.npy", b"1", zipfile.ZIP_LZMA),
        "'a.npy': expected one",
    ),
    "no array": (lambda f: f.writestr("a.py", b"import os"), "'a.py': expected an array, NAME.npy"),
    "twice": (write_duplicate_names, "expected each name once"),
}


def npz(arrays: Mapping[str, Any], extra: WriteMember, compressed: bool) -> bytes:
    """Right arrays, and something beside them."""
    content = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with warnings.catch_warnings(), zipfile.ZipFile(content, "w", method) as file:
        warnings.simplefilter("ignore")  # of names that come twice
        for name, array in arrays.items():
            file.writestr(f"{name}.npy", npy(array))
        extra(file)
    return content.getvalue()


def with_claimed_size(content: bytes, at: int, size: int = 2**31 - 8) -> bytes:
    """The same with another number in the entry of its first member."""
    place = content.index(b"PK\1\2") + at
    return content[:place] + size.to_bytes(4, "little") + content[place + 4 :]


def with_encrypted_flag(content: bytes) -> bytes:
    """The same with its first member said to be encrypted."""
    place = content.index(b"PK\1\2") + 8
    return content[:place] + b"\1" + content[place + 1 :]
