"""``liaf-ref grow``."""

import json
import re
from pathlib import Path

import pytest

from cli.commands import run_cli
from liaf_ref.bench import scaling
from liaf_ref.networks import ConvBlock, NetworkConfig

Capture = pytest.CaptureFixture[str]
SMALL = NetworkConfig("mnist-dvs", (8, 8, 2), 4, (ConvBlock(4, (2, 2)),), (5,), 4)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(scaling.SETTINGS, "mnist-dvs", SMALL)


def test_a_table_and_a_figure(capsys: Capture, here: Path) -> None:
    answer = run_cli(capsys, "grow", "mnist-dvs", "--figure", "growth.png")
    assert answer.returncode == 0
    assert answer.stdout.count("\n") == 2 + 13
    assert answer.stderr.startswith("1 of 13: B = 1, ")
    assert (here / "growth.png").read_bytes()[:4] == b"\x89PNG"


def test_json(capsys: Capture) -> None:
    answer = run_cli(capsys, "grow", "mnist-dvs", "--cell", "lif", "--batch", 2, "--json")
    document = json.loads(answer.stdout)
    assert document["network"] == "mnist-dvs-lif"
    assert set(document["exponents"]) == {"B", "T", "HW", "L"}
    assert document["points"][0].keys() >= {"axis", "value", "seconds", "tape", "predicted"}
    assert document["points"][0]["batch"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mnist"], "NETWORK: expected one of mnist-dvs, cifar10-dvs, gesture, got str 'mnist'"),
        (["mnist-dvs", "--cell", "rnn"], "--cell: expected one of liaf, lif, conv2d"),
        (["gesture", "--batch", "100000"], "needs .* MB, expected at most"),
        (["mnist-dvs", "--batch", "0"], "argument --batch: expected a whole number >= 1"),
    ],
)
def test_refusals(capsys: Capture, arguments: list[str], message: str) -> None:
    answer = run_cli(capsys, "grow", *arguments)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert re.search(message, answer.stderr)
