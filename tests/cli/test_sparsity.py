"""``liaf-ref cost`` with trained parameters and frames."""

import json
from pathlib import Path

import numpy as np
import pytest

from cli.commands import run_cli
from liaf_ref.interop.weights import load_weights, save_weights
from liaf_ref.networks import create_network

pytest.importorskip("safetensors")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def trained(here: Path) -> list[str]:
    net = create_network("mnist-dvs-lif")
    save_weights(here / "p.safetensors", net.init(np.random.default_rng(0)))
    frames = np.zeros((2, 2, 40, 40, 2), np.float32)
    frames[0, 1, 3:5, 4, 0] = 2  # four of 12,800 entries
    frames[1, 0, 7, 7, :] = 1
    np.save(here / "f.npy", frames)
    return ["--params", "p.safetensors", "--frames", "f.npy"]


def test_what_is_not_zero_and_what_is_left(capsys: Capture, trained: list[str]) -> None:
    answer = run_cli(capsys, "cost", "mnist-dvs-lif", "--steps", 2, *trained, "--json")
    first = json.loads(answer.stdout)["sparsity"][0]
    assert first["input_density"] == 4 / 12_800
    assert first["effective"] == {"muls": 4 * 9 * 32 // 2, "adds": 4 * 9 * 32 // 2, "weights": 608}
    assert first["dense"]["muls"] == 2 * (118 * 118 * 2 * 32)


def test_a_table_below_the_summary(capsys: Capture, trained: list[str]) -> None:
    answer = run_cli(capsys, "cost", "mnist-dvs-lif", "--steps", 2, *trained)
    assert answer.returncode == 0
    _, note, table = answer.stdout.split("\n\n")
    assert note == "non-zero fractions on f.npy, and operations without those on zeros"
    assert table.splitlines()[2].split("|")[1].strip() == "conv1"
    assert table.splitlines()[-1].split("|")[2].strip() == "all"


def test_an_array_of_another_shape_is_named_as_one_of_params(
    capsys: Capture, here: Path, trained: list[str]
) -> None:
    arrays = load_weights(here / "p.safetensors")
    arrays["conv1.W"] = arrays["conv1.W"][:2].copy()
    save_weights(here / "p.safetensors", arrays)
    answer = run_cli(capsys, "cost", "mnist-dvs-lif", *trained)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "liaf-ref: error: --params: conv1.W: expected shape " in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["mnist-dvs-lif", "--params", "p.safetensors"],
            "--frames: required together with --params",
        ),
        (["mnist-dvs-lif", "--frames", "f.npy"], "--params: required together with --frames"),
        *(
            (
                ["babi-liaf", *options],
                f"NETWORK: expected a network for event frames, as {options[0]} is given, "
                "got babi-liaf",
            )
            for options in (
                ["--params", "p"],
                ["--frames", "f"],
                ["--params", "p", "--frames", "f"],
            )
        ),
        (["mnist-dvs-lif", "--params", "p", "--frames", "f.npy"], "p: "),
        (["gesture-lif", "--params", "p.safetensors", "--frames", "f.npy"], "--params: expected"),
        (["mnist-dvs-lif", "--params", "p.safetensors", "--frames", "p.safetensors"], "NumPy's"),
        (["cifar10-dvs-lif", "--params", "p.safetensors", "--frames", "no.npy"], "No such file"),
        (["tables", "--frames", "f.npy"], "--frames: cannot be combined with `tables`"),
    ],
)
@pytest.mark.usefixtures("trained")
def test_refusals(capsys: Capture, arguments: list[str], message: str) -> None:
    answer = run_cli(capsys, "cost", *arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert message in answer.stderr
