"""``liaf-ref cost``, ``audit`` and ``gradcheck``."""

import json
from pathlib import Path

import numpy as np
import pytest

from cli.commands import Cli
from liaf_ref.analysis import op_count
from liaf_ref.interop.weights import load_weights, save_weights
from liaf_ref.layers import CheckpointedSequential
from liaf_ref.networks import SequenceClassifier, summary
from liaf_ref.networks.registry import create_network
from liaf_ref.oracle.gradcheck.modes import MODES
from liaf_ref.report.audit import audit, counted, format_counted


def test_its_json_has_every_layer_with_both_counts(cli: Cli) -> None:
    code, out, _ = cli("cost", "mnist-dvs-lif", "--batch", 2, "--steps", 4, "--json")
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


def test_recomputing_keeps_less_and_counts_the_same(cli: Cli) -> None:
    command = ["cost", "mnist-dvs-lif", "--steps", 4, "--json"]
    whole, less = (json.loads(cli(*command, *o).stdout) for o in ([], ["--recompute"]))
    assert less["tape_bytes"] < whole["tape_bytes"] / 2
    assert less["exact"] == whole["exact"]
    network = create_network("mnist-dvs-lif", CheckpointedSequential)
    assert less["tape_bytes"] == summary(network, 1, 4).tape_bytes


def test_tables_print_every_figure_of_the_paper(cli: Cli) -> None:
    code, out, err = cli("cost", "tables")
    assert (code, out, err) == (0, f"{format_counted(counted())}\n", "")
    document = json.loads(cli("cost", "tables", "--json").stdout)
    assert document["figures"] == counted()
    words = {figure["agreement"] for figure in document["figures"]}
    assert words == {"rounded", "truncated", "neither"}


def test_the_audit_has_every_number(cli: Cli) -> None:
    code, out, _ = cli("audit", "--json")
    document = json.loads(out)
    assert code == 0
    assert document == [finding.to_dict() for finding in audit()]
    keys = {"place", "what", "printed", "ours", "agreement", "why"}
    assert all(row.keys() >= keys for row in document)
    words = {"rounded", "truncated", "neither", "not recomputed"}
    assert {row["agreement"] for row in document} == words


@pytest.fixture
def trained(here: Path) -> list[str]:
    pytest.importorskip("safetensors")
    net = create_network("mnist-dvs-lif")
    save_weights(here / "p.safetensors", net.init(np.random.default_rng(0)))
    frames = np.zeros((2, 2, 40, 40, 2), np.float32)
    frames[0, 1, 3:5, 4, 0] = 2  # four of 12,800 entries
    frames[1, 0, 7, 7, :] = 1
    np.save(here / "f.npy", frames)
    return ["--params", "p.safetensors", "--frames", "f.npy"]


def test_what_is_not_zero_and_what_is_left(cli: Cli, trained: list[str]) -> None:
    answer = cli("cost", "mnist-dvs-lif", "--steps", 2, *trained, "--neurobench", "--json")
    found = json.loads(answer.stdout)
    assert found["neurobench"]["footprint"] == 4 * found["exact"]["weights"]
    first = found["sparsity"][0]
    assert first["input_density"] == 4 / 12_800
    assert first["effective"] == {"muls": 4 * 9 * 32 // 2, "adds": 4 * 9 * 32 // 2, "weights": 608}
    assert first["dense"]["muls"] == 2 * (118 * 118 * 2 * 32)


def test_an_array_of_another_shape_is_named(cli: Cli, here: Path, trained: list[str]) -> None:
    arrays = load_weights(here / "p.safetensors")
    arrays["conv1.W"] = arrays["conv1.W"][:2].copy()
    save_weights(here / "p.safetensors", arrays)
    answer = cli("cost", "mnist-dvs-lif", *trained)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "liaf-ref: error: --params: conv1.W: expected shape " in answer.stderr


RIGHT = """
import liaf_ref as lr
from liaf_ref.oracle import layer_target

def lif(rng):
    return layer_target(lambda spike: lr.DenseLIF(3, 4, spike=spike, sharing="all"), rng)

def relu(rng):
    make = lambda spike: lr.DenseLIAF(3, 4, act="relu", mode="NTR", spike=spike)
    return layer_target(make, rng)
"""
WRONG = """
import numpy as np
from liaf_ref.oracle import GradcheckTarget

def target(rng):
    at = {"x": rng.normal(size=3)}
    return GradcheckTarget(lambda a, s: (a["x"] ** 2).sum(), lambda a, s: {"x": a["x"]}, at)

def absolute(rng):
    at = {"x": rng.normal(size=3)}
    value = lambda a, s: (abs(a["x"]) ** 2).sum()
    return GradcheckTarget(value, lambda a, s: {"x": 2 * a["x"]}, at)

def nothing(rng):
    return 3
"""


def test_says_right_in_every_mode(cli: Cli, here: Path) -> None:
    (here / "rights.py").write_text(RIGHT)
    code, out, _ = cli("gradcheck", "rights:lif", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["passed"]
    assert [check["mode"] for check in document["checks"]] == list(MODES)
    assert all(check["worst"]["error"] <= check["tolerance"] for check in document["checks"])
    code, out, _ = cli("gradcheck", "rights:relu", "--mode", "relaxed", "--seed", 20)
    assert code == 0
    assert "seed 21, the first sample without a kink nearby" in out


GRADCHECKS = {
    "halves:target --mode complex": (1, "FAILED: 3 derivatives checked by complex"),
    "halves:nothing": (2, "halves:nothing: expected a GradcheckTarget, got 3"),
    "halves:absolute --mode relaxed": (0, "PASSED: 3 derivatives checked by relaxed"),
    "halves:absolute": (0, "mode complex skipped: target.value"),
    "halves:absolute --mode complex": (2, "target.value"),
}


@pytest.mark.parametrize("line", GRADCHECKS)
def test_says_wrong_of_somebody_elses(cli: Cli, here: Path, line: str) -> None:
    (here / "halves.py").write_text(WRONG)
    code, out, err = cli("gradcheck", *line.split())
    assert code == GRADCHECKS[line][0]
    assert GRADCHECKS[line][1] in out + err
    assert code != 2 or err.count("\n") == 1
