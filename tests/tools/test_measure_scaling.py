"""``python tools/measure_scaling.py``."""

import json
import re
from pathlib import Path

import measure_scaling
import pytest
from bench import scaling
from support import CommandResult

from liaf_ref.networks import ConvBlock, NetworkConfig

Capture = pytest.CaptureFixture[str]
SMALL = NetworkConfig("mnist-dvs", (8, 8, 2), 4, (ConvBlock(4, (2, 2)),), (5,), 4)


def _run(capsys: Capture, *args: str) -> CommandResult:
    try:
        code = measure_scaling.main(args)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else -1
    return CommandResult(code, *capsys.readouterr())


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(scaling.SETTINGS, "mnist-dvs", SMALL)


def test_a_table_and_a_figure(capsys: Capture, tmp_path: Path) -> None:
    answer = _run(capsys, "mnist-dvs", "--figure", str(tmp_path / "scaling.png"))
    assert answer.returncode == 0
    assert answer.stdout.count("\n") == 2 + 13
    assert answer.stderr.startswith("1 of 13: B = 1, ")
    assert (tmp_path / "scaling.png").read_bytes()[:4] == b"\x89PNG"


def test_json(capsys: Capture) -> None:
    answer = _run(capsys, "mnist-dvs", "--cell", "lif", "--batch", "2", "--json")
    document = json.loads(answer.stdout)
    assert document["network"] == "mnist-dvs-lif"
    assert set(document["exponents"]) == {"B", "T", "HW", "L"}
    assert document["points"][0].keys() >= {
        "axis",
        "value",
        "seconds",
        "tape_bytes",
        "predicted_bytes",
    }
    assert document["points"][0]["batch"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mnist"], "NETWORK: expected one of mnist-dvs, cifar10-dvs, gesture, got str 'mnist'"),
        (["mnist-dvs", "--cell", "rnn"], "--cell: expected one of liaf, lif, conv2d"),
        (["gesture", "--batch", "100000"], "needs .* MB, expected at most"),
        (["mnist-dvs", "--batch", "0"], "argument --batch: expected an integer >= 1"),
    ],
)
def test_invalid_input(capsys: Capture, arguments: list[str], message: str) -> None:
    answer = _run(capsys, *arguments)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert re.search(message, answer.stderr)
