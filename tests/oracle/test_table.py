"""The text of the operations: the kernels agree, and answers worked out in the margin."""

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction as Q
from typing import Any

import numpy as np
import pytest

import liaf_ref as lr
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.opset import LOSSES
from liaf_ref.oracle.table import FRACTION, run
from liaf_ref.oracle.table.functions import sigmoid
from liaf_ref.oracle.table.tape import T, backward
from oracle import kernel_backend
from oracle.golden_sets import later_cases

DEFAULT_OPTIONS = {"act": "identity", "mode": "TR", "sharing": "non", "mu": 0.5, "reset": "paper"}
DRAWN = later_cases(40, seed=11, max_size=3000)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_kernels_agree_with_the_text_on_random_cases(dtype: str) -> None:
    report = lr.check_backend(kernel_backend.run, cases=[*DRAWN], dtype=dtype)
    assert len(report.passed) == len(DRAWN), report


@pytest.mark.parametrize("run", [run, kernel_backend.run], ids=["text", "kernels"])
def test_lif_gives_spikes_whatever_the_mode(run: Callable[[Case], dict[str, Any]]) -> None:
    golden = lr.golden_case("l0_lif_all_mu0300")
    (node,), other = golden.case.nodes, {"TR": "NTR", "NTR": "TR"}
    changed = node._replace(options={**node.options, "mode": other[node.options["mode"]]})
    found, expected = run(replace(golden.case, nodes=(changed,))), run(golden.case)
    assert all(np.array_equal(found[name], array) for name, array in expected.items())
    np.testing.assert_array_equal(found["exp/n.Y"], found["exp/n.F"])


def trace(drive: Any = (1 / 2, -1 / 4, 1 / 8), **options: Any) -> dict[str, list[Any]]:
    """One neuron, three steps: a tie, an edge, and an output that alone has a gradient."""
    arrays = {
        "in/X": [[[x] for x in drive]],
        "in/n.V0": [[0.0]],
        "par/n.v_th": [1 / 2],
        "par/n.v_reset": [1 / 4],
        "par/n.alpha": [1 / 2],
        "par/n.beta": [1 / 8],
        "up/n.Y": [[[0.0], [0.0], [1.0]]],
    }
    nodes = (Node("n", "neuron", ("in/X",), DEFAULT_OPTIONS | options),)
    case = Case("by hand", "L0", nodes, {name: np.array(a) for name, a in arrays.items()})
    found = run(case, FRACTION)
    return {name.replace("/n.", "/"): list(a.flat) for name, a in found.items()}


def test_three_steps_of_a_neuron() -> None:
    found = trace(mode="NTR")
    assert found["exp/U"] == [Q(1, 2), 0, Q(1, 4)]  # 1/2 + 0; -1/4 + 1/4; 1/8 + 1/8
    assert found["exp/F"] == [1, 0, 0]  # 1/2 >= 1/2; 0 < 1/2; 1/4 < 1/2
    assert found["exp/R"] == [Q(1, 4), 0, Q(1, 4)]  # reset; kept; kept
    assert found["exp/V"] == [Q(1, 4), Q(1, 8), Q(1, 4)]  # R / 2 + 1/8
    assert found["exp/Y"] == [Q(1, 2), 0, Q(1, 4)]  # U


def test_the_gradient_of_the_third_output() -> None:
    """J = alpha ((v_reset - U) [in the window] + 1 - F) is -1/8, then 1/2: the edge is outside."""
    found = trace(mode="NTR")
    assert found["dbg/dU"] == [Q(-1, 16), Q(1, 2), 1]  # 1/2 J_1; 1 J_2; 1
    assert found["dbg/dV"] == [Q(1, 2), 1, 0]  # of the next U; V_3 is not read
    assert found["grad/in/X"] == found["dbg/dU"]
    assert found["grad/in/V0"] == [Q(-1, 16)]
    assert found["grad/par/v_th"] == [Q(1, 16)]  # -dx_1 = -(1/2 alpha)(1/4 - 1/2)
    assert found["grad/par/v_reset"] == [Q(1, 4)]  # dV_1 alpha F_1
    assert found["grad/par/alpha"] == [Q(1, 8)]  # 1/2 R_1 + 1 R_2
    assert found["grad/par/beta"] == [Q(3, 2)]  # 1/2 + 1


