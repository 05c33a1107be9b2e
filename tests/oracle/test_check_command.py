"""``liaf-ref oracle check``: options and exit codes, workers, the first failure, a bar, a badge."""

import io
import json
import sys
import time
import xml.etree.ElementTree as ET
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cli.commands import run_cli

import liaf_ref
from liaf_ref.cli.oracle_run import show_check_progress
from liaf_ref.oracle.checker.match import MAX_SECONDS
from liaf_ref.oracle.checker.run import Judge, Step, run_check
from liaf_ref.oracle.checker.selection import select_cases
from oracle.deviating import deviating, named
from oracle.judged_cases import all_cases, cases_by_name

REFERENCE = "liaf_ref.oracle:run"
LIF = "l0_lif_channel_mu0300"
ONE = ("--case", LIF)
BACKEND = """
import os
from liaf_ref.oracle import Declined, golden_cases, run

print("loaded")

def answer(case):
    if "readout" in case.name or "_exact_" in case.name:
        raise Declined("no such case")
    if "mu0300" in case.name:
        return {} if "_non_" in case.name else 1 / 0
    return run(case)

def dying(case):
    if case.name == "l0_lif_channel_mu0300":
        os._exit(3)
    return run(case)

def printing(case):
    print("working")
    return run(case)

class Empty:
    answer = lambda case: {}

def forward(case):
    return {n: a for n, a in run(case).items() if n[0] == "e"}
"""
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def backend_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_own_backend.py").write_text(BACKEND, "utf-8")
    (tmp_path / "leaving_backend.py").write_text("raise SystemExit", "utf-8")
    monkeypatch.syspath_prepend(Path(liaf_ref.__file__).parents[1])  # for the workers
    monkeypatch.chdir(tmp_path)
    sys.modules.pop("my_own_backend", None)  # of another test's folder


def check(capsys: Capture, name: str, *options: object) -> Any:
    """Exit code, document, and standard error."""
    backend = REFERENCE if name == "run" else f"my_own_backend:{name}"
    found = run_cli(capsys, "oracle", "check", "--backend", backend, "--json", *options)
    return found.returncode, found.stdout and json.loads(found.stdout), found.stderr


def test_what_a_module_beside_gets_wrong_exits_with_1(capsys: Capture, tmp_path: Path) -> None:
    more = ("--junit", tmp_path / "report.xml", *ONE)
    code, found, _ = check(capsys, "Empty.answer", *more)
    assert code == 1
    assert "missing from the answer" in found["cases"][0]["first_finding"]["text"]
    suite = ET.parse(tmp_path / "report.xml").getroot()  # noqa: S314 - our own
    assert suite.get("failures") == "1"


def test_a_backend_that_prints_does_not_spoil_json(capsys: Capture) -> None:
    _, found, err = check(capsys, "printing", *ONE)
    assert found["passed"] == 1
    assert "working" in err.split()


def test_tracebacks_are_printed_on_demand(capsys: Capture) -> None:
    words = ("oracle", "check", "--backend", "my_own_backend:answer", *ONE)
    short, long = (run_cli(capsys, *words, *more).stdout for more in ((), ("--traceback",)))
    assert "Traceback" not in short
    assert long.endswith(short)
    assert 'my_own_backend.py", line 11, in answer' in long.removesuffix(short)


WRONG = {  # options and a part of the message
    "": "one of the arguments --backend --exec is required",
    f"--backend {REFERENCE} --exec true": "not allowed with argument --backend",
    "--backend liaf_ref": "--backend: ",
    "--backend no_such_module:f": "No module named 'no_such_module'",
    "--backend pathlib:Path": "--backend: expected a function that takes a Case and",
    "--backend leaving_backend:answer": "called sys.exit with code 0",
    "--dtype float8": "--dtype: expected float32",
    "--level L9": "--level: expected levels from L0",
    "--case l0_lif": "--case: expected a pattern that matches a golden case of",
    "--waive nothing": "nothing: expected TOML",
    "--set nothing": "nothing",
    "--seed 3": "--seed: expected --random N with it",
    "--gate-forced": "--gate-forced: expected --random N with it",
    "--loop": "--loop: expected --exec COMMAND with it",
    "--keep new": "--keep: expected --exec COMMAND with it",
    "--exec '": "--exec: ",
    "--exec /no/such/program": "--exec: expected an executable program",
    "--exec true --keep .": "expected a new or an empty folder",
    "--badge b.svg --level L0": "--badge: expected a check of all published cases",
    "--badge b.svg --fail-fast": "--badge: expected a check of all published cases",
    "--badge .": "--badge: expected a file",
    "--junit nowhere/report.xml": "--junit: expected a file in an existing folder",
}


