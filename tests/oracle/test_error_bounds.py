"""Right backends are within the bound, slightly wrong ones are not; a safe case decides alike."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from liaf_ref.kernels import max_pool
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import GoldenCase, check_backend, table
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.error_bounds import ARITHMETICS, bound, spike_safe, tolerances
from liaf_ref.oracle.error_bounds.bounded import bounded_numbers
from liaf_ref.oracle.golden import store
from liaf_ref.oracle.table import PAPER, layers
from liaf_ref.oracle.table.functions import SELU_ALPHA, SELU_SCALE, relu, selu
from liaf_ref.oracle.table.tape import T, as_if, backward, scaled, using, with_slope
from oracle import alternative_backends, rounding_backends
from oracle.golden_sets import IMAGE_OPS, inexact_cases, later_cases
from oracle.kernel_backend import run

Answer = dict[str, Array]
BACKENDS: dict[str, Mapping[str, Callable[[Case], Answer]]] = {
    "nodes": {**alternative_backends.NODES, **rounding_backends.BACKENDS},
    "images": alternative_backends.ON_IMAGES,
}
EACH = [(cases, name) for cases, backends in BACKENDS.items() for name in backends]
EVERY = 5  # of the cases in float64


@cache
def known(cases: str, dtype: str) -> list[tuple[Case, Answer, Answer]]:
    """Stored cases on images or not, with their answers and tolerances."""
    found = list[tuple[Case, Answer, Answer]]()
    for golden in inexact_cases():
        case, ops = golden.case, {node.op for node in golden.case.nodes}
        if ("images" if IMAGE_OPS & ops else "nodes") == cases:
            found.append((case, dict(golden.expected), dict(golden.tolerance[dtype])))
    return found


@cache
def neurons() -> list[Case]:
    """Small networks of neurons whose numbers are of float16."""
    drawn = (golden.case for golden in later_cases(100, seed=43, ops=["neuron", "dense"])[::3])
    small = [c for c in drawn if all(abs(a).max(initial=0) < 99 for a in run(c).values())]
    return [case.astype(np.float16).astype(np.float64) for case in small]


def worst(answer: Mapping[str, Any], truth: Answer, tolerance: Answer) -> float:
    """The largest error over tolerance; infinite where the tolerance is zero."""
    found = []
    for name, a in truth.items():
        off = np.abs(np.asarray(answer[name], np.longdouble) - np.asarray(a, np.longdouble))
        assert off.shape == tolerance[name].shape
        assert np.isfinite(tolerance[name]).all(), name
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(float(np.where(off > 0, off / tolerance[name], 0).max(initial=0)))
    return max(found)


@pytest.mark.parametrize(("cases", "name"), EACH)
def test_a_right_backend_is_within_the_bound(cases: str, name: str) -> None:
    backend, first = BACKENDS[cases][name], [*BACKENDS[cases]].index(name) % 2
    for case, truth, tolerance in known(cases, "float32")[first::2]:
        if case.level == "L4" and name == "otherwise":
            continue  # its loss has no shift, and training may leave the range of that form
        assert worst(backend(case.astype(np.float32)), truth, tolerance) <= 1, case.name
    for case, truth, tolerance in known(cases, "float64")[::EVERY]:
        if case.level != "L4":
            assert worst(backend(case), truth, tolerance) <= 1, case.name


def test_the_bound_is_not_wide() -> None:
    """A median over all gradients of 2^-12 would let a relative error of 2e-4 pass."""
    shares = [
        np.median(tolerance[name]) / np.abs(a).max()
        for _, truth, tolerance in known("nodes", "float32")
        for name, a in truth.items()
        if name.startswith("grad/") and np.abs(a).max() > 0
    ]
    assert len(shares) > 500
    assert np.median(shares) < 2.0**-12


def off(part: str, share: float) -> dict[str, Any]:
    """What goes back through the first result of a part is off by a relative share."""

    def changed(*given: Any) -> Any:
        found = PAPER[part](*given)
        if isinstance(found, dict):
            return {name: scaled(each, 1 + share) for name, each in found.items()}
        first, *more = found if isinstance(found, tuple) else (found,)
        return (scaled(first, 1 + share), *more) if more else scaled(first, 1 + share)

    return {part: changed}


def convlstm(A: T, states: Any, U: T, z: Any) -> Any:
    return layers.gated(A + scaled(layers.same(z, states["h"], U), 1 + 1e-3), states["c"])


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "SELU's alpha cut to four digits": (
        "nodes",
        {"act:selu": lambda x, positive: (y := selu(x, positive)) - 2.2e-5 * relu(-y)},
    ),
    "alpha off by 1e-5 in the backward pass": (
        "nodes",
        {"V": lambda z: as_if(PAPER["V"](z), (1 + 1e-5) * z.alpha * z.R + z.beta)},
    ),
    "gradient of the loss off by 1e-4": ("nodes", off("softmax_ce", 1e-4)),
    "gates' tanh by 1 / cosh of the wrong sign": (
        "nodes",
        {"act:tanh": lambda x, positive: with_slope(x, np.tanh(x.v), 1 - np.tanh(x.v))},
    ),
    "a convolution's gradient off by 1e-5": ("images", off("convolve", 1e-5)),
    "ConvLSTM's convolution off by 1e-3": ("images", {"cell:convlstm": convlstm}),
    "eps off by a hundredth": (
        "images",
        {"normalize": lambda X, axes, eps: layers.normalize(X, axes, eps * 1.01)},
    ),
    "a norm's gradient off by 1e-4": ("images", off("normalize", 1e-4)),
    "the binary loss's gradient off by 1e-4": ("images", off("softmax_bce", 1e-4)),
}


@pytest.mark.parametrize(("dtype", "least"), [("float32", 1), ("float64", 1e4)])
@pytest.mark.parametrize("name", WRONG)
def test_a_slightly_wrong_backend_is_beyond_the_bound(name: str, dtype: str, least: float) -> None:
    cases, changed = WRONG[name]
    assert any(
        worst(table.run(case.astype(dtype), text={**PAPER, **changed}), truth, tolerance) > least
        for case, truth, tolerance in known(cases, dtype)
        if cases == "nodes" or case.level == "L0"
    )


def test_a_gradient_that_is_zero_by_the_equations_has_no_tolerance() -> None:
    """NTR without a window: the threshold decides and is not differentiated."""
    case = single_step_case(1.4, mode="NTR", reset="detached")
    assert (tolerances(case, np.float32)["grad/par/n.v_th"] == 0).all()


LOSSES = ("softmax_ce", "softmax_bce", "sigmoid_bce")
LOGITS = (16.0, 17.0, 37.0, 40.0, 60.0, 81.0, 90.0, 200.0, 400.0, 745.0, 800.0, 1e30)


def confident(op: str, z: float, y: int) -> Case:
    """A loss alone, of logits z and 0."""
    arrays = {"in/Z": np.array([[float(np.float32(z)), 0.0]]), "in/y": np.array([y])}
    return Case("confident", "L2", (Node("l", op, ("in/Z",), {}),), arrays)


@pytest.mark.parametrize(("dtype", "allowed"), [("float32", 1e-3), ("float64", 1e-11)])
@pytest.mark.parametrize("op", LOSSES)
def test_a_confident_case_has_a_bound(op: str, dtype: str, allowed: float) -> None:
    """Though a probability rounds to 0 or 1, no entry of a wrong answer is without a bound."""
    for z in LOGITS:
        for y in (0, 1):
            case = confident(op, z, y)
            found, answer = tolerances(case, dtype), run(case)
            assert {n: a.shape for n, a in found.items()} == {n: a.shape for n, a in answer.items()}
            assert not any(np.isnan(a).any() for a in found.values())
            assert spike_safe(case, dtype)  # it decides nothing
            if y == 1 and 60 <= z <= 800:
                assert all(a.max() < allowed for a in found.values())


def stable(op: str, Z: Array, y: int) -> Any:
    """By the largest logit, or the softplus."""
    if op == "sigmoid_bce":
        softplus = np.maximum(Z, 0) + np.log1p(np.exp(-abs(Z)))
        return (softplus - (np.arange(len(Z)) == y) * Z).sum() / Z.dtype.type(len(Z))
    return np.logaddexp.reduce(Z) - Z[y]  # of two classes each loss of the softmax is the same


@pytest.mark.parametrize("op", LOSSES)
def test_float32_by_other_functions_is_within_the_bound(op: str) -> None:
    for z in np.arange(4, 208) / 2:
        for y in (0, 1):
            case = confident(op, float(z), y)
            off = abs(stable(op, np.array([z, 0], np.float32), y) - run(case)["exp/l.loss"])
            assert off <= tolerances(case, "float32")["exp/l.loss"], (z, y)


def test_an_infinite_tolerance_allows_finite_numbers_and_no_others() -> None:
    case = confident("softmax_bce", 40.0, 1)
    answer = run(case)

    def judged(value: float, tolerance: float) -> str:
        allowed = {name: np.full(np.shape(a), tolerance) for name, a in answer.items()}
        golden = GoldenCase(case, answer, {"float32": allowed}, frozenset(answer))
        given = {name: np.full(a.shape, value, np.float32) for name, a in answer.items()}
        return check_backend(lambda _: given, cases=[golden]).verdicts[0].status

    assert judged(3.0, math.inf) == "passed"
    assert {judged(x, math.inf) for x in (math.nan, math.inf, -math.inf)} == {"failed"}
    assert judged(3.0, math.nan) == "failed"


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
    tie = single_step_case(decision)  # which nothing rounds
    assert not bound(tie, np.float32).unsafe["n"].any()
    assert not any(a.any() for a in tolerances(tie, np.float32).values())


def test_a_bound_says_which_output_is_unsafe() -> None:
    """Near the threshold, near an edge, and between them; two samples of two steps."""
    near = neighbor_float(1.0, 1), neighbor_float(1.25, 1)
    U = np.array([[near[0], 0.5], [near[1], 2.0]]).reshape(2, 2, 1)
    two = {"in/n.V0": np.zeros((2, 1)), "up/n.Y": np.ones((2, 2, 1)), "par/n.alpha": np.zeros(1)}
    case = single_step_case(1.0).with_arrays({"in/X": U, **two})
    found = bound(case, np.float32)
    assert found.unsafe["n"].tolist() == [[[True], [False]], [[True], [False]]]
    repaired = case.with_arrays({"in/X": np.where(found.unsafe["n"], 1.5, U)})
    assert not bound(repaired, np.float32).unsafe["n"].any()


def test_a_case_is_safe_if_no_output_is_unsafe_and_then_it_decides_alike() -> None:
    """float16 is coarse enough for unsafe cases to differ."""
    flips = {True: 0, False: 0}
    for case in (*neurons(), single_step_case(neighbor_float(1.0, -1))):
        found, answer, short = bound(case, np.float16), run(case), run(case.astype(np.float16))
        is_safe = spike_safe(case, np.float16)
        flips[is_safe] += any((short[n] != a).any() for n, a in answer.items() if n[-2:] == ".F")
        assert is_safe == (not any(a.any() for a in found.unsafe.values()))
        for name, expected in found.answer.items():
            np.testing.assert_allclose(expected, answer[name], rtol=1e-9, atol=1e-12)
        assert all(a.shape == answer[f"exp/{n}.Y"].shape for n, a in found.unsafe.items())
    assert flips[True] == 0
    assert flips[False] > 0


def pool_case(X: Array, source: str = "in/X", *nodes: Node, **arrays: Array) -> Case:
    """Maximum pooling of two numbers."""
    pool = Node("p", "max_pool", (source,), {"size": [1, 2], "stride": [1, 2]})
    given = {"in/X": X, "up/p.Y": np.ones((1, 1, 1, 1, 1)), **arrays}
    return Case("pooled", "L1", (*nodes, pool), given)


@pytest.mark.parametrize(("apart", "safe"), [(2.0**-30, False), (2.0**-15, True)])
def test_a_maximum_that_rounding_decides_is_not_safe(apart: float, safe: bool) -> None:
    X = np.array([1.0, 0.3, 1.0 + apart, 0.3]).reshape(1, 1, 1, 2, 2)
    dense = Node("d", "dense", ("in/X",), {"units": 1, "bias": False})  # so that float32 may round
    case = pool_case(X, "d", dense, **{"par/d.W": np.ones((2, 1))})
    assert spike_safe(case, np.float32) is safe


def test_equal_maxima_that_nothing_rounds_are_safe() -> None:
    case = pool_case(X := np.ones((1, 1, 1, 2, 1)))
    assert not bound(case, np.float32).unsafe["p"].any()
    first, _ = max_pool.forward(X, (1, 2), (1, 2))
    assert run(case)["grad/in/X"].ravel().tolist() == [first.item(), 0.0]


def test_the_slope_of_selu_may_come_from_its_value() -> None:
    """As ``expm1(x) + 1``, of which far below 0 few digits are left."""
    numbers = bounded_numbers(ARITHMETICS["float32"])
    with using(numbers):
        x = T(numbers.make(np.array([-20.0])))
        backward([(selu(x), numbers.make(np.ones(1)))])
    slope = np.float32(SELU_SCALE * SELU_ALPHA) * (np.expm1(np.float32(-20)) + np.float32(1))
    assert abs(slope - x.g.v) <= x.g.e


def test_a_norm_may_scale_before_it_subtracts() -> None:
    """As ``X a - m a``, which rounds where ``X - m`` does not."""
    numbers = bounded_numbers(ARITHMETICS["float32"])
    X = np.array([[1024.0, 1025, 1026, 1029]])
    with using(numbers):
        Y = layers.normalize(T(numbers.make(X)), (1,), 1e-5)[0].v
    a = np.float32(1 / np.sqrt(X.var() + 1e-5))
    other = np.float32(X) * a - np.float32(X.mean()) * a
    assert (abs(other - Y.v) <= Y.e).all()


def test_sums_that_cancel_are_bounded_in_any_order() -> None:
    x = bounded_numbers(ARITHMETICS["float32"]).make(np.array([2.0**24, 1.0, -(2.0**24)]))
    lost = np.float32(x.v[0]) + np.float32(x.v[1]) + np.float32(x.v[2]) - x.v.sum()
    for total in (x.sum(), x[:1].joined(x[1:2]).joined(x[2:])):
        assert 1 == abs(lost) <= total.e


def test_whatever_may_be_flushed_to_zero_has_no_known_digits() -> None:
    x = bounded_numbers(ARITHMETICS["float32"]).make(2.0**-120 * np.ones((1, 1)))
    small, other = 2.0**-20, x * (2.0**-20 - 1)
    for y in (x / 2.0**20, x * small, x @ (0 * x + small), x + other, x.joined(other)):
        assert 0 < abs(y.v) <= y.e
        assert y.e == (-y.reshape(1)).e  # it is flushed once


@pytest.mark.parametrize("name", BACKENDS["nodes"])
def test_a_right_backend_passes_drawn_cases(name: str) -> None:
    for golden in store.published_cases()[-500::9]:
        if not IMAGE_OPS & {node.op for node in golden.case.nodes}:
            for dtype in ("float32", "float64"):
                answer = BACKENDS["nodes"][name](golden.case.astype(dtype))
                assert worst(answer, dict(golden.expected), dict(golden.tolerance[dtype])) <= 1
