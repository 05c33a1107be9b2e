"""The golden set: what it covers, and what its neurons do."""

from itertools import product

import numpy as np
import pytest

from liaf_ref.oracle.declaration.stored_cases import threshold_distances
from liaf_ref.oracle.error_bounds import margins
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import LOSSES, OPS
from oracle.golden_sets import (
    all_golden_cases,
    case_names,
    exact_cases,
    inexact_cases,
)

ACTS = ("identity", "relu", "selu", "tanh", "sigmoid")
CASES = [golden.case for golden in all_golden_cases()]
ROUNDED = [golden.case for golden in inexact_cases()]
OUTPUTS = [("spike", "TR"), *product(ACTS, ("TR", "NTR"))]


def test_every_option_of_a_neuron() -> None:
    have = {
        tuple(recipe.nodes[0].options[o] for o in ("act", "mode", "sharing", "mu", "reset"))
        for recipe in CASES
        if recipe.level == "L0" and recipe.nodes[0].op == "neuron" and recipe in ROUNDED
    }
    outputs = [
        (*output, s, mu)
        for output, s, mu in product(OUTPUTS, ("all", "channel", "non"), (0.5, 0.3))
    ]
    assert {(*options, "paper") for options in outputs} <= have
    detached = {(act, mode, mu) for act, mode, _, mu, reset in have if reset == "detached"}
    assert {(*output, mu) for output, mu in product(OUTPUTS, (0.5, 0.3))} <= detached


def test_sizes_of_one_and_a_plane() -> None:
    shapes = [r["in/X"].shape for r in CASES if r.level == "L0" and r.nodes[0].op == "neuron"]
    flat = [shape for shape in shapes if len(shape) == 3]
    assert all(any(shape[axis] == 1 for shape in flat) for axis in range(3))
    assert any(len(shape) == 5 for shape in shapes)


def test_training_of_every_cell_by_every_optimizer() -> None:
    have = {
        (r.optimizer["name"], op)
        for r in CASES
        if r.optimizer
        for op in (n.options.get("act", n.op) for n in r.nodes)
    }
    assert (
        set(product(("adam", "adamw", "sgd"), ("identity", "spike", "rnn", "lstm", "gru"))) <= have
    )


def test_every_operation_in_a_network_or_a_block() -> None:
    ops = {node.op for recipe in CASES if recipe.level in {"L2", "L3"} for node in recipe.nodes}
    assert ops == set(OPS)


def test_every_option_of_an_operation_on_images() -> None:
    nodes = [recipe.nodes[0] for recipe in CASES if recipe.level == "L0" and recipe in ROUNDED]
    have = {op: [n.options for n in nodes if n.op == op] for op in OPS}
    for op in ("conv", "conv3d"):
        assert {o["bias"] for o in have[op]} == {True, False}
        assert any(a != b for o in have[op] for a, b in o["pad"])
    assert {tuple(o["stride"]) for o in have["conv"]} >= {(1, 1), (2, 2), (2, 1)}
    assert {tuple(o["kernel"]) for o in have["conv"]} >= {(3, 3), (2, 2), (3, 2), (1, 1)}
    assert {o["pad"][0][1] for o in have["conv3d"]} == {0, 1}
    for op in ("average_pool", "max_pool"):
        assert {o["size"] == o["stride"] for o in have[op]} == {True, False}
    assert {o["axes"] for o in have["layer_norm"]} == {"HWL", "L"}
    assert {o["axes"] for o in have["batch_norm"]} == {"BTHW", "BHW", "BT", "B"}
    assert {o["statistics"] for o in have["batch_norm"]} == {"batch", "running"}
    for op in ("layer_norm", "batch_norm"):
        assert {o["eps"] for o in have[op]} == {1e-3, 1e-5}
    assert {o["act"] for o in have["act"]} == {"relu", "selu", "tanh", "sigmoid"}
    assert all(have[op] for op in (*LOSSES, "convlstm", "dropout", "flatten"))


def test_tokens_come_more_than_once() -> None:
    for golden in all_golden_cases():
        for node in golden.case.nodes:
            if node.op == "embedding":
                ids = golden.case[node.inputs[0]]
                assert np.unique(ids).size < ids.size, golden.case.name


@pytest.mark.parametrize("golden", inexact_cases(), ids=case_names(inexact_cases()))
def test_neurons_do_everything_that_a_backend_could_get_wrong(golden: GoldenCase) -> None:
    for node, x in threshold_distances(golden.case, golden.expected):
        inside = abs(x) < node.options["mu"]
        for kind in (inside & (x >= 0), inside & (x < 0), ~inside):
            assert np.count_nonzero(kind) >= 2, node.name


def test_no_float32_backend_can_take_another_spike_for_right() -> None:
    for golden in (*inexact_cases()[::5], *exact_cases()[::5]):
        assert all(margin > 0 for margin in margins(golden.case, "float32").values()), golden.name


def test_a_curve_falls_by_more_than_float32_can_explain() -> None:
    for golden in all_golden_cases():
        if golden.case.optimizer:
            curve = golden.expected["exp/curve"]
            assert curve.shape == (golden.case.optimizer["steps"],)
            tolerance = golden.tolerance["float32"]["exp/curve"].max()
            assert curve[0] - curve[-1] > 9 * tolerance, golden.case.name


def test_exact_cases_are_on_three_levels() -> None:
    assert {golden.case.level for golden in exact_cases()} == {"L0", "L1", "L2"}
