"""Golden sets as files: what goes in comes out, nothing damaged does; commands and the page."""

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import folder_contents

from liaf_ref._core.errors import FormatError, InputError, RunError
from liaf_ref.cli import main
from liaf_ref.cli.oracle_case_options import levels
from liaf_ref.oracle.golden import GoldenCase, audit, golden_case, load, save
from liaf_ref.oracle.golden.cases import (
    ROLES,
    flatten,
    from_safetensors,
    to_hexadecimal,
    to_safetensors,
)
from liaf_ref.oracle.golden.store import filed_cases
from oracle.golden_sets import (
    SMALL_SET,
    all_golden_cases,
    golden_cases_named,
    save_small_set,
    small_set,
)

CASE = SMALL_SET[0]


def test_a_damaged_case_does_not_matter_to_others(tmp_path: Path) -> None:
    rewrite(save_small_set(tmp_path), lambda m: m["cases"][0].update(level="L7"))
    found = filed_cases(tmp_path)
    assert [golden.name for golden in found[1:]] == list(SMALL_SET[1:])


def test_a_set_has_formats_that_can_be_checked(tmp_path: Path) -> None:
    save_small_set(tmp_path)
    for formats in ([], ["hdf5"], ["safetensors", 3]):
        rewrite(tmp_path, partial(dict.update, formats=formats))
        with pytest.raises(FormatError, match="formats: expected a list of safetensors, hex, got"):
            list(audit(tmp_path))


