"""Margins of decisions against rounding; in a safe case rounding changes no decision."""

import math
from typing import Any

import numpy as np
import pytest

from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.error_bounds import bound, margins, spike_safe, tolerances
from liaf_ref.oracle.reference import run
from oracle.random_networks import network_case, single_node_case

OPTIONS = {"act": "relu", "mode": "TR", "sharing": "all", "mu": 0.25, "reset": "paper"}


def single_step_case(U: float, **options: Any) -> Case:
    """One neuron, one step: ``U`` against a threshold of 1."""
    parameters = {"v_th": 1.0, "v_reset": 0.0, "alpha": 0.5, "beta": 0.0}
    arrays = {f"par/n.{name}": np.array([value]) for name, value in parameters.items()}
    drive = {"in/X": np.array([[[U]]]), "in/n.V0": np.zeros((1, 1)), "up/n.Y": np.ones((1, 1, 1))}
    node = Node("n", "neuron", ("in/X",), OPTIONS | options)
    return Case("one", "L0", (node,), arrays | drive)


def neighbor_float(x: float, steps: int) -> float:
    """The float32 that many above or below."""
    return float(np.float32(x) + steps * np.spacing(np.float32(x)))


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("decision", [1.0, 0.75, 1.25])
def test_a_case_at_a_decision_is_not_safe_and_one_further_off_is(
    decision: float, side: int
) -> None:
    assert not spike_safe(single_step_case(neighbor_float(decision, side)), np.float32)
    assert spike_safe(single_step_case(neighbor_float(decision, 64 * side)), np.float32)
    assert spike_safe(single_step_case(neighbor_float(decision, side)), np.float64)


def test_a_margin_is_the_smallest_distance_less_the_error() -> None:
    margin = margins(single_step_case(1.4), np.float32)["n"]
    assert margin == pytest.approx(0.15, abs=1e-5)  # from the edge of the window
    assert margin < 0.15
    detached = single_step_case(1.4, act="tanh", reset="detached")
    assert margins(detached, np.float32)["n"] == pytest.approx(0.4, abs=1e-5)


def test_what_rounds_nothing_decides_on_the_tie_itself() -> None:
    for decision in (1.0, 0.75, 1.25):
        case = single_step_case(decision)
        assert margins(case, np.float32)["n"] == math.inf
        assert not any(a.any() for a in tolerances(case, np.float32).values())


def test_safe_is_what_the_margins_say() -> None:
    text = set()
    for seed in range(40):
        case = network_case(np.random.default_rng((41, seed)), "neuron")
        minimum = min(margins(case, np.float16).values())
        assert spike_safe(case, np.float16) == (minimum > 0)
        text.add(minimum > 0)
    assert text == {True, False}


def test_a_safe_case_decides_alike_in_its_precision() -> None:
    """float16 is coarse enough for unsafe cases to differ."""
    flips = {True: 0, False: 0}
    for seed in range(300):
        case = single_node_case(np.random.default_rng((43, seed)), "neuron")
        half = {n: a.astype(np.float16).astype(np.float64) for n, a in case.arrays.items()}
        case = case.with_arrays(half)
        safe = spike_safe(case, np.float16)
        F = run(case.astype(np.float16))["exp/n.F"]
        flips[safe] += int((run(case)["exp/n.F"] != F).any())
    assert flips[True] == 0
    assert flips[False] > 0


def test_the_margins_of_a_training_case_are_over_all_its_steps() -> None:
    sgd = {"name": "sgd", "lr": 0.05, "steps": 10}
    case = network_case(np.random.default_rng(47), "neuron", sgd)
    long = margins(case, np.float32)
    short = margins(Case(case.name, "L3", case.nodes, case.arrays), np.float32)
    assert all(long[name] <= short[name] for name in short)
    assert any(long[name] < short[name] for name in short)


def test_a_bound_says_which_output_is_unsafe() -> None:
    """Near the threshold, near an edge, and between them; two samples of two steps."""
    near = neighbor_float(1.0, 1), neighbor_float(1.25, 1)
    U = np.array([[near[0], 0.5], [near[1], 2.0]]).reshape(2, 2, 1)
    case = single_step_case(1.0).with_arrays(
        {"in/X": U, "in/n.V0": np.zeros((2, 1)), "up/n.Y": np.ones((2, 2, 1)),
         "par/n.alpha": np.zeros(1)}
    )  # fmt: skip
    found = bound(case, np.float32)
    assert found.unsafe["n"].tolist() == [[[True], [False]], [[True], [False]]]
    repaired = case.with_arrays({"in/X": np.where(found.unsafe["n"], 1.5, U)})
    assert not bound(repaired, np.float32).unsafe["n"].any()
    assert spike_safe(repaired, np.float32)


def test_a_bound_is_all_of_a_case_at_once() -> None:
    for seed in range(10):
        case = network_case(np.random.default_rng((41, seed)), "neuron")
        found, answer = bound(case, np.float16), run(case)
        assert found.margins == margins(case, np.float16)
        assert spike_safe(case, np.float16) == (not any(a.any() for a in found.unsafe.values()))
        for name, tolerance in tolerances(case, np.float16).items():
            np.testing.assert_array_equal(found.tolerance[name], tolerance)
            np.testing.assert_allclose(found.answer[name], answer[name], rtol=1e-9, atol=1e-12)
        for node, unsafe in found.unsafe.items():
            assert unsafe.shape == answer[f"exp/{node}.Y"].shape
