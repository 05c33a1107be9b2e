"""``liaf-ref cost``."""

import json
from pathlib import Path

import numpy as np
import pytest

from cli.commands import run_cli
from liaf_ref.analysis import op_count
from liaf_ref.interop.weights import load_weights, save_weights
from liaf_ref.layers import CheckpointedSequential
from liaf_ref.networks import SequenceClassifier, summary
from liaf_ref.networks.registry import create_network
from liaf_ref.report.audit import audit, counted, format_counted

Capture = pytest.CaptureFixture[str]


def test_its_json_has_every_layer_with_both_counts(capsys: Capture) -> None:
    code, out, _ = run_cli(capsys, "cost", "mnist-dvs-lif", "--batch", 2, "--steps", 4, "--json")
    document = json.loads(out)
    net = create_network("mnist-dvs-lif")
    assert isinstance(net, SequenceClassifier)
    assert code == 0
    assert (document["network"], document["batch"], document["steps"]) == (net.label, 2, 4)
    rows = op_count.count_ops(net.sequential, 4)
    assert [layer["name"] for layer in document["layers"]] == [row.prefix for row in rows]
    for layer, row in zip(document["layers"], rows, strict=True):
        assert layer["exact"] == vars(row.exact)
        assert layer["paper"] == (row.paper and vars(row.paper))
    assert document["exact"] == vars(op_count.total(row.exact for row in rows))
    assert document["peak_bytes"] > document["tape_bytes"] > 0


def test_recomputing_keeps_less_and_counts_the_same(capsys: Capture) -> None:
    command = ["cost", "mnist-dvs-liaf", "--steps", 4, "--json"]
    whole, checkpointed = (
        json.loads(run_cli(capsys, *command, *o).stdout) for o in ([], ["--recompute"])
    )
    assert checkpointed["tape_bytes"] < whole["tape_bytes"] / 2
    assert checkpointed["exact"] == whole["exact"]
    assert (
        checkpointed["tape_bytes"]
        == summary(create_network("mnist-dvs-liaf", CheckpointedSequential), 1, 4).tape_bytes
    )


def test_tables_print_every_figure_of_the_paper(capsys: Capture) -> None:
    code, out, err = run_cli(capsys, "cost", "tables")
    assert (code, out, err) == (0, f"{format_counted(counted())}\n", "")
    document = json.loads(run_cli(capsys, "cost", "tables", "--json").stdout)
    assert document["figures"] == counted()
    words = {figure["agreement"] for figure in document["figures"]}
    assert words == {"rounded", "truncated", "neither"}


KEYS = {"place", "what", "printed", "ours", "agreement", "why"}


def test_json_has_every_number(capsys: Capture) -> None:
    code, out, _ = run_cli(capsys, "audit", "--json")
    document = json.loads(out)
    assert code == 0
    assert document == [finding.to_dict() for finding in audit()]
    assert all(row.keys() >= KEYS for row in document)
    assert {row["agreement"] for row in document} == {
        *("rounded", "truncated", "neither", "not recomputed")
    }


pytest.importorskip("safetensors")


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


def test_an_array_of_another_shape_is_named_as_one_of_params(
    capsys: Capture, here: Path, trained: list[str]
) -> None:
    arrays = load_weights(here / "p.safetensors")
    arrays["conv1.W"] = arrays["conv1.W"][:2].copy()
    save_weights(here / "p.safetensors", arrays)
    answer = run_cli(capsys, "cost", "mnist-dvs-lif", *trained)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "liaf-ref: error: --params: conv1.W: expected shape " in answer.stderr
