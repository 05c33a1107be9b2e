"""``liaf-ref oracle check``: a module, a program, options and exit codes."""

import json
import shlex
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from cli.commands import run_cli

from liaf_ref._core.errors import InputError, RunError
from liaf_ref.oracle import Declined, check_backend
from liaf_ref.oracle.checker.program import ProgramBackend
from oracle.judged_cases import all_cases

REFERENCE = "liaf_ref.oracle:run"
ONE = ("--case", "l0_lif_channel_mu0300")
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


def test_a_right_backend_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run_cli(capsys, "oracle", "check", "--backend", REFERENCE, "--level", "L3")
    assert answer.returncode == 0
    assert "0 failed" in answer.stdout


def test_json_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    more = ("--json", "--dtype", "float64", *ONE)
    answer = run_cli(capsys, "oracle", "check", "--backend", REFERENCE, *more)
    found = json.loads(answer.stdout)
    assert answer.returncode == 0
    assert {"passed", "failed", "waived", "cases", "diagnosis"} <= set(found)
    assert (found["passed"], found["dtype"]) == (1, "float64")


def test_a_module_beside_is_found_and_what_it_gets_wrong_exits_with_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "from liaf_ref.oracle import run\nclass Mine:\n    answer = lambda case: {}\n"
    (tmp_path / "some_backend.py").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    more = ("--junit", tmp_path / "report.xml", *ONE)
    answer = run_cli(capsys, "oracle", "check", "--backend", "some_backend:Mine.answer", *more)
    assert answer.returncode == 1
    assert "missing from the answer" in answer.stdout
    suite = ET.parse(tmp_path / "report.xml").getroot()  # noqa: S314 - our own
    assert suite.get("failures") == "1"


WRONG = {
    "nobody": [],
    "two": ["--backend", REFERENCE, "--exec", "true"],
    "no name": ["--backend", "liaf_ref"],
    "no module": ["--backend", "no_such_module:f"],
    "no attribute": ["--backend", "liaf_ref.oracle:walk"],
    "no callable": ["--backend", "liaf_ref.oracle.case:LEVELS"],
    "empty": ["--backend", ""],
    "dtype": ["--backend", REFERENCE, "--dtype", "float8"],
    "level": ["--backend", REFERENCE, "--level", "L9"],
    "waivers": ["--backend", REFERENCE, "--waive", "no such file"],
    "set": ["--backend", REFERENCE, "--set", "no such folder"],
    "quote": ["--exec", "'"],
    "no command": ["--exec", " "],
    "no program": ["--exec", "/no/such/program"],
    "loop of a callable": ["--backend", REFERENCE, "--loop"],
    "keep of a callable": ["--backend", REFERENCE, "--keep", "new"],
    "keep beside files": ["--exec", "true", "--keep", str(Path(__file__).parent)],
    "keep in a file": ["--exec", "true", "--keep", __file__],
    "badge of a level": ["--backend", REFERENCE, "--badge", "b.svg", "--level", "L0"],
    "badge of a case": ["--backend", REFERENCE, "--badge", "b.svg", "--case", "l0_last"],
    "badge of random cases": ["--backend", REFERENCE, "--badge", "b.svg", "--random", "5"],
    "badge of a set": ["--backend", REFERENCE, "--badge", "b.svg", "--set", "."],
    "badge of a part": ["--backend", REFERENCE, "--badge", "b.svg", "--fail-fast"],
    "badge a folder": ["--backend", REFERENCE, "--badge", "."],
    "junit a folder": ["--backend", REFERENCE, "--junit", "."],
    "junit empty": ["--backend", REFERENCE, "--junit", ""],
    "junit nowhere": ["--backend", REFERENCE, "--junit", "no such folder/report.xml"],
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_options_exit_with_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run_cli(capsys, "oracle", "check", *WRONG[name])
    assert answer.returncode == 2
    assert answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--backend", REFERENCE, "--case", "l0_lif"],
            "--case: expected a pattern that matches a golden case of",
        ),
        (["--backend", "pathlib:Path"], "--backend: expected a function that takes a Case and"),
    ],
)
def test_what_the_library_refuses_is_named_by_its_option(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = run_cli(capsys, "oracle", "check", *arguments)
    assert answer.returncode == 2
    assert message in answer.stderr


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
    with pytest.raises(InputError, match="timeout of a program: expected a number of seconds > 0"):
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


def backend_of(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch, name: str) -> str:
    (folder / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return f"{name}:answer"


def test_a_backend_that_prints_does_not_spoil_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "from liaf_ref.oracle import run\nprint('loaded')\n"
        "def answer(case):\n    print('working')\n    return run(case)\n"
    )
    backend = backend_of(tmp_path, text, monkeypatch, "printing_backend")
    answer = run_cli(capsys, "oracle", "check", "--backend", backend, "--json", *ONE)
    assert json.loads(answer.stdout)["passed"] == 1
    assert {"loaded", "working"} <= set(answer.stderr.split())


def test_tracebacks_are_printed_on_demand(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "def answer(case):\n    return 1 / 0\n"
    backend = backend_of(tmp_path, text, monkeypatch, "raising_backend")
    short = run_cli(capsys, "oracle", "check", "--backend", backend, *ONE).stdout
    long = run_cli(capsys, "oracle", "check", "--backend", backend, "--traceback", *ONE).stdout
    assert "Traceback" not in short
    assert long.endswith(short)
    assert 'raising_backend.py", line 2, in answer' in long.removesuffix(short)


def test_a_module_that_ends_the_process_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = backend_of(tmp_path, "raise SystemExit", monkeypatch, "leaving_backend")
    answer = run_cli(capsys, "oracle", "check", "--backend", backend)
    assert answer.returncode == 2
    assert "called sys.exit with code 0" in answer.stderr
