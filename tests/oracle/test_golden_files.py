"""Golden sets as files: what goes in comes out, and nothing damaged does."""

import errno
import hashlib
import io
import json
import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from support import folder_contents, start_python, trees_equal, wait_for

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import FormatError, InputError, RunError, WriteError
from liaf_ref.oracle.golden import (
    GoldenCase,
    audit,
    hexadecimal,
    load,
    npz,
    pack_archive,
    safetensors_format,
    save,
    writer,
)
from liaf_ref.oracle.golden.array_dict import flatten
from liaf_ref.oracle.golden.manifest import sha256_of
from liaf_ref.oracle.golden.reader import read_store
from liaf_ref.oracle.golden.store import archive_store
from liaf_ref.oracle.golden.writer import STAGING, UNFINISHED_MARKER
from oracle.golden_sets import SMALL_SET, golden_cases_named, save_small_set, small_set

CASE = SMALL_SET[0]
# What a set of that case alone is written as, and the mark before an older one goes.
WRITTEN = (f"{CASE}.npz", "SHA256SUMS", "manifest.json", UNFINISHED_MARKER)


@pytest.mark.parametrize("formats", [("npz",), ("safetensors",), ("npz", "safetensors", "hex")])
def test_what_is_saved_is_loaded(tmp_path: Path, formats: tuple[str, ...]) -> None:
    save(tmp_path, small_set(), formats)
    for loaded, golden in zip(load(tmp_path), small_set(), strict=True):
        assert trees_equal(asdict(loaded), asdict(golden))
    suffixes = {path.suffix[1:] for path in tmp_path.iterdir() if path.stem in SMALL_SET}
    assert suffixes == set(formats) - {"hex"}


def test_a_full_disk_is_reported_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(writer, "write_atomic", full)
    file = f"{STAGING}/{CASE}.npz: cannot be written"
    with pytest.raises(WriteError, match=rf"{file}: No space left"):
        save(tmp_path, small_set())


def test_a_set_has_formats_that_can_be_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected one or more, got none"):
        save(tmp_path, small_set(), ())
    save_small_set(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    for formats in ([], ["hdf5"], ["npz", 3]):
        (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"formats": formats}))
        with pytest.raises(FormatError, match="expected formats among npz, safetensors, hex, got"):
            list(audit(tmp_path))


def test_saving_is_the_same_bytes_every_time(tmp_path: Path) -> None:
    save(tmp_path / "a", small_set())
    save(tmp_path / "b", load(tmp_path / "a"))
    assert folder_contents(tmp_path / "a") == folder_contents(tmp_path / "b")


def test_an_archive_is_read_like_a_folder(tmp_path: Path) -> None:
    store = archive_store(tmp_path / "set.zip", pack_archive(small_set()))
    for loaded, golden in zip(read_store(store), small_set(), strict=True):
        assert trees_equal(asdict(loaded), asdict(golden))
    with pytest.raises(FormatError, match=r"set.zip"):
        archive_store(tmp_path / "set.zip", b"no zip")
    with pytest.raises(FormatError, match=r"nothing.npz"):
        store.read("nothing.npz")