@pytest.mark.parametrize("options", WRONG)
def test_wrong_options_exit_with_2_and_are_named(options: str, capsys: Capture) -> None:
    is_complete = not options or options.startswith(("--backend", "--exec"))
    own = [] if is_complete else ["--backend", REFERENCE]
    answer = run_cli(capsys, "oracle", "check", *own, *options.split())
    assert answer.returncode == 2
    assert WRONG[options] in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("options", [("--case", "l0_*lif_*"), ("--random", 4, "--op", "dense")])
def test_the_report_does_not_depend_on_the_number_of_workers(
    options: tuple[object, ...], capsys: Capture
) -> None:
    alone, workers = (
        check(capsys, "answer", *options, "--shrink", 0, "--jobs", jobs)[:2] for jobs in (1, 2)
    )
    assert workers == alone
    assert alone[1]["passed"] + alone[1]["failed"]


def test_a_worker_that_ends_is_an_error_that_names_its_case(capsys: Capture) -> None:
    code, _, err = check(capsys, "dying", "--case", "l0_lif_*", "--jobs", 2)
    assert code == 2
    assert f"has ended while it answered {LIF}" in err


def test_fail_fast_stops_at_the_first_failure(capsys: Capture) -> None:
    options = ("--case", "l0_lif_*", "--fail-fast", "--shrink", 0)
    code, found, _ = check(capsys, "answer", *options)
    names = [case["case"] for case in found["cases"]]
    every = [g.name for g in all_cases() if g.name.startswith("l0_lif_")]
    assert (code, found["failed"], found["not_run"]) == (1, 1, len(every) - len(names))
    assert names == every[: len(names)]
    assert found["cases"][-1]["status"] == "failed"
    text = run_cli(capsys, "oracle", "check", "--backend", "my_own_backend:answer", *options)
    assert f"stopped at the first failed case: {found['not_run']} cases were not run" in text.stdout


def test_more_declined_cases_than_allowed_fail_the_check(capsys: Capture) -> None:
    options = ("--stored", "--case", "l0_*lif_all_mu0500", "--max-declined")
    assert [check(capsys, "answer", *options, most)[0] for most in (1, 0)] == [0, 1]


def test_fail_fast_passes_a_right_backend_and_each_step_is_told() -> None:
    selection = select_cases(cases=all_cases()[:3], dtype="float64")
    steps: list[Step] = []
    ours = partial(map, Judge(lambda case: cases_by_name()[case.name].expected, selection))
    report = run_check("right", selection, ours, fail_fast=True, on_step=steps.append)
    assert (report.ok, report.not_run, report.profiles) == (True, 0, ())
    assert "profiles" not in str(report)
    assert [(s.done, s.total, s.phase) for s in steps] == [
        (k, 3, phase) for phase in ("", "asking again") for k in (1, 2, 3)
    ]
    selection = select_cases(cases=[cases_by_name()["l0_lif_all_mu0300"]])
    wrong = Judge(deviating(named("reset detached")), selection)
    run_check("wrong", selection, partial(map, wrong), on_step=steps.append)
    assert steps[-1][1:] == (int(MAX_SECONDS), 1, "looking for the reason", "s")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with show_check_progress(is_json=False) as on_step:
        for step in (Step(3, 40, 1), Step(4, 40, 2), Step(1, 8, 2, "asking again")):
            on_step(step)
            time.sleep(0.11)  # a bar changes ten times a second
        on_step(Step(2, 8, 2, "asking again"))
    text = terminal.getvalue()
    assert "4/40 cases |" in text
    assert "left, 2 failed" in text
    assert "asking again: 2/8 cases |" in text


def test_all_published_cases_have_profiles_and_a_badge(capsys: Capture, tmp_path: Path) -> None:
    waiver = '[[waive]]\ncase = "*"\ntensor = "[gs]*"\nreason = "no backward pass"'
    (tmp_path / "forward.toml").write_text(waiver, "utf-8")
    options = ("--badge", "badge.json", "--waive", "forward.toml")
    found = run_cli(capsys, "oracle", "check", "--backend", "my_own_backend:forward", *options)
    assert "\nprofiles passed: Inference (" in found.stdout
    assert "\nprofiles not passed: Gradients (" in found.stdout
    assert json.loads((tmp_path / "badge.json").read_bytes())["message"] == "Inference"
