"""Checkpoints, golden sets, answers and kept frames made to harm: refused, and cheaply."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pytest
from support import Setup
from tracing import format_error_message

from liaf_ref._core.errors import FormatError
from liaf_ref.data.events import Preprocessing
from liaf_ref.data.events.preprocessing import read_cached_frames
from liaf_ref.oracle import golden
from liaf_ref.oracle.checker import program
from liaf_ref.training import checkpoint

MEGABYTES = 40  # of zeros: more than any reader may take of so small a file


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), allow_pickle=True)
    return file.getvalue()


WriteMember = Callable[[zipfile.ZipFile], object]


def write_zip_bomb(file: zipfile.ZipFile) -> None:
    file.writestr("z.npy", npy(np.zeros(MEGABYTES * 2**17)), zipfile.ZIP_DEFLATED)


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


ALLOWED = 2**22  # bytes, and three for each of the file; the claims are of hundreds of megabytes
NOTHING: Any = lambda file: None  # noqa: E731
CASE = "l0_mse_two"
PREPARATION = Preprocessing(sensor_size=(4, 3), time_window=5, T=2)


@cache
def case() -> golden.GoldenCase:
    (found,) = (one for one in golden.golden_cases() if one.case.name == CASE)
    return found


class Reader(NamedTuple):
    """Arrays of a right file, whether they are packed, and what reads the file."""

    name: str
    arrays: Callable[[], dict[str, Any]]
    packed: bool
    read: Callable[[Path], Any]


def of_checkpoint() -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "checkpoint.npz"
        checkpoint.save(file, Setup().initial_state())
        with np.load(file) as arrays:
            return dict(arrays)


READERS = (
    Reader("checkpoint.npz", of_checkpoint, False, checkpoint.load),
    Reader(
        "answer.npz",
        lambda: dict(case().expected),
        True,
        lambda p: program.read_answer(p.parent, case().case),
    ),
    Reader(
        "kept.npz",
        lambda: {"frames": np.zeros(PREPARATION.shape, "f4"), "settings": np.array("s")},
        True,
        lambda path: read_cached_frames(path, PREPARATION),
    ),
)
EVERY = pytest.mark.parametrize("reader", READERS, ids=[reader.name for reader in READERS])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    golden.save(tmp_path, [case()], ("safetensors",))
    return tmp_path


def error_message(reader: Reader, folder: Path, content: bytes) -> str:
    """Why a file is refused, without taking much memory."""
    path = folder / reader.name
    path.write_bytes(content)
    case()
    text = format_error_message(lambda: reader.read(path), ALLOWED + 3 * len(content))
    assert reader.name in text
    assert "\n" not in text
    return text


@EVERY
def test_the_right_file_is_read(folder: Path, reader: Reader) -> None:
    (folder / reader.name).write_bytes(npz(reader.arrays(), NOTHING, reader.packed))
    reader.read(folder / reader.name)


@EVERY
@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_that_has_no_place_is_refused(folder: Path, reader: Reader, member: str) -> None:
    write, reason = MEMBERS[member]
    assert reason in error_message(reader, folder, npz(reader.arrays(), write, reader.packed))


@EVERY
def test_a_bomb_is_not_unpacked(folder: Path, reader: Reader) -> None:
    text = error_message(reader, folder, npz(reader.arrays(), write_zip_bomb, reader.packed))
    assert re.search(r"arrays of at most \d+ bytes|the limit is \d+", text)


def test_a_wrong_hash_and_a_future_version_are_refused(folder: Path) -> None:
    changes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"version": 99}, ", got 99"),
        ({"seconds": 9.0}, "expected content that matches the hash in its header"),
    )
    for change, reason in changes:
        arrays = of_checkpoint()
        head = json.dumps(json.loads(arrays["header"].tobytes()) | change).encode()
        spoiled = npz(arrays | {"header": np.frombuffer(head, np.uint8)}, NOTHING, False)
        assert reason in error_message(READERS[0], folder, spoiled)


def test_a_case_that_a_link_has_elsewhere_is_refused(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    (folder / f"{CASE}.safetensors").rename(outside)
    (folder / f"{CASE}.safetensors").symlink_to(outside)
    with pytest.raises(FormatError, match=r"in the golden set, got a symlink to"):
        golden.load(folder)
    (problem,) = (verdict.problem for verdict in golden.audit(folder))
    assert "in the golden set, got a symlink to" in str(problem)
