"""Logits so far apart that a probability is 0 or 1 have a finite bound."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from liaf_ref.kernels.array import Array
from liaf_ref.oracle import GoldenCase, check_backend
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.error_bounds import spike_safe, tolerances
from liaf_ref.oracle.reference import run

OPS = ("softmax_ce", "softmax_bce", "sigmoid_bce")
LOGITS = (16.0, 17.0, 37.0, 40.0, 81.0, 90.0, 200.0, 400.0, 800.0, 1e30)


def loss(op: str, z: float, y: int) -> Case:
    """A loss alone, of logits z and 0."""
    arrays = {"in/Z": np.array([[float(np.float32(z)), 0.0]]), "in/y": np.array([y])}
    return Case("confident", "L2", (Node("l", op, ("in/Z",), {}),), arrays)


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
def test_a_confident_wrong_answer_is_checked(op: str) -> None:
    """Though a probability rounds to 0 or 1, no entry is without a bound."""
    for z in (60.0, 90.0, 745.0, 800.0):
        for dtype, allowed in (("float32", 1e-3), ("float64", 1e-11)):
            assert all(a.max() < allowed for a in tolerances(loss(op, z, 1), dtype).values())


def stable(op: str, Z: Array, y: int) -> Any:
    """By the largest logit, or the softplus."""
    hot = np.arange(len(Z)) == y
    if op == "sigmoid_bce":
        softplus = np.maximum(Z, 0) + np.log1p(np.exp(-abs(Z)))
        return (softplus - hot * Z).sum() / Z.dtype.type(len(Z))
    total = np.logaddexp.reduce(Z)
    return total - Z[y]  # of two classes each loss of the softmax is the same


@pytest.mark.parametrize("op", OPS)
def test_float32_by_other_functions_is_within_the_bound(op: str) -> None:
    for z in np.arange(4, 208) / 2:
        for y in (0, 1):
            case = loss(op, float(z), y)
            allowed = tolerances(case, "float32")["exp/l.loss"]
            actual = stable(op, np.array([z, 0], np.float32), y)
            assert abs(float(actual) - run(case)["exp/l.loss"]) <= allowed, (z, y)


def test_an_infinite_tolerance_allows_finite_numbers_and_no_others() -> None:
    case = loss("softmax_bce", 40.0, 1)
    answer = run(case)
    bound = {name: np.full(np.shape(a), np.inf) for name, a in answer.items()}
    golden = GoldenCase(case, answer, {"float32": bound}, frozenset(answer))

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
