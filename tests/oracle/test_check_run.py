"""How a check runs: in several processes, until the first failure, with a bar, with a badge."""

import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cli.commands import run_cli

from liaf_ref.cli.oracle_check import show_check_progress
from liaf_ref.oracle import check_backend
from liaf_ref.oracle.checker.run import Step, answering_here, run_check
from liaf_ref.oracle.checker.selection import select_cases
from oracle.judged_cases import all_cases, cases_by_name

BACKEND = """
import os
from liaf_ref.oracle import Declined, run

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
"""
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def backend_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "parallel_backend.py").write_text(BACKEND, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))


def check(capsys: Capture, *options: object, name: str = "answer") -> Any:
    """Exit code, document, and standard error."""
    backend = f"parallel_backend:{name}"
    found = run_cli(capsys, "oracle", "check", "--backend", backend, "--json", *options)
    return found.returncode, found.stdout and json.loads(found.stdout), found.stderr


@pytest.mark.parametrize("options", [("--case", "l0_*lif_*"), ("--random", 4, "--op", "dense")])
def test_the_report_does_not_depend_on_the_number_of_workers(
    options: tuple[object, ...], capsys: Capture
) -> None:
    alone, workers = (check(capsys, *options, "--shrink", 0, "--jobs", jobs) for jobs in (1, 2))
    assert workers == alone
    assert alone[1]["passed"] + alone[1]["failed"]


def test_a_worker_that_ends_is_an_error_that_names_its_case(capsys: Capture) -> None:
    code, _, err = check(capsys, "--case", "l0_lif_*", "--jobs", 2, name="dying")
    assert code == 2
    assert "ended with exit code 3 while it answered l0_lif_channel_mu0300" in err
    assert len(err.splitlines()) == 1


def test_fail_fast_stops_at_the_first_failure(capsys: Capture) -> None:
    options = ("--case", "l0_lif_*", "--fail-fast", "--shrink", 0)
    code, found, _ = check(capsys, *options)
    names = [case["case"] for case in found["cases"]]
    every = [g.name for g in all_cases() if g.name.startswith("l0_lif_")]
    assert (code, found["failed"], found["not_run"]) == (1, 1, len(every) - len(names))
    assert names == every[: len(names)]
    assert found["cases"][-1]["status"] == "failed"
    text = run_cli(capsys, "oracle", "check", "--backend", "parallel_backend:answer", *options)
    assert f"stopped at the first failed case: {found['not_run']} cases were not run" in text.stdout


def test_fail_fast_passes_a_right_backend() -> None:
    selection = select_cases(cases=all_cases()[:3], dtype="float64")
    steps: list[Step] = []
    right = answering_here(lambda case: cases_by_name()[case.name].expected, selection)
    report = run_check("right", selection, right, fail_fast=True, on_step=steps.append)
    assert (report.ok, report.not_run) == (True, 0)
    assert [(s.done, s.total, s.phase) for s in steps] == [
        (k, 3, phase) for phase in ("", "asking again") for k in (1, 2, 3)
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with show_check_progress(is_json=False) as on_step:
        on_step(Step(3, 40, 1))
        time.sleep(0.11)  # a bar changes ten times a second
        on_step(Step(4, 40, 2))
        time.sleep(0.11)
        on_step(Step(1, 8, 2, "asking again"))
        time.sleep(0.11)
        on_step(Step(2, 8, 2, "asking again"))
    text = terminal.getvalue()
    assert "4/40 cases |" in text
    assert "left, 2 failed" in text
    assert "asking again: 2/8 cases |" in text


@pytest.mark.parametrize(("stream", "is_json"), [(io.StringIO(), False), (Terminal(), True)])
def test_elsewhere_there_is_none(
    stream: io.StringIO, is_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    with show_check_progress(is_json) as on_step:
        on_step(Step(1, 40, 0))
    assert stream.getvalue() == ""


def test_all_published_cases_have_profiles_and_a_badge(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "forward.py").write_text(
        "from liaf_ref.oracle import golden_cases\n"
        "known = {g.name: g.expected for g in golden_cases()}\n"
        "def answer(case):\n"
        "    return {n: a.astype('f4') for n, a in known[case.name].items() if n[0] == 'e'}\n"
    )
    options = ("--badge", "badge.svg", "--shrink", 0)
    found = run_cli(capsys, "oracle", "check", "--backend", "forward:answer", *options)
    assert "\nprofiles passed: Inference (" in found.stdout
    assert "\nprofiles not passed: Gradients (" in found.stdout
    assert "Inference" in (tmp_path / "badge.svg").read_text()


def test_a_part_of_the_cases_has_no_profiles() -> None:
    report = check_backend(lambda case: {}, cases=all_cases()[:2])
    assert (report.profiles, "profiles passed" in str(report)) == ((), False)
    assert "profiles not passed" not in str(report)
