"""``python tools/benchmark.py``."""

import json
import re
import sys
from pathlib import Path

import bench
import benchmark
import pytest
from support import hide_from_processes

Capture = pytest.CaptureFixture[str]


def _run(capsys: Capture, *args: str) -> tuple[int, str, str]:
    try:
        code = benchmark.main(args)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else -1
    return code, *capsys.readouterr()


def test_a_table_and_json(capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hide_from_processes(monkeypatch, tmp_path, "torch", "jax")
    code, out, err = _run(capsys, "neuron-1e4", "--rounds", "1", "--json")
    assert code == 0
    assert [case["case"] for case in json.loads(out)["cases"]] == ["neuron-1e4"]
    assert re.search(r"^neuron-1e4 +[0-9.]+ ms ", err, re.MULTILINE)


def test_a_row_has_a_line_for_each_baseline_the_fastest_first(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(seconds: float, ratio: float) -> dict[str, float]:
        return {"seconds": seconds, "ratio": ratio, "ratio_min": ratio, "ratio_max": 2 * ratio}

    row = {
        "case": "neuron-1e4",
        "seconds": 0.001,
        "fraction_of_bound": 0.5,
        "baselines": {"PyTorch, as printed": found(0.004, 0.25), "JAX, scan": found(0.002, 0.5)},
        "missing": ["torch.compile: no C++ compiler 'g++'"],
        "versions": {"numpy": "2.4.6"},
    }
    monkeypatch.setattr(bench, "run_cases", lambda *_: iter([row]))
    code, out, _ = _run(capsys, "neuron-1e4")
    assert code == 0
    _, first, second, *end = out.splitlines()
    wide = re.compile(r" {2,}")
    assert wide.split(first)[-4:] == ["JAX, scan", "2.000 ms", "0.500", "(0.500 - 1.000)"]
    assert wide.split(second)[-4:] == [
        "PyTorch, as printed",
        "4.000 ms",
        "0.250",
        "(0.250 - 0.500)",
    ]
    assert end[-1] == "not measured: torch.compile: no C++ compiler 'g++'"


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