def test_sums_are_those_of_sha256sum(tmp_path: Path) -> None:
    found = folder_contents(save_small_set(tmp_path))
    sums = found.pop("SHA256SUMS").decode()
    expected = {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
    assert sums == "".join(f"{expected[name]}  {name}\n" for name in sorted(expected))


def test_safetensors_are_those_of_the_official_package() -> None:
    for golden in small_set():
        arrays = flatten(golden) | {"few bits": np.arange(3, dtype=np.float16)}
        content = safetensors_format.dumps(arrays)
        assert content == safetensors.numpy.save(arrays)
        assert trees_equal(
            dict(sorted(safetensors.numpy.load(content).items())), dict(sorted(arrays.items()))
        )
        assert trees_equal(
            dict(sorted(safetensors_format.loads(content, "x").items())),
            dict(sorted(arrays.items())),
        )


def test_a_number_keeps_its_shape() -> None:
    arrays = {"loss": np.array(1.5)}
    for codec in (safetensors_format, npz):
        assert codec.loads(codec.dumps(arrays), "x")["loss"].shape == ()


def test_the_order_in_memory_does_not_matter() -> None:
    array = np.arange(6.0).reshape(2, 3)
    turned = np.asfortranarray(array)
    assert safetensors_format.dumps({"a": array}) == safetensors_format.dumps({"a": turned})
    assert trees_equal(
        safetensors_format.loads(safetensors_format.dumps({"a": turned}), "x"), {"a": array}
    )


def test_npz_holds_no_date_and_numpy_reads_it() -> None:
    arrays = flatten(small_set()[0])
    content = npz.dumps(arrays)
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        assert set(file.files) == set(arrays)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        of_unix = {(info.create_system, info.external_attr >> 16) for info in file.infolist()}
        assert of_unix == {(3, 0o644)}  # whichever system wrote it


def test_hex_is_fixed_point_in_c_order(tmp_path: Path) -> None:
    (golden,) = golden_cases_named(SMALL_SET[2])
    save_small_set(tmp_path)
    arrays = flatten(golden)
    for name, array in arrays.items():
        file = tmp_path / "hex" / f"{golden.case.name}.{name.replace('/', '-')}.hex"
        words = [int(line, 16) for line in file.read_text().splitlines()]
        signed = np.array([word - 2**32 if word >= 2**31 else word for word in words], float)
        numbers = signed / 2.0 ** golden.metadata["frac_bits"]
        assert np.array_equal(numbers.reshape(array.shape), array), name


def test_hex_of_tokens_is_the_tokens() -> None:
    assert hexadecimal.dumps(np.array([3, 0]), frac_bits=8) == b"00000003\n00000000\n"
    assert hexadecimal.dumps(np.array([-0.5, 1.0]), frac_bits=8) == b"ffffff80\n00000100\n"
    assert hexadecimal.dumps(np.array([-(2.0**23)]), frac_bits=8) == b"80000000\n"
    assert hexadecimal.dumps(np.array([-0.5, 1.0]), frac_bits=8, bits=10) == b"380\n100\n"


@pytest.mark.parametrize("value", [2.0**23, -(2.0**23) - 1, 2.0**-9, 1 / 3])
def test_hex_refuses_what_does_not_fit(value: float) -> None:
    with pytest.raises(
        InputError, match="expected numbers that fit into 32 bits with 8 fraction bits"
    ):
        hexadecimal.dumps(np.array([value]), frac_bits=8)


def test_only_exact_cases_are_in_hex(tmp_path: Path) -> None:
    save_small_set(tmp_path)
    assert {path.name.partition(".")[0] for path in (tmp_path / "hex").iterdir()} == set(
        SMALL_SET[2:]
    )


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def cut_early(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def change(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)


def remove(path: Path) -> None:
    path.unlink()


def pickled(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, **{"in/X": np.array([{}], object)})  # type: ignore[arg-type]


def fewer(path: Path) -> None:
    codec = npz if path.suffix == ".npz" else safetensors_format
    arrays = codec.loads(path.read_bytes(), path)
    del arrays["in/X"]
    path.write_bytes(codec.dumps(arrays))


def more(path: Path) -> None:
    codec = npz if path.suffix == ".npz" else safetensors_format
    path.write_bytes(codec.dumps({**codec.loads(path.read_bytes(), path), "in/Z": np.zeros(1)}))


def narrower(path: Path) -> None:
    codec = npz if path.suffix == ".npz" else safetensors_format
    arrays = codec.loads(path.read_bytes(), path)
    path.write_bytes(codec.dumps({**arrays, "in/X": arrays["in/X"].astype(np.float32)}))


DAMAGES = (cut, cut_early, empty, change, remove, fewer, more, narrower)


@pytest.mark.parametrize("damage", [*DAMAGES, pickled], ids=lambda damage: damage.__name__)
def test_a_damaged_npz_is_refused(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    save(tmp_path, small_set(), ("npz",))
    damage(tmp_path / f"{CASE}.npz")
    with pytest.raises(FormatError, match=f"{CASE}.npz"):
        load(tmp_path)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_safetensors_is_refused(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    save(tmp_path, small_set(), ("safetensors",))
    damage(tmp_path / f"{CASE}.safetensors")
    with pytest.raises(FormatError, match=f"{CASE}.safetensors"):
        load(tmp_path)


def header(text: str, size: int | None = None) -> bytes:
    return (len(text) if size is None else size).to_bytes(8, "little") + text.encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        header("{}", size=99),
        header("[]"),
        header("no JSON"),
        header('{"a":{"dtype":"F64","shape":[1]}}'),
        header('{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}'),
        header('{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}') + bytes(8),
        header('{"a":{"dtype":"F64","shape":[-1],"data_offsets":[0,8]}}') + bytes(8),
        header('{"a":{"dtype":"F64","shape":[1],"data_offsets":[-8,8]}}') + bytes(8),
        header('{"a":{"dtype":"F64","shape":[1],"data_offsets":"all"}}') + bytes(8),
        header('{"a":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}}') + bytes(8),
        header('{"a":{"dtype":[],"shape":[4],"data_offsets":[0,8]}}') + bytes(8),
        header('{"a":7}'),
    ],
)
def test_what_is_no_safetensors_is_refused(content: bytes) -> None:
    with pytest.raises(FormatError, match=r"^x.safetensors"):
        safetensors_format.loads(content, "x.safetensors")


def rewrite(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest, and the sum that is kept of it."""
    manifest, sums = folder / "manifest.json", folder / "SHA256SUMS"
    before = hashlib.sha256(manifest.read_bytes()).hexdigest()
    found = json.loads(manifest.read_bytes())
    edit(found)
    manifest.write_text(json.dumps(found))
    after = hashlib.sha256(manifest.read_bytes()).hexdigest()
    sums.write_text(sums.read_text().replace(before, after))


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda m: m.update(format_version="2.0.0"), "format_version: expected 1.x, got '2.0.0'"),
        (lambda m: m.update(format="onnx"), "format: expected 'liaf-golden', got 'onnx'"),
        (lambda m: m.pop("cases"), "expected `cases` and `formats` to be lists"),
        (
            lambda m: m.update(formats=["hdf5"]),
            r"expected formats among npz, safetensors, hex, got \['hdf5'\]",
        ),
        (lambda m: m["cases"][0].pop("nodes"), "case 0: expected nodes, got none"),
        (lambda m: m["cases"].append(3), "case 4: expected name, got none"),
        (lambda m: m["cases"][0].update(arrays=[]), "case 0: expected arrays by name"),
        (lambda m: m.update(cases=[]), "cases: expected at least one, got none"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_refused(
    tmp_path: Path, edit: Callable[[dict[str, Any]], object], reason: str
) -> None:
    rewrite(save_small_set(tmp_path), edit)
    with pytest.raises(FormatError, match=f"manifest.json: {reason}"):
        load(tmp_path)


def first_node(manifest: dict[str, Any]) -> Any:
    return manifest["cases"][0]["nodes"][0]


OUTSIDE = "../../../etc/passwd"


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda m: m.update(format_version="1"), "format_version: expected three numbers"),
        (lambda m: m.update(format_version="1.x.y"), "format_version: expected three numbers"),
        (lambda m: m["cases"][0].update(name=OUTSIDE), f"case {OUTSIDE}: name: expected"),
        (lambda m: m["cases"][0].update(name="nul"), "name: .* can have on Windows, got 'nul'"),
        (lambda m: m["cases"][0]["arrays"].update({"in/a:b": {}}), "on Windows, got 'in/a:b'"),
        (lambda m: m["cases"][0]["arrays"].update({"in/x": {}}), "more than upper and lower case"),
        (lambda m: m["cases"][0].update(name=[]), r"case \[\]: name: expected"),
        (lambda m: m["cases"].append(m["cases"][0]), f"case {CASE}: expected each name once"),
        (lambda m: m["cases"][0].update(level="L7"), f"case {CASE}: level: .* got 'L7'"),
        (lambda m: m["cases"][0].update(nodes=[]), f"case {CASE}: nodes: .* got \\[\\]"),
        (lambda m: m["cases"][0].update(nodes=[{}]), f"case {CASE}: op: .* got None"),
        (lambda m: m["cases"][0]["nodes"][0].update(op="fft"), f"case {CASE}: op: .* got 'fft'"),
        (lambda m: m["cases"][0].update(nodes=[{"op": "mean"}]), "op mean: .* name .* got None"),
        (lambda m: first_node(m).update(inputs=["in/Z"]), "node n: inputs: .* got \\['in/Z'\\]"),
        (lambda m: first_node(m).update(inputs=["in/X"] * 2), "node n: inputs: expected"),
        (lambda m: first_node(m).update(inputs="in/X"), "node n: inputs: expected"),
        (lambda m: first_node(m)["options"].pop("mu"), "node n: options: expected act, mode, .*mu"),
        (lambda m: first_node(m)["options"].update(mu=True), "node n: mu: .* number, got True"),
        (lambda m: first_node(m)["options"].update(act="gelu"), "node n: act: .* got 'gelu'"),
        (lambda m: first_node(m)["options"].update(act=[]), "node n: act: expected"),
        (lambda m: m["cases"][0]["arrays"]["exp/n.V"].update(shape=[3]), "exp/n.V: .*1], got"),
        (lambda m: m["cases"][0]["arrays"].pop("par/n.beta"), "arrays: expected par/n.beta"),
        (lambda m: m["cases"][0]["arrays"]["in/X"].update(shape=[3]), "expected an input of shape"),
        (lambda m: m["cases"][0]["arrays"]["in/X"].update(shape="all"), "in/X: expected a shape"),
        (lambda m: m["cases"][0].update(optimizer={"name": "sgd", "steps": 0}), "steps: expected"),
        (lambda m: m["cases"][0].update(optimizer={"name": "lion"}), "optimizer: .* got 'lion'"),
        (lambda m: m["cases"][0].update(optimizer="sgd"), f"case {CASE}: optimizer: expected"),
        (lambda m: m["cases"][0].update(dtype="float8"), f"case {CASE}: dtype: .* got 'float8'"),
        (lambda m: m["cases"][0].update(dtype=[8]), f"case {CASE}: dtype: expected"),
        (lambda m: m["cases"][0].update(dtype="q4.12"), f"case {CASE}: rounding: .* got None"),
        (lambda m: m["cases"][0].update(frac_bits="all"), "frac_bits: .* got 'all'"),
        (lambda m: m["cases"][0].update(declared="fires"), "declared: .* got 'fires'"),
        (lambda m: m["cases"][0].update(required=[]), f"case {CASE}: required: expected"),
        (lambda m: m["cases"][0].update(required=["exp/z.Y"]), "required: .* got 'exp/z.Y'"),
        (lambda m: m["cases"][0].update(required=[{}]), f"case {CASE}: required: expected"),
        (lambda m: first_node(m).update(name="a\nb"), r"arrays: expected \S+/a b\.\S+, got None"),
        (lambda m: first_node(m).update(name="x" * 9000), r"arrays: expected \S{,200}, got None"),
    ],
)
@pytest.mark.parametrize("reader", [load, lambda folder: list(audit(folder))])
def test_a_manifest_of_nonsense_is_refused(
    tmp_path: Path,
    edit: Callable[[dict[str, Any]], object],
    reason: str,
    reader: Callable[[Path], object],
) -> None:
    rewrite(save_small_set(tmp_path), edit)
    with pytest.raises(FormatError, match=f"manifest.json: .*{reason}"):
        reader(tmp_path)


def test_a_format_of_any_length_is_shortened_in_the_message(tmp_path: Path) -> None:
    rewrite(save_small_set(tmp_path), lambda m: m.update(formats=["x" * 3000]))
    with pytest.raises(FormatError, match=r"formats among npz, safetensors, hex, got .{,200}$"):
        load(tmp_path)


def test_a_set_that_would_be_refused_is_not_saved(tmp_path: Path) -> None:
    (first,) = small_set()[:1]
    outside = replace(first, case=replace(first.case, name="../outside"))
    for goldens in ((outside,), (first, first)):
        with pytest.raises(
            FormatError, match=r"manifest.json: case .*: (name: expected|expected each name once)"
        ):
            save(tmp_path / "set", goldens)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_later_minor_version_with_arrays_of_another_kind_is_read(tmp_path: Path) -> None:
    save(tmp_path, small_set(), ("npz",))
    more(tmp_path / f"{CASE}.npz")
    arrays = npz.loads((tmp_path / f"{CASE}.npz").read_bytes(), "x")
    arrays["mask/n.F"] = arrays.pop("in/Z")
    (tmp_path / f"{CASE}.npz").write_bytes(npz.dumps(arrays))
    described = {"shape": [1], "dtype": "float64", "sha256": sha256_of(arrays["mask/n.F"])}

    def edit(manifest: dict[str, Any]) -> None:
        manifest.update(format_version="1.9.0", news="of 1.9")
        manifest["cases"][0].update(news="too")
        manifest["cases"][0]["arrays"]["mask/n.F"] = described

    rewrite(tmp_path, edit)
    first, *rest = load(tmp_path)
    assert len(rest) == len(SMALL_SET) - 1
    assert first.metadata["news"] == "too"
    assert "mask/n.F" not in {**first.case, **first.expected}


@pytest.mark.parametrize("damage", [cut, change, remove, empty], ids=lambda damage: damage.__name__)
def test_a_damaged_manifest_is_refused(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    damage(save_small_set(tmp_path) / "manifest.json")
    with pytest.raises(FormatError, match=r"manifest.json"):
        load(tmp_path)


@pytest.mark.parametrize("damage", [remove, empty], ids=lambda damage: damage.__name__)
def test_a_set_without_sums_is_refused(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    damage(save_small_set(tmp_path) / "SHA256SUMS")
    with pytest.raises(FormatError, match=r"SHA256SUMS"):
        load(tmp_path)


def test_a_wrong_sum_is_found(tmp_path: Path) -> None:
    sums = save_small_set(tmp_path) / "SHA256SUMS"
    digest = hashlib.sha256((tmp_path / f"{CASE}.npz").read_bytes()).hexdigest()
    sums.write_text(sums.read_text().replace(digest, "0" * 64))
    assert [bool(v.problem) for v in audit(tmp_path)] == [v.case == CASE for v in audit(tmp_path)]


def test_a_description_that_was_changed_is_refused(tmp_path: Path) -> None:
    manifest = save_small_set(tmp_path) / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"mu":0.3', '"mu":0.4', 1))
    with pytest.raises(
        FormatError, match=r"manifest.json: expected content that matches its checksum"
    ):
        load(tmp_path)


def test_an_audit_finds_every_damaged_file(tmp_path: Path) -> None:
    save_small_set(tmp_path)
    assert [verdict.problem for verdict in audit(tmp_path)] == [None] * len(SMALL_SET)
    files = [tmp_path / f"{CASE}.npz", tmp_path / f"{SMALL_SET[1]}.safetensors"]
    word = tmp_path / "hex" / f"{SMALL_SET[2]}.exp-n.U.hex"
    for path in (*files, word):
        change(path)
    problems = [verdict.problem for verdict in audit(tmp_path)]
    assert [bool(problem) for problem in problems] == [True, True, True, False]
    assert all(str(p) in str(problem) for p, problem in zip((*files, word), problems, strict=False))


def test_an_npz_with_the_same_arrays_in_other_bytes_is_found(tmp_path: Path) -> None:
    save_small_set(tmp_path)
    with (tmp_path / f"{CASE}.npz").open("wb") as file:
        np.savez(file, **flatten(small_set()[0]))  # type: ignore[arg-type]
    assert load(tmp_path)
    problem = next(iter(audit(tmp_path))).problem
    assert problem is not None
    assert "of SHA256SUMS" in problem


def test_the_published_set_is_whole() -> None:
    assert [verdict for verdict in audit() if verdict.problem] == []


def test_another_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years")
    with pytest.raises(RunError, match="expected an empty folder or a golden set"):
        save(tmp_path, small_set())
    assert folder_contents(tmp_path) == {"thesis.tex": b"years"}


@pytest.mark.parametrize("manifest", ['{"name": "web app"}', '["liaf-golden"]', "liaf-golden"])
def test_a_release_that_is_no_golden_set_is_left_alone(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    (tmp_path / "release.tar.gz").write_text("theirs")
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  release.tar.gz\n")
    before = folder_contents(tmp_path)
    with pytest.raises(RunError, match="expected an empty folder or a golden set"):
        save(tmp_path, small_set()[:1])
    assert folder_contents(tmp_path) == before


def test_a_set_of_another_version_is_replaced_and_what_is_no_case_stays(tmp_path: Path) -> None:
    rewrite(save_small_set(tmp_path), lambda manifest: manifest.update(format_version="0.9.0"))
    (tmp_path / "hex" / "notes.txt").write_text("mine")
    with (tmp_path / "SHA256SUMS").open("ab") as sums:
        sums.write(b"0" * 64 + b"  hex/notes.txt\n\xff\xfe\n")
    save(tmp_path, small_set()[:1], ("npz",))
    left = {"manifest.json", "SHA256SUMS", f"{CASE}.npz", "hex/notes.txt"}
    assert set(folder_contents(tmp_path)) == left
    assert [verdict.problem for verdict in audit(tmp_path)] == [None]


def test_a_set_is_replaced_whole(tmp_path: Path) -> None:
    save_small_set(tmp_path)
    save(tmp_path, small_set()[:1], ("npz",))
    assert {path.name for path in tmp_path.iterdir()} == {
        "manifest.json",
        "SHA256SUMS",
        f"{CASE}.npz",
    }
    assert [golden.case.name for golden in load(tmp_path)] == [CASE]


def test_an_older_set_stands_when_the_new_one_is_interrupted(tmp_path: Path) -> None:
    before = folder_contents(save_small_set(tmp_path))

    def interrupted() -> Iterator[GoldenCase]:
        yield small_set()[1]
        assert list((tmp_path / STAGING).iterdir()) != []
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(tmp_path, interrupted())
    assert folder_contents(tmp_path) == before
    assert not (tmp_path / STAGING).exists()


@pytest.mark.parametrize("room", range(len(WRITTEN)), ids=WRITTEN)
def test_an_older_set_stands_whichever_file_the_disk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    before = folder_contents(save_small_set(tmp_path))
    written: list[str] = []

    def full(path: Path, content: bytes) -> None:
        if len(written) == room:
            assert path.name == WRITTEN[room]
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        written.append(path.name)
        write_atomic(path, content)

    monkeypatch.setattr(writer, "write_atomic", full)
    with pytest.raises(WriteError, match=f"{WRITTEN[room]}: cannot be written: No space left"):
        save(tmp_path, small_set()[:1], ("npz",))
    assert folder_contents(tmp_path) == before
    assert not (tmp_path / STAGING).exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from liaf_ref.oracle.golden import load, writer

place, moves = Path(sys.argv[1]), int(sys.argv[2])
replace, moved = Path.replace, []

def killed(path, target):
    if path.parent.name != writer.STAGING and Path(target).parent.name != writer.STAGING:
        return replace(path, target)
    moved.append(path)
    if len(moved) > moves:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(path, target)

goldens = load(sys.argv[3])
Path.replace = killed
writer.save(place, goldens[:1], ("npz",))
"""


def kill(place: Path, moves: int) -> None:
    """Kill what writes a set of one case over another, when so many files have their names."""
    save(place.parent / "given", small_set()[:1], ("npz",))
    answer = wait_for(
        start_python("-c", KILLED, place, moves, place.parent / "given", cwd=place.parent)
    )
    assert answer.returncode == -signal.SIGKILL, answer.stderr


@pytest.mark.parametrize("moves", range(3))
def test_an_older_set_stands_when_its_successor_is_killed(tmp_path: Path, moves: int) -> None:
    out = tmp_path / "out"
    before = folder_contents(save_small_set(out))
    kill(out, moves)
    left = folder_contents(out)
    assert {name for name in left.keys() - before.keys() if not name.startswith(STAGING)} == {
        ".lock"
    }
    assert {name: left[name] for name in before} == before
    assert (
        len([name for name in left if name.startswith(STAGING)]) == moves + 1
    )  # one is half written
    assert len(load(out)) == len(SMALL_SET)
    assert [verdict.problem for verdict in audit(out)] == [None] * len(SMALL_SET)
    save(out, small_set()[:1], ("npz",))
    assert folder_contents(out) == folder_contents(tmp_path / "given")
    assert not (out / STAGING).exists()


@pytest.mark.parametrize("moves", range(3, 6))
def test_a_set_killed_on_its_way_to_its_names_is_not_read_and_is_made_anew(
    tmp_path: Path, moves: int
) -> None:
    out = tmp_path / "out"
    save_small_set(out)
    kill(out, moves)
    assert (out / UNFINISHED_MARKER).exists()
    assert len(list((out / STAGING).iterdir())) == 6 - moves
    with pytest.raises(FormatError, match=r"manifest.json: cannot be read"):
        load(out)
    save(out, small_set()[1:])
    save(tmp_path / "fresh", small_set()[1:])
    assert folder_contents(out) == folder_contents(tmp_path / "fresh")
    assert not (out / STAGING).exists()


def test_a_folder_in_which_the_first_set_was_killed_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    kill(tmp_path / "out", 1)
    save(tmp_path / "out", small_set()[:1], ("npz",))
    assert folder_contents(tmp_path / "out") == folder_contents(tmp_path / "given")


def test_nothing_of_somebody_else_goes_with_what_was_left_aside(tmp_path: Path) -> None:
    out, mine = save_small_set(tmp_path / "out"), tmp_path / "mine"
    mine.mkdir()
    (mine / f"{CASE}.npz").write_bytes(b"mine")
    (out / STAGING).symlink_to(mine)
    assert len(load(save_small_set(out))) == len(SMALL_SET)
    assert folder_contents(mine) == {f"{CASE}.npz": b"mine"}
    (out / STAGING).mkdir()
    (out / STAGING / "hex").symlink_to(mine)
    (out / STAGING / "notes.txt").write_bytes(b"mine")
    before = folder_contents(out)
    save(out, small_set(), ("npz", "safetensors"))
    assert folder_contents(mine) == {f"{CASE}.npz": b"mine"}
    assert folder_contents(out)[f"{STAGING}/notes.txt"] == before[f"{STAGING}/notes.txt"]
    assert len(load(out)) == len(SMALL_SET)


@pytest.mark.parametrize("name", [f"{CASE}.npz", "hex", STAGING])
def test_an_older_set_stands_when_something_is_in_the_way_of_the_new_one(
    tmp_path: Path, name: str
) -> None:
    save(tmp_path, small_set()[1:], ("npz",))
    place = tmp_path / name
    place.mkdir() if name.endswith(".npz") else place.write_bytes(b"mine")
    before = folder_contents(tmp_path)
    with pytest.raises(RunError, match=f"{name}: (expected a f|cannot be created: File exists)"):
        save(tmp_path, small_set())
    assert folder_contents(tmp_path) == before
    assert len(load(tmp_path)) == len(SMALL_SET) - 1


def test_a_link_in_the_place_of_hex_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_bytes(b"mine")
    save(tmp_path / "out", small_set(), ("npz",))
    (tmp_path / "out" / "hex").symlink_to(tmp_path / "mine")
    save_small_set(tmp_path / "out")
    assert [verdict.problem for verdict in audit(tmp_path / "out")] == [None] * len(SMALL_SET)
    assert folder_contents(tmp_path / "mine") == {"notes.txt": b"mine"}


def test_what_an_interrupted_export_left_is_no_part_of_the_next_set(tmp_path: Path) -> None:
    files = folder_contents(save_small_set(tmp_path / "killed"))
    for name in ("manifest.json", "SHA256SUMS"):  # what a kill in the middle has not written
        (tmp_path / "killed" / name).unlink()
    (tmp_path / "killed" / UNFINISHED_MARKER).touch()
    (tmp_path / "killed" / ".SHA256SUMS.liaf-0123abcd.part").touch()
    (tmp_path / "killed" / "notes.txt").write_text("mine")
    save(tmp_path / "killed", small_set()[:1], ("npz",))
    left = {"manifest.json", "SHA256SUMS", f"{CASE}.npz", "notes.txt"}
    assert len(files) > len(left)
    assert set(folder_contents(tmp_path / "killed")) == left


@pytest.mark.parametrize("inside", [False, True])
def test_a_link_in_a_set_is_replaced_and_what_it_leads_to_left_alone(
    tmp_path: Path, inside: bool
) -> None:
    out = tmp_path / "out"
    for name in ("manifest.json", "SHA256SUMS", f"{CASE}.npz"):
        save_small_set(out)
        other = (out if inside else tmp_path) / "mine"
        other.write_bytes(b"mine")
        (out / name).unlink()
        (out / name).symlink_to(other)
        (out / UNFINISHED_MARKER).touch()
        assert len(load(save_small_set(out))) == len(SMALL_SET)
        assert not (out / name).is_symlink()
        assert other.read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["l0_stray.npz", "hex/l0_stray.in-X.hex"])
def test_a_file_that_the_sums_do_not_list_is_reported(tmp_path: Path, name: str) -> None:
    (save_small_set(tmp_path) / name).touch()
    (tmp_path / "notes.txt").touch()
    assert len(load(tmp_path)) == len(SMALL_SET)
    problems = {verdict.case: verdict.problem for verdict in audit(tmp_path) if verdict.problem}
    assert problems == {"SHA256SUMS": f"files not listed in SHA256SUMS: {name}"}


def test_a_case_that_the_sums_do_not_list_is_not_loaded(tmp_path: Path) -> None:
    sums = save_small_set(tmp_path) / "SHA256SUMS"
    sums.write_text(sums.read_text().replace(f"{CASE}.safetensors", "other.safetensors"))
    with pytest.raises(
        FormatError, match=f"{CASE}.safetensors: expected a checksum for this file in SHA256SUMS"
    ):
        load(tmp_path)


def test_replacing_a_set_removes_nothing_outside(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("mine")
    sums = save_small_set(tmp_path / "set") / "SHA256SUMS"
    sums.write_text(sums.read_text() + f"{'0' * 64}  ../outside\n")
    save_small_set(tmp_path / "set")
    assert (tmp_path / "outside").read_text() == "mine"


def test_a_set_in_hex_alone_is_audited_and_not_loaded(tmp_path: Path) -> None:
    save(tmp_path, small_set(), ("hex",))
    assert [verdict.problem for verdict in audit(tmp_path)] == [None] * len(SMALL_SET)
    with pytest.raises(FormatError, match="formats: expected safetensors or npz"):
        load(tmp_path)
    remove(tmp_path / "hex" / f"{SMALL_SET[3]}.in-ids.hex")
    assert [bool(verdict.problem) for verdict in audit(tmp_path)] == [False, False, False, True]


@pytest.mark.parametrize("formats", ["npz", ("hdf5",)])
def test_other_formats_are_refused(tmp_path: Path, formats: tuple[str, ...]) -> None:
    with pytest.raises(
        InputError, match=r"formats of golden.save: expected (formats among|one of) npz"
    ):
        save(tmp_path, small_set(), formats)
    assert folder_contents(tmp_path) == {}


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="file"):
        save(tmp_path / "file", small_set())
    with pytest.raises(FormatError, match="nowhere"):
        load(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"folder of golden.load"):
        load(3)  # type: ignore[arg-type]
