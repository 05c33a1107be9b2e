"""Logits so far apart that a probability is 0 or 1: the bound holds, infinite where it must be."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from liaf_ref.kernels.array import Array
from liaf_ref.oracle import GoldenCase, check_backend
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.error_bounds import margins, spike_safe, tolerances
from liaf_ref.oracle.error_bounds.arithmetic import arithmetic_model
from liaf_ref.oracle.error_bounds.arrays import (
    apply,
    errors,
    exact_array,
    finished_array,
    values,
    worst_case_array,
)
from liaf_ref.oracle.error_bounds.losses import SoftmaxBCE
from liaf_ref.oracle.error_bounds.margin import MarginRecorder
from liaf_ref.oracle.error_bounds.terms import rsqrt
from liaf_ref.oracle.reference import run

F32, F64 = arithmetic_model(np.float32), arithmetic_model(np.float64)
OPS = ("softmax_ce", "softmax_bce", "sigmoid_bce")
LOGITS = (16.0, 17.0, 37.0, 40.0, 81.0, 90.0, 200.0, 400.0, 800.0, 1e30)


def loss(op: str, z: float, y: int) -> Case:
    """A loss alone, of logits z and 0."""
    arrays = {"in/Z": np.array([[float(np.float32(z)), 0.0]]), "in/y": np.array([y])}
    return Case("confident", "L2", (Node("l", op, ("in/Z",), {}),), arrays)


def trained(op: str, weight: float) -> Case:
    """A neuron, a dense layer that makes its output a confident logit, and three steps of SGD."""
    options = {"act": "relu", "mode": "TR", "sharing": "all", "mu": 0.25, "reset": "paper"}
    parameters = {"v_th": 1.0, "v_reset": 0.0, "alpha": 0.5, "beta": 0.0}
    arrays = {f"par/n.{name}": np.array([value]) for name, value in parameters.items()}
    arrays |= {"in/X": np.array([[[1.5], [2.0]]]), "in/n.V0": np.zeros((1, 1))}
    arrays |= {"par/d.W": np.array([[weight, 0.0]]), "par/d.b": np.zeros(2), "in/y": np.array([1])}
    nodes = (
        Node("n", "neuron", ("in/X",), options),
        Node("last", "last", ("n",), {}),
        Node("d", "dense", ("last",), {}),
        Node("l", op, ("d",), {}),
    )
    return Case("confident", "L4", nodes, arrays, {"name": "sgd", "lr": 0.5, "steps": 3})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("op", OPS)
def test_a_confident_case_has_a_bound(op: str, dtype: str) -> None:
    for z in LOGITS:
        for y in (0, 1):
            case = loss(op, z, y)
            bound, answer = tolerances(case, dtype), run(case)
            assert bound.keys() == answer.keys()
            assert all(bound[name].shape == np.shape(a) for name, a in answer.items())
            assert not any(np.isnan(b).any() for b in bound.values())
            assert spike_safe(case, dtype)  # it decides nothing


@pytest.mark.parametrize("op", OPS)
def test_the_loss_of_a_confident_right_answer_stays_bounded(op: str) -> None:
    for z in LOGITS[:-1]:
        assert tolerances(loss(op, z, 0), "float32")["exp/l.loss"] < 1e-3


def test_the_gradient_of_the_categorical_loss_stays_bounded() -> None:
    for z in LOGITS[:-1]:
        for y in (0, 1):
            assert tolerances(loss("softmax_ce", z, y), "float32")["grad/in/Z"].max() < 1e-3


def softmax_ce(Z: Array, y: int) -> Any:
    """By the logarithm of the probability."""
    e = np.exp(Z - Z.max())
    return -np.log(e / e.sum())[y]


def softmax_bce(Z: Array, y: int) -> Any:
    """By the logarithms of p and 1 - p."""
    e = np.exp(Z - Z.max())
    return binary_cross_entropy(e / e.sum(), y)


def sigmoid_bce(Z: Array, y: int) -> Any:
    """By the logarithms of p and 1 - p."""
    return binary_cross_entropy(1 / (1 + np.exp(-Z)), y)


def binary_cross_entropy(p: Array, y: int) -> Any:
    hot = np.arange(len(p)) == y
    return -np.where(hot, np.log(p), np.log(1 - p)).sum() / p.dtype.type(len(p))


WAYS: Mapping[str, Callable[[Array, int], Any]] = {
    "softmax_ce": softmax_ce,
    "softmax_bce": softmax_bce,
    "sigmoid_bce": sigmoid_bce,
}


@pytest.mark.parametrize("op", OPS)
def test_float32_by_the_probabilities_is_within_the_bound_or_not_finite(op: str) -> None:
    lost = 0
    for z in np.arange(4, 208) / 2:
        for y in (0, 1):
            case = loss(op, float(z), y)
            with np.errstate(divide="ignore", over="ignore"):
                actual = WAYS[op](np.array([z, 0], np.float32), y)
            allowed = tolerances(case, "float32")["exp/l.loss"]
            if np.isfinite(actual):
                assert abs(float(actual) - run(case)["exp/l.loss"]) <= allowed, (z, y)
            else:
                lost += 1
                assert allowed == math.inf, (z, y)
    assert op == "softmax_ce" or lost > 100


@pytest.mark.parametrize("op", ["softmax_bce", "sigmoid_bce"])
def test_training_by_an_unbounded_gradient_is_not_safe(op: str) -> None:
    case = trained(op, 800.0)
    bound = tolerances(case, "float32")
    assert not any(np.isnan(b).any() for b in bound.values())
    assert np.isinf(bound["exp/curve"]).all()
    assert not spike_safe(case, "float32")
    assert margins(case, "float32")["n"].smallest == -math.inf


def test_the_values_of_a_bound_stay_those_of_the_kernel() -> None:
    """1 - p cancels in float64 too: the sum of the other probabilities does not."""
    for z in (30.0, 40.0, 200.0):
        case = loss("softmax_bce", z, 1)
        answer = run(case)
        bounded = SoftmaxBCE(F64)
        with np.errstate(invalid="ignore"):  # infinite bounds, as in a case's
            mean, tape = bounded.forward(exact_array(case["in/Z"], F64), case["in/y"])
            dZ = bounded.backward(exact_array(np.ones(()), F64), tape)
        assert values(mean) == pytest.approx(answer["exp/l.loss"], rel=1e-12)
        np.testing.assert_allclose(values(dZ), answer["grad/in/Z"], rtol=1e-12)


def test_a_number_that_may_be_0_has_no_logarithm() -> None:
    zero = exact_array(0.1, F64) * 3 - exact_array(0.1, F64) * 3
    assert values(zero) == 0
    for x in (zero, zero - 2.0**-60, exact_array(0.0, F64)):
        for f, at in ((np.log, x), (np.log1p, x - 1)):
            assert values(f(at)) == -math.inf
            assert errors(f(at)) == math.inf
        assert values(apply(rsqrt, x)) == errors(apply(rsqrt, x)) == math.inf
    assert errors(np.log(zero + 2.0**-60)) == math.inf
    assert errors(np.log(zero + 0.5)) < 1e-14


def test_the_bound_of_exp_grows_from_below_the_smallest_number() -> None:
    """exp(-800) is 0 in float64, and exp(-800 + 500) is not."""
    x = finished_array(-800.0, np.array([500.0, math.inf, 0.5]), F64)
    for f, value in ((np.exp, 0.0), (np.expm1, -1.0)):
        assert (values(f(x)) == value).all()
        far, lost, near = errors(f(x))
        assert far >= math.exp(-300)
        assert lost == math.inf
        assert near <= 64 * F64.u * abs(value) + 3 * F64.eta


def test_a_quotient_by_a_number_whose_square_is_0() -> None:
    tiny = np.exp(exact_array(-200.0, F64)) * np.exp(exact_array(-200.0, F64))
    inverse = 1 / tiny
    assert values(inverse) == pytest.approx(math.exp(400))
    assert errors(inverse) < 1e-12 * values(inverse)


def test_a_lost_bound_is_infinite_in_every_comparison() -> None:
    lost = finished_array(0.0, math.inf, F32) * 0.1
    unknown = finished_array(1.0, math.nan, F32)
    for x in (lost, unknown, unknown + 1, unknown * unknown, 1 / unknown):
        assert errors(x) == math.inf
        assert errors(worst_case_array(exact_array(1.0, F32), x)) == math.inf


def test_a_margin_of_an_unknown_value_is_the_smallest() -> None:
    watch = MarginRecorder()
    watch.record("n", "spike", np.array([1.0]))
    watch.record("n", "spike", np.array([2.0, math.nan]))
    assert watch.margins["n"].spike == -math.inf


def test_an_infinite_tolerance_allows_finite_numbers_and_no_others() -> None:
    case = loss("softmax_bce", 40.0, 1)
    answer = run(case)
    bound = {dtype: tolerances(case, dtype) for dtype in ("float32", "float64")}
    golden = GoldenCase(case, answer, bound, frozenset(answer))

    def judged(value: float, golden: GoldenCase = golden) -> str:
        def backend(_: Case) -> Mapping[str, Any]:
            return {name: np.full(a.shape, value, np.float32) for name, a in answer.items()}

        (verdict,) = check_backend(backend, cases=[golden]).verdicts
        return verdict.status

    assert judged(3.0) == "passed"
    assert judged(math.nan) == judged(math.inf) == judged(-math.inf) == "failed"
    none = {name: np.full(np.shape(a), np.nan) for name, a in answer.items()}
    unknown = GoldenCase(case, answer, {"float32": none}, frozenset(answer))
    assert judged(3.0, unknown) == "failed"
