"""The rules on arrays are the rules of one number, entry by entry."""

import math
import operator
from collections.abc import Callable
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import pytest

from liaf_ref.oracle.error_bounds.arithmetic import FORMATS, ArithmeticModel, arithmetic_model
from liaf_ref.oracle.error_bounds.arrays import errors, exact_array, pack, values
from liaf_ref.oracle.error_bounds.terms import Terms
from oracle.scalar_number import Number, exact

F32 = arithmetic_model(np.float32)
MODELS = [F32, arithmetic_model(np.float64), *(FORMATS[name] for name in ("float16", "bfloat16"))]
OPERATORS: list[Callable[[Any, Any], Any]] = [operator.add, operator.mul, operator.truediv]


def pool(model: ArithmeticModel) -> list[Number]:
    """Zeros, signs, powers of two, whole numbers, and sums that are open or finished."""
    rng = np.random.default_rng(11)
    given = [exact(v, model) for v in (0.0, 1.0, -1.0, 0.5, -4.0, 3.0, 7.0, 0.3, -1.7, 2.0**-40)]
    x, y, z = given[7], given[8], given[5]
    made = [x * y, x + y, x + y + z, x * (y + z), (x + y + z).finished(), x * x + y * y + z]
    drawn = [exact(float(v), model) for v in rng.normal(size=3)]
    return [*given, *made, *drawn, x + Number(-x.v, x.m, x.c, 1, model)]


def packed(numbers: list[Number], model: ArithmeticModel) -> Any:
    """The same numbers as an array."""
    parts = (np.array([getattr(x, part) for x in numbers], float) for part in ("v", "m", "c", "n"))
    return pack(Terms(*parts), model)


def assert_same(found: Any, expected: list[Number]) -> None:
    """Values, magnitudes, errors and numbers of terms but for the rounding of the bound."""
    flat = found.view(np.ndarray).ravel()
    known = [not math.isinf(x.c) for x in expected]
    np.testing.assert_allclose(errors(found).ravel(), [x.error for x in expected], rtol=1e-12)
    for part in ("v", "m", "n"):
        correct = np.array([getattr(x, part) for x in expected], float)
        np.testing.assert_allclose(flat[part][known], correct[known], rtol=1e-12, err_msg=part)


@pytest.mark.parametrize("f", OPERATORS)
@pytest.mark.parametrize("model", MODELS)
def test_an_operation_is_that_of_one_number(f: Callable[..., Any], model: ArithmeticModel) -> None:
    numbers = pool(model)
    array = packed(numbers, model)
    expected = [f(x, y) for x, y in product(numbers, repeat=2)]
    assert_same(f(array[:, None], array), expected)


@pytest.mark.parametrize("model", MODELS)
def test_a_matrix_product_is_the_sum_of_the_products(model: ArithmeticModel) -> None:
    rng = np.random.default_rng(13)
    numbers = [x if x.n <= 2 else x.finished() for x in pool(model)]
    x, y = rng.integers(len(numbers), size=(3, 5, 6)), rng.integers(len(numbers), size=(6, 4))
    # Of both, a third is 0: an exact zero is no term.
    x[:, :, ::3] = 0
    X, Y = ([numbers[i] for i in a.ravel()] for a in (x, y))
    found = packed(X, model).reshape(x.shape) @ packed(Y, model).reshape(y.shape)
    X_at, Y_at = np.array(X, object).reshape(x.shape), np.array(Y, object).reshape(y.shape)
    expected = []
    for place in product(range(3), range(5), range(4)):
        terms = [a * b for a, b in zip(X_at[place[:2]], Y_at[:, place[2]], strict=True)]
        # Whole numbers may be met in any order, and stay terms of their own beside others.
        first = next((t for t in terms if not t.is_whole), exact(0.0, model))
        rest = [t for t in terms if t is not first]
        expected.append(reduce(operator.add, rest, first))
    assert_same(found, expected)


def test_a_scattered_sum_is_the_sum_of_its_entries() -> None:
    array = packed(pool(F32), F32)
    index = np.arange(len(array)) % 3
    total = np.zeros_like(array[:3])
    np.add.at(total, index, array)
    for i in range(3):
        one = array[index == i].sum()
        assert values(total[i]) == pytest.approx(float(values(one)), rel=1e-15)
        assert errors(total[i]) == pytest.approx(float(errors(one)), rel=1e-12)
    whole = np.zeros_like(array[:1])
    np.add.at(whole, [0, 0, 0], exact_array(np.arange(3), F32))
    assert errors(whole)[0] == 0


def test_factors_in_tf32_are_rounded_unless_they_have_few_bits() -> None:
    tf32 = FORMATS["tf32"]
    few, many = exact_array([[1.5, 0.25]], tf32), exact_array([[1 + 2.0**-12, 0.1]], tf32)
    assert errors(few @ few.T) == errors(exact_array([[1.5, 0.25]], F32) @ few.T)
    rounded = values(many) @ values(many).T
    assert 2 * 2.0**-11 * rounded <= errors(many @ many.T) <= 2.01 * 2.0**-11 * rounded + 4 * F32.u
    # What is not a matrix product is computed in float32.
    assert errors(many * many).max() < 4 * F32.u