def test_sums_are_those_of_sha256sum(tmp_path: Path) -> None:
    found = folder_contents(save_small_set(tmp_path))
    sums = found.pop("SHA256SUMS").decode()
    expected = {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
    assert sums == "".join(f"{expected[name]}  {name}\n" for name in sorted(expected))


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
    assert to_hexadecimal(np.array([3, 0]), frac_bits=8) == b"00000003\n00000000\n"
    assert to_hexadecimal(np.array([-0.5, 1.0]), frac_bits=8) == b"ffffff80\n00000100\n"
    assert to_hexadecimal(np.array([-(2.0**23)]), frac_bits=8) == b"80000000\n"
    assert to_hexadecimal(np.array([-0.5, 1.0]), frac_bits=8, bits=10) == b"380\n100\n"


@pytest.mark.parametrize("value", [2.0**23, -(2.0**23) - 1, 2.0**-9, 1 / 3])
def test_hex_refuses_what_does_not_fit(value: float) -> None:
    with pytest.raises(InputError, match="expected numbers that fit into 32 bits with 8 fraction"):
        to_hexadecimal(np.array([value]), frac_bits=8)


def cut(path: Path, end: int = -100) -> None:
    path.write_bytes(path.read_bytes()[:end])


def change(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)


def fewer(path: Path) -> None:
    arrays = from_safetensors(path.read_bytes(), path)
    del arrays["in/X"]
    path.write_bytes(to_safetensors(arrays))


def more(path: Path) -> None:
    arrays = from_safetensors(path.read_bytes(), path)
    path.write_bytes(to_safetensors({**arrays, "in/Z": np.zeros(1)}))


def narrower(path: Path) -> None:
    arrays = from_safetensors(path.read_bytes(), path)
    path.write_bytes(to_safetensors({**arrays, "in/X": arrays["in/X"].astype(np.float32)}))


CUT_EARLY, EMPTY = (partial(cut, end=end) for end in (50, 0))
DAMAGES = (cut, CUT_EARLY, EMPTY, change, Path.unlink, fewer, more, narrower)


@pytest.mark.parametrize("damage", DAMAGES)
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
        from_safetensors(content, "x.safetensors")


def rewrite(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest, and the sum that is kept of it."""
    manifest, sums = folder / "manifest.json", folder / "SHA256SUMS"
    before = hashlib.sha256(manifest.read_bytes()).hexdigest()
    found = json.loads(manifest.read_bytes())
    edit(found)
    manifest.write_text(json.dumps(found))
    after = hashlib.sha256(manifest.read_bytes()).hexdigest()
    sums.write_text(sums.read_text().replace(before, after))


def list_again(folder: Path, name: str) -> None:
    """Put the sum of a file that was changed into the list."""
    sums, digest = folder / "SHA256SUMS", hashlib.sha256((folder / name).read_bytes()).hexdigest()
    sums.write_text(re.sub(f".*  {name}", f"{digest}  {name}", sums.read_text()))


def first_node(manifest: dict[str, Any]) -> Any:
    return manifest["cases"][0]["nodes"][0]


OUTSIDE = "../../../etc/passwd"


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda m: m.update(format_version="2.0.0"), "format_version: expected 1.x.x, got '2.0.0'"),
        (lambda m: m.update(format="onnx"), "format: expected 'liaf-golden', got 'onnx'"),
        (lambda m: m.pop("cases"), "cases: expected at least one"),
        (lambda m: m["cases"][0].pop("nodes"), "cases: expected at least one, each with name"),
        (lambda m: m["cases"].append(3), "cases: expected at least one"),
        (lambda m: m["cases"][0].update(arrays=[]), "case .*: damaged: AttributeError"),
        (lambda m: m.update(format_version="1.x.y"), "format_version: expected 1.x.x"),
        (lambda m: m["cases"][0].update(name=OUTSIDE), f"case {OUTSIDE}: name: expected"),
        (lambda m: m["cases"][0].update(name="nul"), "name: .* that files can have, got 'nul'"),
        (lambda m: m["cases"][0]["arrays"].update({"in/a:b": {}}), "files can have, got 'in/a:b'"),
        (lambda m: m["cases"][0].update(level="L7"), f"case {CASE}: level: .* got 'L7'"),
        (lambda m: m["cases"][0].update(nodes=[]), f"case {CASE}: nodes: .* got \\[\\]"),
        (lambda m: m["cases"][0]["nodes"][0].update(op="fft"), f"case {CASE}: damaged: .*'fft'"),
        (lambda m: first_node(m)["options"].update(act="gelu"), "act among .*spike, got 'gelu'"),
        (lambda m: first_node(m)["options"].update(axes=3, act=[]), "act among .*, got \\[\\]"),
        (lambda m: first_node(m).update(inputs=["in/Z"]), "damaged: KeyError.'in/Z'"),
        (lambda m: m["cases"][0]["arrays"]["exp/n.V"].update(shape=[3]), "exp/n.V: .*1., got"),
        (lambda m: m["cases"][0]["arrays"].pop("par/n.beta"), "arrays: expected par/n.beta"),
        (lambda m: m["cases"][0]["arrays"]["in/X"].update(shape=[3]), "expected an input of shape"),
        (lambda m: m["cases"][0].update(nodes=[{}]), f"case {CASE}: damaged: KeyError"),
        (lambda m: m["cases"][0].update(required=[]), f"case {CASE}: required: expected"),
        (lambda m: m["cases"][0].update(required=["exp/z.Y"]), "required: .* got ..exp/z.Y'"),
        (lambda m: m["cases"][0].update(optimizer={"name": "lion"}), "optimizer: .* got 'lion'"),
        (lambda m: first_node(m).update(name="x" * 9000), r"arrays: expected \S{,200}, got None"),
    ],
)
def test_a_manifest_of_nonsense_is_refused(
    tmp_path: Path, edit: Callable[[dict[str, Any]], object], reason: str
) -> None:
    rewrite(save_small_set(tmp_path), edit)
    with pytest.raises(FormatError, match=f"manifest.json: .*{reason}") as refused:
        load(tmp_path)
    if reason.startswith("case l"):  # of a single case
        assert str(refused.value) in {verdict.problem for verdict in audit(tmp_path)}


def test_a_set_that_would_be_refused_is_not_saved(tmp_path: Path) -> None:
    (first,) = small_set()[:1]
    outside = replace(first, case=replace(first.case, name="../outside"))
    for goldens in ((outside,), (first, first)):
        with pytest.raises(
            FormatError, match=r"manifest.json: case .*: (name: expected|expected each name once)"
        ):
            save(tmp_path / "set", goldens)
    assert folder_contents(tmp_path) == {}


def test_a_later_minor_version_with_arrays_of_another_kind_is_read(tmp_path: Path) -> None:
    save(tmp_path, small_set(), ("safetensors",))
    more(tmp_path / f"{CASE}.safetensors")
    arrays = from_safetensors((tmp_path / f"{CASE}.safetensors").read_bytes(), "x")
    arrays["mask/n.F"] = arrays.pop("in/Z")
    (tmp_path / f"{CASE}.safetensors").write_bytes(to_safetensors(arrays))

    def edit(manifest: dict[str, Any]) -> None:
        manifest.update(format_version="1.9.0", news="of 1.9")
        manifest["cases"][0].update(news="too")
        manifest["cases"][0]["arrays"]["mask/n.F"] = {"shape": [1], "dtype": "float64"}

    rewrite(tmp_path, edit)
    list_again(tmp_path, f"{CASE}.safetensors")
    first, *rest = load(tmp_path)
    assert len(rest) == len(SMALL_SET) - 1
    assert first.metadata["news"] == "too"
    assert "mask/n.F" not in {**first.case, **first.expected}


@pytest.mark.parametrize("damage", [cut, change, Path.unlink, EMPTY])
def test_a_damaged_manifest_is_refused(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    damage(save_small_set(tmp_path) / "manifest.json")
    with pytest.raises(FormatError, match=r"manifest.json"):
        load(tmp_path)


def test_a_description_that_was_changed_is_refused(tmp_path: Path) -> None:
    manifest = save_small_set(tmp_path) / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"mu":0.3', '"mu":0.4', 1))
    with pytest.raises(FormatError, match=r"manifest.json: expected content that matches its"):
        load(tmp_path)


def test_the_published_set_is_whole() -> None:
    assert [verdict for verdict in audit() if verdict.problem] == []


@pytest.mark.parametrize("name", ["l0_stray.safetensors", "hex/l0_stray.in-X.hex"])
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


@pytest.mark.parametrize(
    "other",
    [
        {"thesis.tex": b"years"},
        {"manifest.json": b'{"name": "web app"}'},
        {"manifest.json": b'["liaf-golden"]'},
        {"manifest.json": b"liaf-golden", f"{CASE}.safetensors": b"mine"},
        {"manifest.json": b'{"format": "liaf-golden"}', "hex/notes.txt": b"mine"},
        {"manifest.json": b'{"format": "liaf-golden"}', "SHA256SUMS": b"mine", "mine": b""},
    ],
)
def test_what_is_no_golden_set_alone_is_not_replaced(
    tmp_path: Path, other: dict[str, bytes]
) -> None:
    for name, content in other.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    with pytest.raises(RunError, match="expected a new or an empty folder"):
        save(tmp_path, small_set())
    assert folder_contents(tmp_path) == other


def test_a_set_of_another_version_is_replaced_whole(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("mine")
    out = save_small_set(tmp_path / "out")
    rewrite(out, lambda manifest: manifest.update(format_version="0.9.0"))
    (out / "SHA256SUMS").unlink()
    (out / "SHA256SUMS").symlink_to(tmp_path / "outside")
    save(out, small_set()[:1], ("safetensors",))
    assert set(folder_contents(out)) == {"manifest.json", "SHA256SUMS", f"{CASE}.safetensors"}
    assert [verdict.problem for verdict in audit(out)] == [None]
    assert (tmp_path / "outside").read_text() == "mine"


def test_an_older_set_stands_when_the_new_one_is_interrupted(tmp_path: Path) -> None:
    before = folder_contents(save_small_set(tmp_path / "out"))

    def interrupted() -> Iterator[GoldenCase]:
        yield small_set()[1]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(tmp_path / "out", interrupted())
    assert folder_contents(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_set_in_hex_alone_is_audited_and_not_loaded(tmp_path: Path) -> None:
    save(tmp_path, small_set(), ("hex",))
    assert [verdict.problem for verdict in audit(tmp_path)] == [None] * len(SMALL_SET)
    with pytest.raises(FormatError, match="formats: expected safetensors"):
        load(tmp_path)
    (tmp_path / "hex" / f"{SMALL_SET[3]}.in-ids.hex").unlink()
    assert [bool(verdict.problem) for verdict in audit(tmp_path)] == [False, False, False, True]


def run(*words: object) -> int:
    return main(["oracle", *map(str, words)])


def test_a_level_is_exported_and_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--level", "L3", "--formats", "safetensors,hex", "--json")
    assert run("export", tmp_path / "set", *options) == 0
    facts = json.loads(capsys.readouterr().out)
    expected = [g.case.name for g in all_golden_cases() if g.case.level == "L3"]
    assert facts["cases"] == len(expected)
    assert facts["formats"] == ["safetensors", "hex"]
    assert [golden.case.name for golden in load(tmp_path / "set")] == expected
    files = [path for path in (tmp_path / "set").rglob("*") if path.is_file()]
    assert (facts["files"], facts["bytes"]) == (len(files), sum(p.stat().st_size for p in files))
    assert run("verify", tmp_path / "set") == 0
    assert capsys.readouterr().out == f"{len(expected)} cases, 0 with a problem\n"


def test_a_damaged_set_is_reported_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", tmp_path, "--level", "L3", "--formats", "safetensors") == 0
    assert "26 cases, 0 of them exact, as safetensors; 28 files" in capsys.readouterr().out
    (tmp_path / "l3_fig5_gru.safetensors").write_bytes(b"")
    assert run("verify", tmp_path, "--json", "--regenerate") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["cases"] == 26
    assert list(found["problems"]) == ["l3_fig5_gru"]


def test_the_answers_of_a_set_are_computed_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right, wrong = golden_cases_named("l3_fig5_gru", "l3_fig5_rnn")
    save(tmp_path / "right", [right], ["safetensors"])
    assert run("verify", tmp_path / "right", "--regenerate") == 0
    assert capsys.readouterr().out == "1 case, 0 with a problem\n"
    changed = {**wrong.expected, "exp/ce.loss": wrong.expected["exp/ce.loss"] + 1}
    save(tmp_path / "wrong", [replace(wrong, expected=changed)], ["safetensors"])
    assert run("verify", tmp_path / "wrong", "--regenerate") == 1
    assert "l3_fig5_rnn: ce: exp/ce.loss expected " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("L0", ["L0"]),
        ("L4,L0", ["L0", "L4"]),
        ("L2,L2", ["L2"]),
    ],
)
def test_levels_are_read(text: str, target: list[str]) -> None:
    assert list(levels(text)) == target


PAGE = (Path(__file__).parents[2] / "docs" / "verify" / "golden-format.md").read_text("utf-8")
MAIN = {
    "c": """
int main(int argc, char **words) {
  size_t count = 0;
  const double *numbers = read_array(words[1], words[2], &count);
  for (size_t k = 0; k < count; k++) printf("%.17g\\n", numbers[k]);
  return !numbers + argc - 3;
}
""",
    "js": """
const file = new Uint8Array(require("fs").readFileSync(process.argv[2]));
console.log(readArray(file.buffer, process.argv[3]).numbers.join("\\n"));
""",
}
MAKE = {"c": ("cc", "-Wall", "-Wextra", "-Werror", "-o", "reader"), "js": ("node", "--check")}


@pytest.mark.parametrize("language", MAIN)
def test_a_reader_of_the_page(language: str, tmp_path: Path) -> None:
    tool, *_ = command = MAKE[language]
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    (code,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert len(code.splitlines()) <= 50
    source = tmp_path / f"reader.{language}"
    source.write_text(code + MAIN[language])
    subprocess.run([*command, source], check=True, cwd=tmp_path)  # noqa: S603
    reader = [tmp_path / "reader"] if language == "c" else ["node", source]
    save_small_set(tmp_path / "set")
    (golden,) = golden_cases_named(SMALL_SET[1])
    path = tmp_path / "set" / f"{golden.case.name}.safetensors"
    tolerances = {f"tol/{name}@float32": a for name, a in golden.tolerance["float32"].items()}
    arrays = {**golden.case, **golden.expected, **tolerances}
    for name in ("par/head.W", "exp/ce.loss", "in/y", "tol/grad/par/story.U@float32"):
        done = subprocess.run([*reader, path, name], check=True, capture_output=True)  # noqa: S603
        numbers = np.array([float(line) for line in done.stdout.split()])
        assert np.array_equal(numbers, np.ravel(arrays[name]))
    for place, name, reason in ((path, "in/none", "no array"), (tmp_path / "none", "in/y", "open")):
        done = subprocess.run([*reader, place, name], check=False, capture_output=True)  # noqa: S603
        assert done.returncode
        assert reason in done.stderr.decode()


def test_every_prefix_is_explained() -> None:
    table = PAGE.partition("## Names")[2].partition("## What is compared")[0]
    assert set(re.findall(r"^\| `(\w+)/", table, re.MULTILINE)) == set(ROLES)


def test_every_key_of_a_case_is_explained() -> None:
    table = PAGE.partition("| key |")[2].partition("Ignore keys")[0]
    explained = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\|(.*?)\|", table, re.MULTILINE))))
    facts = {
        key
        for golden in map(golden_case, (*SMALL_SET, "l0_exact_max_pool", "random-0-0000"))
        for key in golden.metadata
    }
    head = {"name", "level", "description", "nodes", "optimizer", "exact", "required", "arrays"}
    # Of cases in chunks, in fixed point and of a declaration, of which the set has none.
    head |= {"chunks", "dtype", "rounding", "overflow", "declared"}
    assert explained == facts | head
