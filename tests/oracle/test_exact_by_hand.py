"""Equations whose answers are worked out in the margin."""

import math
from fractions import Fraction as Q
from typing import Any

import numpy as np
import pytest

from liaf_ref.oracle import exact
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.exact import loss, readout, recurrent
from liaf_ref.oracle.exact.dual import Dual, constant, variable
from liaf_ref.oracle.exact.functions import relu, selu, sigmoid
from liaf_ref.oracle.exact.optimizers import adam, adamw, sgd
from oracle.exact_cases import DEFAULT_OPTIONS


def trace(**options: Any) -> dict[str, list[Any]]:
    """One neuron, three steps: a tie, an edge, and an output that alone has a gradient."""
    arrays = {
        "in/X": [[[1 / 2], [-1 / 4], [1 / 8]]],
        "in/n.V0": [[0.0]],
        "par/n.v_th": [1 / 2],
        "par/n.v_reset": [1 / 4],
        "par/n.alpha": [1 / 2],
        "par/n.beta": [1 / 8],
        "up/n.Y": [[[0.0], [0.0], [1.0]]],
    }
    nodes = (Node("n", "neuron", ("in/X",), DEFAULT_OPTIONS | options),)
    case = Case("by hand", "L0", nodes, {name: np.array(a) for name, a in arrays.items()})
    found = exact.run(case, Q)
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


def slopes(of: Dual, *variables: Dual) -> list[Any]:
    return [of.derivative(v) for v in variables]


def test_gates_half_open() -> None:
    """With A = 0 every gate is sigmoid(0) = 1/2, of slope 1/4, and every candidate is 0."""
    z, r, a, h, U_z, U_r, U_h = (variable(x) for x in (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 2.0))
    (after,) = recurrent.gru([z, r, a], [h], [[U_z, U_r, U_h]])
    assert after.x == 0.5 + 0.5 * math.tanh(0.5 * 2)  # (1 - z) h + z tanh(U_h r h)
    bend = 1 - math.tanh(1) ** 2
    expected = [(math.tanh(1) - 1) / 4, bend / 4, bend / 2, 0.5 + bend / 2]  # z', r' U_h h, z, ...
    assert slopes(after, z, r, a, h) == pytest.approx(expected, rel=2**-50)

    f, i, o, a, h, c = (variable(x) for x in (0.0, 0.0, 0.0, 0.0, 0.0, 1.0))
    nothing = [[constant(0.0)] * 4]
    (after,), (cell,) = recurrent.lstm([f, i, o, a], [h], [c], nothing)
    assert (cell.x, after.x) == (0.5, 0.5 * math.tanh(0.5))
    assert slopes(cell, f, i, o, a, c) == [0.25, 0.0, 0.0, 0.5, 0.5]  # c/4, c~/4, none, i, f

    a, c, U = (variable(x) for x in (0.0, 1.0, 0.0))
    (after,) = recurrent.rnn([a], [c], [[U]])
    assert (after.x, *slopes(after, a, c, U)) == (0.0, 1.0, 0.0, 1.0)


def test_kinks_take_the_slope_from_the_left() -> None:
    """``x > 0`` is strict: ReLU's slope at 0 is 0, SELU's is scale times alpha."""
    x = variable(0.0)
    assert [relu(x).x, selu(x).x] == [0.0, 0.0]
    assert relu(x).derivative(x) == 0.0
    assert selu(x).derivative(x) == pytest.approx(
        1.0507009873554805 * 1.6732632423543772, rel=2**-50
    )


def test_a_sigmoid_far_out_does_not_overflow() -> None:
    for side in (-1e4, 1e4):
        x = variable(side)
        assert (sigmoid(x).x, sigmoid(x).derivative(x)) == (float(side > 0), 0.0)


def test_equal_logits() -> None:
    """p is 1/2 each: log 2 for every loss of probabilities, slope p - y over the count."""
    z = [variable(0.0), variable(0.0)]
    for of, size in ((loss.softmax_ce, 1), (loss.softmax_bce, 1), (loss.sigmoid_bce, 2)):
        L = of([z], [1])
        assert L.x == pytest.approx(math.log(2), rel=2**-50)
        assert slopes(L, *z) == [0.5 / size, -0.5 / size]
    assert slopes(loss.mse([z], [1]), *z) == [0.0, -1.0]  # 2 (z - y) / 2


def test_first_steps() -> None:
    """Gradient 2 at 1: Adam's moments cancel to the sign, and SGD's momentum adds up."""
    sent: dict[str, list[float]] = {}
    for name, descent in {
        "sgd": sgd(1.0, lr=0.25, momentum=0.5),
        "adam": adam(1.0, lr=0.25, eps=2.0),
        "decayed": adam(1.0, lr=0.25, eps=2.0, weight_decay=4.0),
        "beside": adamw(1.0, lr=0.25, eps=2.0, weight_decay=1.0),
    }.items():
        sent[name] = [next(descent), descent.send(2.0)]
        sent[name] += [descent.send(2.0)] if name == "sgd" else []
    assert sent["sgd"] == [1.0, 0.5, -0.25]  # v = 2, then 3
    assert sent["adam"][1] == pytest.approx(1 - 0.25 * 2 / (2 + 2), rel=2**-50)
    assert sent["decayed"][1] == pytest.approx(1 - 0.25 * 6 / (6 + 2), rel=2**-50)
    assert sent["beside"][1] == pytest.approx(1 - 0.25 - 0.25 * 2 / (2 + 2), rel=2**-50)


def test_two_variables_of_one_value_are_two() -> None:
    x, y = variable(3), variable(3)
    product = x * x * y - y / x
    assert (product.x, *slopes(product, x, y)) == (
        26,
        pytest.approx(18 + 1 / 3),
        pytest.approx(9 - 1 / 3),
    )
    assert constant(2).derivative(x) == 0


def test_branches_have_as_many_rows() -> None:
    assert readout.concat([[1.0], [2.0]], [[3.0], [4.0]]) == [[1.0, 3.0], [2.0, 4.0]]
    with pytest.raises(ValueError, match="shorter"):
        readout.concat([[1.0], [2.0]], [[3.0]])
