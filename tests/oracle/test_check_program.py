"""A program as a backend: its folder, its loop, and what is kept of it."""

import json
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.commands import run_cli

from liaf_ref._core.errors import InputError, RunError
from liaf_ref.oracle import Declined, check_backend, golden
from liaf_ref.oracle.checker.program import (
    ProgramBackend,
    keep_only,
    required_names,
    write_case,
)
from liaf_ref.oracle.formats import FORMATS
from liaf_ref.oracle.golden.cases import from_safetensors
from oracle.judged_cases import all_cases, cases_by_name

C_SOURCE = Path(__file__).with_name("lif.c")
ANSWERS = """
n=0
while read -r folder; do
  n=$((n+1))
  case $n in
    1) echo declined no readout;;
    2) echo failed bad luck;;
    3) echo ok;;
    4) echo hello;;
  esac
done
"""


PROGRAM = """
import json, sys
from pathlib import Path
import numpy as np
from liaf_ref.oracle import Case, Node, run

folder = Path(sys.argv[-1])
(entry,) = json.loads((folder / "manifest.json").read_text())["cases"]
arrays = dict(np.load(folder / f"{entry['name']}.npz"))
assert {n: [list(a.shape), a.dtype.name] for n, a in arrays.items()} == {
    n: [a["shape"], a["dtype"]] for n, a in entry["arrays"].items()
}
if entry["name"] == "l0_last":
    sys.exit(print("no readout") or 77)
if entry["name"] == "l0_mean":
    sys.exit("first line\\nlast line")
nodes = tuple(Node(n["name"], n["op"], tuple(n["inputs"]), n["options"]) for n in entry["nodes"])
answer = run(Case(entry["name"], entry["level"], nodes, arrays, entry["optimizer"]))
np.savez(folder / "answer.npz", **{name: answer[name] for name in entry["required"]})
"""


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "my program.py"
    path.write_text(PROGRAM, "utf-8")
    return f"{sys.executable} '{path}'"


def read_set(folder: Path) -> dict[str, tuple[Any, dict[str, Any]]]:
    """What a program for exported sets does: the entry and the arrays of each case."""
    entries = json.loads((folder / "manifest.json").read_text())["cases"]
    files = {e["name"]: folder / f"{e['name']}.safetensors" for e in entries}
    return {
        e["name"]: (e, from_safetensors(files[e["name"]].read_bytes(), folder)) for e in entries
    }


def test_a_program_for_an_exported_set_reads_the_folder_of_a_case(tmp_path: Path) -> None:
    one = cases_by_name()["l4_adam_rnn"]
    case = one.case.astype("float32")
    write_case(tmp_path, case, "float32")
    golden.save(tmp_path / "set", [one])
    (entry, arrays), (exported, numbers) = (
        read_set(folder)[case.name] for folder in (tmp_path, tmp_path / "set")
    )
    names = {path.name for path in (tmp_path / "set").iterdir()} | {f"{case.name}.npz"}
    assert {path.name for path in tmp_path.glob("*.*")} <= names
    assert entry.keys() - exported.keys() == {"dtype"}
    shared = entry.keys() - {"arrays", "dtype"}
    assert {key: entry[key] for key in shared} == {key: exported[key] for key in shared}
    assert arrays.keys() == entry["arrays"].keys() == case.keys()
    for name, array in arrays.items():
        described = entry["arrays"][name]
        assert exported["arrays"][name]["shape"] == described["shape"] == list(array.shape)
        assert np.array_equal(array, numbers[name].astype(array.dtype))
        assert described["dtype"] == array.dtype.name


