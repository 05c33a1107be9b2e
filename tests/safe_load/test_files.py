"""Texts, arrays and graphs that were made to harm: refused, and cheaply."""

import errno
import io
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzzing.damage import as_json
from fuzzing.targets import STUDY
from tracing import format_error_message

from liaf_ref._core import safe_load
from liaf_ref._core.errors import FormatError
from liaf_ref.cli import run_study
from liaf_ref.data import read_events
from liaf_ref.data.babi import read_text
from liaf_ref.data.events.datasets import read_labels, read_trials
from liaf_ref.experiments.runner.manifest import read_manifest
from liaf_ref.experiments.runner.spec import read_spec
from liaf_ref.interop import nir as graphs
from liaf_ref.interop.weights import load_weights
from liaf_ref.layers import DenseLIF
from liaf_ref.oracle.checker import selection
from liaf_ref.oracle.golden.cases import from_safetensors
from liaf_ref.report.build import Report, with_remarks
from liaf_ref.report.content import Table
from liaf_ref.report.runs import from_csv, read_run_table
from liaf_ref.training import checkpoint
from liaf_ref.training.run_folder import read_metrics, read_run_json

Read = Callable[[Path], Any]


def finished_study(table: Path) -> object:
    """Have a study looked at that has ended and left this table."""
    (table.parent / "figure.png").touch()
    (table.parent / "run.json").write_bytes(as_json(STUDY))
    return run_study.read_answer(table.parent)


TEXTS: dict[str, Read] = {
    "run.json": lambda path: read_run_json(path.parent),
    "metrics.jsonl": lambda path: read_metrics(path.parent),
    "manifest.json": lambda path: read_manifest(path.parent),
    "sweep.toml": read_spec,
    "waivers.toml": selection.read_waivers,
    "runs.csv": from_csv,
    "decide-digits.csv": read_run_table,
    "remarks.toml": lambda path: with_remarks(Report((), (), Table("", "", (), ()), ()), path),
    "table.md": finished_study,
    "qa1_train.txt": read_text,
    "user01_led_labels.csv": read_labels,
    "trials_to_train.txt": read_trials,
}
TOML_FILES = ("sweep.toml", "waivers.toml", "remarks.toml")
LISTS = ("user01_led_labels.csv", "trials_to_train.txt")
MAX_BYTES = {"run.json": 2**22, "qa1_train.txt": 2**24, "manifest.json": 2**24}
MAX_BYTES |= dict.fromkeys((*TOML_FILES, *LISTS), 2**20)


