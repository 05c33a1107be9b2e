"""``python tools/measure_explain.py``."""

import json

import measure_explain
import pytest
from oracle.platforms import SIMULATORS, Neuron, Recording
from support import CommandResult

Capture = pytest.CaptureFixture[str]
SMALL = ("--steps", "40", "--record", "both")


def _run(capsys: Capture, *args: str) -> CommandResult:
    try:
        code = measure_explain.main(args)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else -1
    return CommandResult(code, *capsys.readouterr())


def test_a_right_explanation_is_counted(capsys: Capture) -> None:
    answer = _run(capsys, "norse", *SMALL)
    assert answer.returncode == 0
    assert answer.stdout.splitlines()[-1] == "| both | 1 | 1 | 0 | 0 |"
    assert answer.stderr == "both, norse, seed 0: right\n"


def test_a_wrong_assertion_is_named_and_fails(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    norse = SIMULATORS["norse"]

    def lying(neuron: Neuron) -> Recording:
        recorded = norse(neuron)
        return recorded._replace(truth=recorded.truth | {"decay": "exponential"})

    monkeypatch.setitem(SIMULATORS, "norse", lying)
    answer = _run(capsys, "norse", *SMALL, "--json")
    assert answer.returncode == 1
    (outcome,) = json.loads(answer.stdout)
    assert outcome["verdict"] == "wrong"
    assert outcome["wrong"] == ["decay: forward Euler, not exponential"]


def test_an_unknown_platform_is_refused(capsys: Capture) -> None:
    answer = _run(capsys, "nest2", *SMALL)
    assert answer.returncode == 2
    assert "PLATFORM" in answer.stderr
    assert "'nest2'" in answer.stderr