@pytest.mark.parametrize("dtype", FORMATS)
def test_the_manifest_names_the_precision_of_the_check(
    dtype: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = ("--dtype", dtype, "--random", "1", "--op", "neuron", "--max-size", "60")
    options = (*drawn, "--keep", tmp_path / "kept", "--shrink", "0")
    run_cli(capsys, "oracle", "check", "--exec", "false", *options)
    (folder,) = (tmp_path / "kept").iterdir()
    ((entry, arrays),) = read_set(folder).values()
    assert entry["dtype"] == dtype
    stored = from_safetensors((folder / f"{folder.name}.safetensors").read_bytes(), folder)
    for name, described in entry["arrays"].items():
        assert (
            described["dtype"] == arrays[name].dtype == stored[name].dtype == FORMATS[dtype].storage
        )
        assert np.array_equal(arrays[name], stored[name])


def test_what_is_required_follows_from_the_op_table() -> None:
    assert [g.name for g in all_cases() if required_names(g.case) != g.required] == []


def loop_of(*words: str, timeout: float = 60.0) -> ProgramBackend:
    return ProgramBackend(shlex.join(words), timeout, loop=True)


@pytest.fixture
def answers() -> Iterator[ProgramBackend]:
    backend = loop_of("sh", "-c", ANSWERS)
    yield backend
    backend.close()


def test_a_line_answers_a_folder(answers: ProgramBackend) -> None:
    case = cases_by_name()["l0_last"].case
    for _ in range(2):
        with pytest.raises(Declined, match=r"^no readout$"):
            answers(case)
        with pytest.raises(RunError, match=r"^sh: bad luck$"):
            answers(case)
        with pytest.raises(RunError, match=r"expected answer\.npz or answer\.safetensors"):
            answers(case)
        with pytest.raises(RunError, match=r"expected a line 'ok', .*, got 'hello'$"):
            answers(case)  # and the next case gets a new program


def test_a_loop_that_ends_or_hangs_is_started_again() -> None:
    case = cases_by_name()["l0_last"].case
    dying = loop_of("sh", "-c", "read -r folder; echo oh no >&2; exit 3")
    for _ in range(2):
        with pytest.raises(RunError, match=r"^sh: exit code 3 before an answer: oh no$"):
            dying(case)
    hanging = loop_of("sleep", "60", timeout=0.1)
    for _ in range(2):
        with pytest.raises(RunError, match=r"timed out after 0.1 s .* flush its standard output"):
            hanging(case)
    for backend in (dying, hanging):
        backend.close()


def test_the_end_of_its_input_ends_a_loop(tmp_path: Path) -> None:
    text = f"while read -r folder; do echo declined x; done; echo > {shlex.quote(str(tmp_path))}/e"
    backend = loop_of("sh", "-c", text)
    with pytest.raises(Declined):
        backend(cases_by_name()["l0_last"].case)
    backend.close()
    assert (tmp_path / "e").exists()


def test_folders_of_failed_cases_are_kept(tmp_path: Path) -> None:
    backend = ProgramBackend("false", keep=tmp_path)
    for name in ("l0_last", "l0_last", "l0_mean"):
        with pytest.raises(RunError):
            backend(cases_by_name()[name].case)
    for name in ("random-q4.12-7-0042", "random-q4.12-7-0042.2", "random-q4.12-7-0043"):
        (tmp_path / name).mkdir()
    keep_only(tmp_path, {"l0_last", "random-q4.12-7-0042"})
    kept = {"l0_last", "l0_last.2", "random-q4.12-7-0042", "random-q4.12-7-0042.2"}
    assert {path.name for path in tmp_path.iterdir()} == kept
    assert (tmp_path / "l0_last" / "l0_last.npz").exists()


@pytest.fixture(scope="module")
def program_in_c(tmp_path_factory: pytest.TempPathFactory) -> str:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    program = tmp_path_factory.mktemp("c") / "lif"
    subprocess.run(["cc", "-O2", "-Wall", "-Werror", C_SOURCE, "-o", program], check=True)  # noqa: S603, S607
    return str(program)


@pytest.mark.parametrize("loop", [False, True])
def test_a_program_in_c_is_a_backend(loop: bool, program_in_c: str) -> None:
    backend = ProgramBackend(program_in_c, loop=loop)
    report = check_backend(backend, cases=all_cases(), pattern="l0_*lif*")
    backend.close()
    assert report.ok
    assert len(report.passed) >= 7


def test_a_program_in_c_is_checked_by_two_workers(
    program_in_c: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--loop", "--jobs", "2", "--keep", tmp_path / "kept", "--case", "l0_lif_*")
    answer = run_cli(capsys, "oracle", "check", "--exec", program_in_c, *options)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "5 passed, 0 failed, 0 waived, 6 declined" in answer.stdout
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_program_is_a_backend(program: str) -> None:
    names = {"l0_lif_channel_mu0300", "l4_sgd_rnn", "l0_embedding", "l0_last", "l0_mean"}
    report = check_backend(
        ProgramBackend(program), cases=[g for g in all_cases() if g.case.name in names]
    )
    assert {v.name for v in report.passed} == names - {"l0_last", "l0_mean"}
    assert [v.reason for v in report.declined] == ["no readout"]
    (failed,) = report.failed
    assert failed.summary().startswith("the backend failed: ")
    assert failed.summary().endswith("exit code 1: first line | last line")
    assert not failed.traceback


def test_a_program_that_gives_no_answer_in_time_fails() -> None:
    case = all_cases()[0].case
    with pytest.raises(RunError, match="timed out after"):
        ProgramBackend(f"{sys.executable} -c 'import time; time.sleep(60)'", 0.2)(case)
    with pytest.raises(RunError, match=r"expected answer\.npz"):
        ProgramBackend(f"{sys.executable} -c 'pass'")(case)
    with pytest.raises(Declined, match="declined"):
        ProgramBackend(f"{sys.executable} -c 'exit(77)'")(case)
    with pytest.raises(InputError):
        ProgramBackend("")
    with pytest.raises(InputError, match="timeout of a program: expected a finite number > 0"):
        ProgramBackend("true", 0)


def test_a_program_given_up_leaves_no_children_and_a_pipe_is_no_answer(tmp_path: Path) -> None:
    case, late = all_cases()[0].case, tmp_path / "late"
    child = f"import time; time.sleep(1.5); open({str(late)!r}, 'w')"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(RunError, match="timed out after"):
        ProgramBackend(shlex.join([sys.executable, "-c", code]), 0.5)(case)
    time.sleep(2)
    assert not late.exists()
    pipe = "import os, sys; os.mkfifo(sys.argv[1] + '/answer.npz')"
    with pytest.raises(RunError, match="got neither"):
        ProgramBackend(shlex.join([sys.executable, "-c", pipe]))(case)