def test_threshold_related_the_threshold_is_in_the_output_too() -> None:
    found = trace(mode="TR")
    assert found["exp/Y"] == [0, Q(-1, 2), Q(-1, 4)]
    assert found["grad/par/v_th"] == [Q(1, 16) - 1]


def test_a_detached_reset_cuts_the_past_of_a_neuron_that_fired() -> None:
    found = trace(mode="NTR", reset="detached")
    assert found["dbg/dU"] == [0, Q(1, 2), 1]
    assert found["grad/par/v_th"] == [0]
    assert found["grad/par/v_reset"] == [Q(1, 4)]


def test_the_output_of_lif_has_a_window_of_its_own() -> None:
    """U_3 is 1/4 below the threshold, inside the window: no spike, but a slope."""
    for reset in ("paper", "detached"):
        found = trace(act="spike", reset=reset)
        assert found["exp/Y"] == [1, 0, 0]
        assert found["dbg/dU"][2] == 1
    assert found["grad/par/v_th"] == [-1]
    assert trace(act="spike", mu=0.25)["dbg/dU"] == [0, 0, 0]  # on the edge


@pytest.mark.parametrize("mu", [0.5, 0.25])
def test_the_window_is_open_and_the_threshold_closed(mu: float) -> None:
    """Of LIF, the third output is differentiated in the window alone."""
    step, found = 2.0**-20, []
    for x in (0.0, -step, mu, mu - step, -mu, step - mu):
        last = trace((-9.0, 0.0, x + 1 / 2 + 33 / 16), act="spike", mu=mu)  # V is -33/16
        found.append((last["exp/F"][2], last["dbg/dU"][2]))
    assert found == [(1, 1), (0, 1), (1, 0), (1, 1), (0, 0), (0, 1)]


def slopes(of: T, *variables: T) -> list[Any]:
    backward([(of, np.ones(of.shape))])
    return [v.gradient.ravel().tolist() for v in variables]


def row(*numbers: float) -> T:
    return T(np.array([numbers], float))


def test_a_sigmoid_has_all_digits_on_both_sides() -> None:
    x = row(-1e4, -600.0, -30.0, 1e4)
    with np.errstate(over="ignore"):
        y = sigmoid(x)
        (found,) = slopes(y, x)
    assert y.v.ravel().tolist() == [0.0, *(pytest.approx(math.exp(z)) for z in (-600, -30)), 1.0]
    assert found == [0.0, *(pytest.approx(math.exp(z)) for z in (-600, -30)), 0.0]


def loss_of(op: str, y: int, *logits: float) -> tuple[float, list[float]]:
    arrays = {"in/X": np.array([logits]), "in/y": np.array([y])}
    found = run(Case(op, "L0", (Node("l", op, ("in/X",), {}),), arrays))
    return float(found["exp/l.loss"]), found["grad/in/X"].ravel().tolist()


@pytest.mark.parametrize("op", [op for op in LOSSES if op != "mse"])
def test_logits_far_apart_have_a_finite_loss(op: str) -> None:
    """e^800 is no number: the true class is surely wrong, and the loss is how far."""
    value, gradient = loss_of(op, 0, -800.0, 0.0)
    assert value == pytest.approx({"sigmoid_bce": (800 + math.log(2)) / 2}.get(op, 800.0))
    assert gradient[0] == pytest.approx({"softmax_ce": -1.0, "softmax_bce": -1.0}.get(op, -0.5))
    assert loss_of("softmax_bce", 0, 0.75) == (0.0, [0.0])  # one class alone


def test_an_optimizer_of_one_step_has_parameters_after_it() -> None:
    golden = lr.golden_case("l4_adam_rnn")
    case = replace(golden.case, optimizer={**(golden.case.optimizer or {}), "steps": 1})
    for implementation in (run, kernel_backend.run):
        answer = implementation(case)
        assert answer["exp/curve"].shape == (1,)
        for name in (name for name in golden.expected if name.startswith("step1/")):
            off = abs(answer[name] - golden.expected[name])
            assert (off <= golden.tolerance["float64"][name]).all(), name
