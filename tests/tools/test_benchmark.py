"""``python tools/benchmark.py``."""

import json
import re
import sys

import benchmark
import pytest

Capture = pytest.CaptureFixture[str]


def _run(capsys: Capture, *args: str) -> tuple[int, str, str]:
    try:
        code = benchmark.main(args)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else -1
    return code, *capsys.readouterr()


def test_a_table_and_json(capsys: Capture) -> None:
    code, out, err = _run(capsys, "neuron-1e4", "--rounds", "1", "--json")
    assert code == 0
    assert [case["case"] for case in json.loads(out)["cases"]] == ["neuron-1e4"]
    assert re.search(r"^neuron-1e4 +[0-9.]+ ms ", err, re.MULTILINE)


def test_help_has_an_example(capsys: Capture) -> None:
    code, out, err = _run(capsys, "--help")
    assert (code, err) == (0, "")
    assert "example: python tools/benchmark.py " in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seed", "x"], "argument --seed: expected an integer >= 0"),
        (["--rounds", "0"], "argument --rounds: expected an integer >= 1"),
        (["babi"], "error: CASE: expected one of babi-liaf, babi-lif"),
        (["babi-liaf", "babi-transformer"], "got str 'babi-transformer'"),
    ],
)
def test_invalid_input(capsys: Capture, arguments: list[str], message: str) -> None:
    code, out, err = _run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_measurement_that_fails_is_one_message(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    code, _, err = _run(capsys, "neuron-1e4")
    assert code == 1
    assert err == (
        "benchmark.py: error: bench neuron-1e4: the measuring process ended with exit code 1; "
        "its messages are on stderr\n"
    )
