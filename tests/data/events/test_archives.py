"""Archives: members that leave their folder or outgrow their cap, and headers that claim much."""

import io
import stat
import zipfile
import zlib
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat
from tracing import peak_memory

from liaf_ref._core.errors import FormatError
from liaf_ref.data import read_events

from .writers import AEDAT3_HEADER, HEADER, aedat4_header, make_event_array

TWO = make_event_array([5, 9], [1, 2], [30, 33], [True, False])
ALLOWED = 2**21  # bytes; the claims below are of gigabytes


def npy(array: Any, version: tuple[int, int] = (1, 0)) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), version)
    return file.getvalue()


Write = Callable[[zipfile.ZipFile], object]


def archive(path: Path, extra: Write, **options: Any) -> None:
    with zipfile.ZipFile(path, "w", **options) as file:
        for name in "txyp":
            file.writestr(f"{name}.npy", npy(TWO[name]))
        extra(file)


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


REFUSED: dict[str, tuple[Write, str]] = {
    "above": (lambda f: f.writestr("../a.npy", b"1"), "'../a.npy': expected a name inside"),
    "above, hidden": (lambda f: f.writestr("a/../../b", b"1"), "expected a name inside the folder"),
    "root": (lambda f: f.writestr("/etc/a.npy", b"1"), "'/etc/a.npy': expected a name inside"),
    "drive": (lambda f: f.writestr("C:\\a.npy", b"1"), "expected a name inside the folder"),
    "back": (lambda f: f.writestr("..\\a.npy", b"1"), "expected a name inside the folder"),
    "link": (lambda f: f.writestr(link(), b"/etc/passwd"), "'link': expected no link"),
    "packed": (
        lambda f: f.writestr("a.npy", b"1", zipfile.ZIP_LZMA),
        "'a.npy': expected one that is stored or deflated, and not encrypted",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_members_that_have_no_place_are_refused(tmp_path: Path, case: str) -> None:
    extra, reason = REFUSED[case]
    path = tmp_path / "a.npz"
    archive(path, extra)
    with pytest.raises(FormatError) as caught:
        read_events(path)
    assert reason in str(caught.value)
    offset = caught.value.offset
    assert offset is not None
    assert path.read_bytes()[offset : offset + 4] == b"PK\3\4"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    archive(tmp_path / "a.npz", lambda f: f.writestr("t.npy", npy(TWO["t"])))
    with pytest.raises(FormatError, match=r"member 't\.npy': expected each name once"):
        read_events(tmp_path / "a.npz")


def test_members_of_other_names_are_not_read(tmp_path: Path) -> None:
    archive(
        tmp_path / "a.npz",
        lambda f: f.writestr("label.npy", bytes(10**8)),
        compression=zipfile.ZIP_DEFLATED,
    )
    assert taken(tmp_path / "a.npz") < ALLOWED
    assert (read_events(tmp_path / "a.npz") == TWO).all()


def taken(path: Path, refused: type[Exception] | None = None) -> int:
    """The most memory that reading a file took, or refusing it."""

    def read() -> None:
        with pytest.raises(refused) if refused else nullcontext():
            read_events(path)

    return peak_memory(read, ALLOWED)


def header(shape: str, descr: str = "[('t','<i8'),('x','<i2'),('y','<i2'),('p','?')]") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name in "txyp":
            file.writestr(f"{name}.npy", header("(50000000,)", "'|u1'") + bytes(50_000_000))


def claims(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name in "txyp":
            file.writestr(f"{name}.npy", header("(1000000000000,)", "'<i8'"))


def mat(path: Path, spoil: Callable[[bytes], bytes]) -> None:
    savemat(path, {"a": np.ones((3, 4))})
    path.write_bytes(spoil(path.read_bytes()))


def compressed(content: bytes) -> bytes:
    """A matrix that unpacks to 200 MB."""
    matrix = (14).to_bytes(4, "little") + (2 * 10**8).to_bytes(4, "little") + bytes(2 * 10**8)
    packed = zlib.compress(matrix)
    return content[:128] + (15).to_bytes(4, "little") + len(packed).to_bytes(4, "little") + packed


WIDE = f"[('t','i8'),('x','i2'),('y','i2'),('p','?'),('','V{2**30}')]"


def packed(path: Path) -> None:
    """A member that says it is packed into 2 GB; zipfile would ask for as many."""
    archive(path, lambda _: None)
    content = path.read_bytes()
    place = content.index(b"PK\1\2") + 20
    path.write_bytes(content[:place] + HUGE + content[place + 4 :])


HUGE = (2**31 - 8).to_bytes(4, "little")
GIGABYTES: dict[str, tuple[str, bytes | Callable[[Path], object], str]] = {
    "npy": ("a.npy", header("(1000000000000,)"), "expected 13000000000000 bytes of events, got 0"),
    "npy wide": ("a.npy", header("(1,)", WIDE), "bytes of events, got 0"),
    "npy header": ("a.npy", b"\x93NUMPY\2\0\xff\xff\xff\xff{}", "in NumPy's format"),
    "npy hex": ("a.npy", header(f"(0x{'f' * 5000},)"), "cannot be printed"),
    "npz": ("a.npz", claims, "t: expected 8000000000000 bytes of entries, got 0"),
    "npz bomb": ("a.npz", bomb, "expected arrays of at most"),
    "npz packed": (
        "a.npz",
        packed,
        "member 't[.]npy': expected one inside 1?[0-9]{3} bytes, got 2",
    ),
    "mat element": ("a.mat", lambda p: mat(p, lambda c: c[:132] + HUGE + c[136:]), "data element"),
    "mat numbers": ("a.mat", lambda p: mat(p, lambda c: c[:180] + HUGE + c[184:]), "data element"),
    "mat rows": ("a.mat", lambda p: mat(p, lambda c: c[:160] + HUGE + c[164:]), "x 4 matrix, got"),
    "mat bomb": ("a.mat", lambda p: mat(p, compressed), "expected at most"),
    "3.1 packet": (
        "a.aedat",
        AEDAT3_HEADER + b"\1\0\1\0\x08\0\0\0\4\0\0\0\0\0\0\0" + b"\xff\xff\xff\x7f" * 3,
        "expected a packet of 17179869204 bytes, got 28",
    ),
    "4.0 header": ("a.aedat4", b"#!AER-DAT4.0\r\n\xff\xff\xff\x7f", "a header of 2147483647 bytes"),
    "4.0 packet": (
        "a.aedat4",
        aedat4_header() + b"\0\0\0\0\xff\xff\xff\x7f",
        "of 2147483655 bytes",
    ),
    "a line": ("a.aedat", HEADER % b"2.0" + b"#" * 2**17, "a line of at most 65536 bytes"),
}


@pytest.mark.parametrize("case", GIGABYTES)
def test_a_header_that_claims_gigabytes_allocates_nothing(tmp_path: Path, case: str) -> None:
    name, content, reason = GIGABYTES[case]
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)
    with pytest.raises(FormatError, match=reason):
        read_events(path)  # imports what it needs
    assert taken(path, FormatError) < ALLOWED + 2 * path.stat().st_size