def error_message(read: Read, path: Path, limit: int = 2**22) -> str:
    """Why a file is refused, without taking much memory."""
    text = format_error_message(lambda: read(path), limit)
    assert path.name in text
    assert text.splitlines() == [text]
    assert len(text) < 600
    return text


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_of_gigabytes_is_not_read(tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(2**33)  # of a file with a hole
    limit = MAX_BYTES.get(name, safe_load.MAX_TEXT_BYTES)
    text = f"got a file of 8589934592 bytes; the limit is {limit} bytes"
    assert text in error_message(TEXTS[name], tmp_path / name)


OTHERS: dict[str, Read] = {
    "checkpoint.npz": checkpoint.load,
    "a.nir": graphs.read,
    "a.safetensors": load_weights,
    "a.aedat": read_events,
}
REQUIRED_PACKAGES = {"a.nir": "nir", "a.safetensors": "safetensors"}


@pytest.mark.parametrize("name", [*TEXTS, *OTHERS])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    if name in REQUIRED_PACKAGES:
        pytest.importorskip(REQUIRED_PACKAGES[name])
    os.mkfifo(tmp_path / name)
    read = (TEXTS | OTHERS)[name]
    assert "got a pipe or device" in error_message(read, tmp_path / name)


DEEP = {
    "run.json": b'{"config": ' + b"[" * 100_000,
    "metrics.jsonl": b"[" * 100_000,
    "manifest.json": b'{"a":' * 100_000,
    "sweep.toml": b"a = " + b"[" * 100_000,
    "waivers.toml": b"a = " + b"{a = " * 100_000,
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_too_deep_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(DEEP[name])
    assert "got" in error_message(TEXTS[name], tmp_path / name, limit=2**26)


def test_a_pattern_that_would_take_minutes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(f'[[waive]]\ncase = "{"[" * 10_000}"\nreason = "none"\n')
    assert "case: expected patterns of at most 200 characters" in error_message(
        selection.read_waivers, path
    )


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


ARRAYS = {
    "objects": (npy(np.array([{}], object)), "Object arrays cannot be loaded"),
    "cut short": (npy(np.zeros(2))[:-1], "got an error: ValueError("),
    "a text": (b"0.1 0.2 0.3", "the magic string is not correct"),
    "nothing": (b"", "got an error: ValueError("),
}


@pytest.mark.parametrize("case", ARRAYS)
def test_an_array_that_is_none_is_refused(tmp_path: Path, case: str) -> None:
    content, reason = ARRAYS[case]
    (tmp_path / "a.npy").write_bytes(content)
    text = error_message(safe_load.load_npy, tmp_path / "a.npy")
    assert "expected an array in NumPy's format, got " in text
    assert reason in text


def test_a_shape_of_texts_allocates_nothing() -> None:
    """A text times a number is a longer text: two numbers more, and it was one of gigabytes."""
    head = b'{"a":{"dtype":"F64","shape":["x",999999999],"data_offsets":[0,8]}}'
    content = len(head).to_bytes(8, "little") + head + bytes(8)
    read: Read = lambda path: from_safetensors(content, path)  # noqa: E731
    assert "array a: expected the data of a safetensors file" in error_message(
        read, Path("a.safetensors")
    )


def test_safetensors_that_claim_gigabytes_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    path = tmp_path / "w.safetensors"
    for shape, end in (("[1000000000000]", 8 * 10**12), ("[-1]", -8)):
        head = f'{{"W":{{"dtype":"F64","shape":{shape},"data_offsets":[0,{end}]}}}}'.encode()
        path.write_bytes(len(head).to_bytes(8, "little") + head)
        assert "expected a safetensors file, got" in error_message(load_weights, path)
    path.write_bytes((2**40).to_bytes(8, "little"))
    assert "expected a safetensors file, got" in error_message(load_weights, path)


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    pytest.importorskip("nir")
    layer = DenseLIF(3, 4)
    stages = [graphs.Stage(layer, layer.init(np.random.default_rng(0), np.float32))]
    graphs.write(tmp_path / "a.nir", graphs.to_nir(stages))
    return tmp_path / "a.nir"


def virtual(h5py: Any, node: Any) -> None:
    layout = h5py.VirtualLayout((8,), "u1")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (8,))
    node.create_virtual_dataset("a", layout)


def dataset(*args: Any, **options: Any) -> Callable[[Any, Any], object]:
    return lambda _, node: node.create_dataset("a", *args, **options)


def texts(h5py: Any, node: Any) -> None:
    node.create_dataset("a", (10**12,), h5py.string_dtype(), chunks=(1000,))


def lists(h5py: Any, node: Any) -> None:
    node.create_dataset("a", (2,), h5py.vlen_dtype("f8"))


PLACE = "'node/a': expected "
GRAPHS: dict[str, tuple[Callable[[Any, Any], object], str]] = {
    "10^12 entries": (dataset((10**12,), "f8", chunks=(1000,)), f"{PLACE}datasets of at most"),
    "packed": (dataset(data=np.zeros(10**7), compression="gzip"), f"{PLACE}datasets of at most"),
    "10^12 texts": (texts, f"{PLACE}datasets of at most"),
    "lists": (lists, "expected numbers or strings"),
    "entries of a file": (
        dataset((8,), "u1", external=[("/etc/passwd", 0, 8)]),
        f"{PLACE}data in this file, got a reference",
    ),
    "entries of other datasets": (virtual, f"{PLACE}data in this file"),
}


@pytest.mark.parametrize("case", GRAPHS)
def test_a_graph_that_leads_away_or_unpacks_to_gigabytes_is_refused(graph: Path, case: str) -> None:
    what, reason = GRAPHS[case]
    h5py = pytest.importorskip("h5py")
    with h5py.File(graph, "r+") as file:
        what(h5py, file["node"])
    assert reason in error_message(graphs.read, graph, limit=2**24)


def test_no_link_of_a_graph_is_followed(graph: Path) -> None:
    h5py, nodes = pytest.importorskip("h5py"), graphs.read(graph).nodes.keys()
    with h5py.File(graph, "r+") as file:
        file["node"].update(a=h5py.ExternalLink("/etc/passwd", "/"), b=h5py.SoftLink("/node"))
        file["node"].update(c=file["node"])
    assert graphs.read(graph).nodes.keys() == nodes


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_graph_cut_short_is_refused(graph: Path, share: float) -> None:
    whole = graph.read_bytes()
    graph.write_bytes(whole[: int(share * len(whole))])
    assert ": expected a valid file, got" in error_message(graphs.read, graph, limit=2**24)


ENTRY = "entry"  # of the text's dataset
BROKEN: dict[str, tuple[int | str, str, int, str]] = {
    "2 GB long": (ENTRY, "<I", 2**31, "memory allocation failed"),
    "in a collection of TB": (8, "<Q", 2**42, "actual len exceeds EOA"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_text_of_a_graph(graph: Path, case: str) -> None:
    """HDF5 takes gigabytes for the first."""
    h5py = pytest.importorskip("h5py")
    at, form, value, reason = BROKEN[case]
    with h5py.File(graph) as file:
        entry = file["version"].id.get_offset()
    content = bytearray(graph.read_bytes())
    collection = int.from_bytes(content[entry + 4 : entry + 12], "little")
    struct.pack_into(form, content, entry if isinstance(at, str) else collection + at, value)
    graph.write_bytes(content)
    assert reason in error_message(graphs.read, graph, limit=2**24)


NESTED = "lists or tables are nested too deeply"
TEXT = ": expected TOML, got an error: 'utf-8' codec can't decode byte 0xff in position 5: invalid "
NONE: dict[str, tuple[Callable[[Path], Any], bytes, str]] = {
    "no JSON": (
        safe_load.read_json,
        b"[1,",
        ": expected JSON, got an error: Expecting value: line 1 column 4",
    ),
    "no TOML": (
        safe_load.read_toml,
        b"a = 1\nb = \n",
        ":2: expected TOML, got an error: Invalid value",
    ),
    "no text": (safe_load.read_toml, b"a = '\xff'", TEXT),
    "too many bytes": (
        lambda path: safe_load.read_bytes(path, "three", 3),
        b"four",
        ": expected three, got a file of 4 bytes; the limit is 3 bytes",
    ),
}


@pytest.mark.parametrize("case", NONE)
def test_why_a_text_says_nothing(tmp_path: Path, case: str) -> None:
    read, content, reason = NONE[case]
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}{reason}")
    assert caught.value.path == path


READERS: dict[str, Callable[[Path], Any]] = {
    "JSON": safe_load.read_json,
    "a JSON object": safe_load.read_json_object,
    "TOML": safe_load.read_toml,
    "an array in NumPy's format": safe_load.load_npy,
}


@pytest.mark.parametrize("required", READERS)
def test_what_is_no_file_is_stated(tmp_path: Path, required: str) -> None:
    for path, code in ((tmp_path / "none", errno.ENOENT), (tmp_path, errno.EISDIR)):
        with pytest.raises(FormatError) as caught:
            READERS[required](path)
        reason = f"expected {required}, but it cannot be read: {os.strerror(code)}"
        assert str(caught.value) == f"{path}: {reason}"


DEEP_KEYS = {
    "a key": "%s = 1",
    "a header": "[%s]",
    "a list of tables": "[[%s]]",
    "a table in a line": "z = {b = 1, %s = 1}",
    "after a comment": '# """\n%s = 1',
    "after a string of lines": 'z = """ " \\" """""\n%s = 1',
}


@pytest.mark.parametrize("part", ["a", '"="', "'['", ' "\\"" '])
@pytest.mark.parametrize("place", DEEP_KEYS)
def test_a_line_has_few_dots(place: str, part: str) -> None:
    short, long = (DEEP_KEYS[place] % ".".join([part] * count) for count in (99, 102))
    assert safe_load.parse_toml(short)
    with pytest.raises(ValueError, match=f"^{NESTED}$"):
        safe_load.parse_toml(long)
