"""Every rule of docs/verify/tolerances.md against float32 itself, operation by operation."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.error_bounds.activations import BOUNDED_ACTIVATIONS
from liaf_ref.oracle.error_bounds.arithmetic import arithmetic_model
from liaf_ref.oracle.error_bounds.arrays import errors, exact_array, rounded_constant, values

F32 = arithmetic_model(np.float32)
Operands = tuple[Array, ...]


def operands(count: int, seed: int, size: int = 4000) -> Operands:
    """Normal numbers of several magnitudes, exact in float32."""
    rng = np.random.default_rng(seed)
    scale = 2.0 ** rng.integers(-6, 4, (count, size))
    return tuple((scale * rng.normal(size=(count, size))).astype(np.float32))


def ratio(f: Callable[..., Any], *ways: Callable[..., Any], at: Operands) -> float:
    """Largest error of float32 over the bound of ``f``, for ``f`` itself and other ways."""
    bounded = f(*(exact_array(x, F32) for x in at))
    truth = f(*(x.astype(np.longdouble) for x in at))
    assert np.abs(values(bounded) - truth).max() <= 1e-14 * np.abs(truth).max()
    bound = errors(bounded)
    return max(
        float((np.abs(way(*at).astype(np.longdouble) - truth) / np.maximum(bound, 1e-45)).max())
        for way in (f, *ways)
    )


OPERATIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "add": (2, lambda x, y: x + y),
    "subtract": (2, lambda x, y: x - y),
    "multiply": (2, lambda x, y: x * y),
    "divide": (2, lambda x, y: x / y),
    "square": (1, lambda x: x * x),
    "negative": (1, lambda x: -x),
    "sqrt": (1, lambda x: np.sqrt(x * x + 1)),
    "exp": (1, np.exp),
    "expm1": (1, np.expm1),
    "log": (1, lambda x: np.log(abs(x))),
    "tanh": (1, np.tanh),
    "cosh": (1, np.cosh),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_within_its_bound_and_the_bound_is_not_wide(name: str) -> None:
    count, f = OPERATIONS[name]
    worst = ratio(f, at=operands(count, 1))
    assert worst <= 1
    assert worst >= (0 if name == "negative" else 1 / 16)


@pytest.mark.parametrize("name", ["add", "multiply", "divide", "exp", "tanh", "log", "sqrt"])
def test_an_operation_on_inexact_operands_is_within_its_bound(name: str) -> None:
    count, f = OPERATIONS[name]

    def inexact(*x: Any) -> Any:
        return f(*(x[i] * x[count] / 32 for i in range(count)))

    assert ratio(inexact, at=operands(count + 1, 2)) <= 1


def test_a_sum_is_within_its_bound_in_every_order() -> None:
    x = operands(5, 3, 500)
    orders = list(itertools.permutations(range(5)))

    def in_order(order: tuple[int, ...]) -> Callable[..., Any]:
        return lambda *x: sum((x[i] for i in order[1:]), start=x[order[0]])

    def paired(*x: Any) -> Any:
        return ((x[0] + x[1]) + (x[2] + x[3])) + x[4]

    assert 1 / 16 <= ratio(in_order(orders[0]), *map(in_order, orders), paired, at=x) <= 1


REWRITINGS: dict[str, tuple[int, list[Callable[..., Any]]]] = {
    "a (b - c)": (3, [lambda a, b, c: a * (b - c), lambda a, b, c: a * b - a * c]),
    "a (b - c) + d": (
        4,
        [
            lambda a, b, c, d: a * (b - c) + d,
            lambda a, b, c, d: (d + a * b) - a * c,
            lambda a, b, c, d: a * b + (d - a * c),
        ],
    ),
    "(1 - z) h + z k": (
        3,
        [lambda z, h, k: (1 - z) * h + z * k, lambda z, h, k: h + z * (k - h)],
    ),
    "(1 + y) (1 - y)": (1, [lambda y: (1 + y) * (1 - y), lambda y: 1 - y * y]),
    "x / y": (2, [lambda x, y: x / y, lambda x, y: x * (1 / y)]),
    "mean": (
        3,
        [
            lambda x, y, z: (x + y + z) / 3,
            lambda x, y, z: x * (x.dtype.type(1) / 3) + y / 3 + z / 3,
        ],
    ),
    "x / sqrt(v)": (
        2,
        [lambda x, v: x / np.sqrt(v * v), lambda x, v: x * (1 / np.sqrt(v * v))],
    ),
}


@pytest.mark.parametrize("name", REWRITINGS)
def test_a_rewriting_is_within_the_bound_of_the_equation(name: str) -> None:
    count, (first, *others) = REWRITINGS[name]
    assert ratio(first, *others, at=operands(count, 4)) <= 1


@pytest.mark.parametrize("name", BOUNDED_ACTIVATIONS)
def test_an_activation_is_within_its_bound(name: str) -> None:
    from liaf_ref.kernels.activation import ACTIVATIONS

    (x,) = operands(1, 5)
    x = np.clip(x, -30, 30)
    pair, truth = BOUNDED_ACTIVATIONS[name], ACTIVATIONS[name]
    for bounded, f in zip(pair, truth, strict=True):
        at = bounded(exact_array(x, F32))
        off = np.abs(f(x).astype(np.longdouble) - f(x.astype(np.longdouble)))
        np.testing.assert_allclose(values(at), f(x.astype(np.float64)), rtol=1e-12, atol=1e-15)
        assert (off <= errors(at)).all()
        assert (errors(at) <= 81 * F32.u * (1 + np.abs(values(at)))).all()


def test_products_with_spikes_and_powers_of_two_cost_nothing() -> None:
    x = exact_array(0.1, F32) * 3.0
    assert errors(x) > 0
    for factor in (1, True, -1, exact_array(1.0, F32)):
        assert errors(x * factor) == errors(x)
    assert errors(x * 0) == 0
    assert errors(x * exact_array(0.0, F32)) == 0
    assert errors(x / 2) == pytest.approx(errors(x) / 2)
    assert errors(x * 0.25) == pytest.approx(errors(x) / 4)


def test_sums_of_whole_numbers_cost_nothing() -> None:
    one, two = exact_array(1.0, F32), exact_array(2.0, F32)
    assert errors(one + two + 3) == 0
    assert errors(exact_array(np.arange(5), F32).sum()) == 0
    assert errors(one + exact_array(0.5, F32)) > 0


def test_a_constant_is_rounded_unless_float32_has_it() -> None:
    assert errors(rounded_constant(0.75, F32)) == 0
    assert errors(rounded_constant(0.1, F32)) == F32.u * 0.1


def test_a_quotient_whose_divisor_may_be_zero_has_no_bound() -> None:
    unsure = exact_array(1.0, F32) * 0.1 - exact_array(np.float32(0.1), F32)
    assert errors(1 / unsure) == math.inf
    assert errors(exact_array(2.0, F32) / 0.0) == math.inf


def test_an_underflow_is_within_the_bound() -> None:
    tiny = exact_array(np.float32(1e-30), F32)
    assert values(tiny * tiny) <= errors(tiny * tiny) <= 2 * F32.eta
    huge = np.float32(3e38)
    inverse = 1 / exact_array(huge, F32)
    assert abs(float(1 / huge) - values(inverse)) <= errors(inverse) <= 4 * F32.eta


def test_the_bound_of_float64_is_that_of_float32_scaled() -> None:
    f64 = arithmetic_model(np.float64)
    narrow, wide = (errors(np.tanh(exact_array(0.3, m) * exact_array(0.7, m))) for m in (f64, F32))
    assert narrow / wide == pytest.approx(2.0**-29, rel=1e-5)
