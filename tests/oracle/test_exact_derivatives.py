"""Tangents of every equation against differences of its values, with 50 digits."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.oracle import exact
from liaf_ref.oracle.exact import conv, dense, functions, loss, norm, pool, readout, recurrent
from liaf_ref.oracle.exact.dual import Dual, constant
from liaf_ref.oracle.exact.functions import ACTIVATIONS
from liaf_ref.oracle.exact.nested import leaves, map_nested
from oracle.exact_cases import Array

H = 2.0**-40  # inputs are multiples of 2^-8, so that a shift by H is exact
# A central difference is off by H^2 / 6 times a third derivative.  The tests' functions have
# none near 1 / H, and a wrong slope is off by more than H.
BOUND = H
ONE = np.array(1.0)


SAME = ((1, 1), (1, 1))


def elementwise(f: Callable[[Any], Any]) -> Callable[..., Any]:
    """A function of one number as one of an array ``x``."""
    return lambda x: map_nested(f, x)


EQUATIONS: dict[str, tuple[Callable[..., Any], dict[str, tuple[int, ...]]]] = {
    **{name: (elementwise(f), {"x": (6,)}) for name, f in ACTIVATIONS.items()},
    "exp": (elementwise(functions.exp), {"x": (6,)}),
    "log": (elementwise(lambda x: functions.log(x * x)), {"x": (6,)}),
    "sqrt": (elementwise(lambda x: functions.sqrt(1 + x * x)), {"x": (6,)}),
    "quotients": (elementwise(lambda x: (2 - x) / (3 + x * x) - 1 / (5 - x)), {"x": (6,)}),
    "gru": (recurrent.gru, {"A": (6,), "h": (2,), "U": (2, 6)}),
    "rnn": (recurrent.rnn, {"A": (2,), "c": (2,), "U": (2, 2)}),
    "lstm": (
        lambda A, h, c, U: list(recurrent.lstm(A, h, c, U)),
        {"A": (8,), "h": (2,), "c": (2,), "U": (2, 8)},
    ),
    "convlstm": (
        lambda X, h, c, W, U, b: list(conv.convlstm(X, h, c, W, U, b)),
        {"X": (2, 2, 1), "h": (2, 2, 1), "c": (2, 2, 1)}
        | {"W": (3, 3, 1, 4), "U": (3, 3, 1, 4), "b": (4,)},
    ),
    "conv2d": (
        lambda X, W, b: conv.conv2d(X, W, b, (2, 2), SAME),
        {"X": (4, 5, 2), "W": (3, 3, 2, 2), "b": (2,)},
    ),
    "conv3d": (
        lambda X, W, b: conv.conv3d(X, W, b, (1, 1), SAME, 1),
        {"X": (3, 2, 2, 1), "W": (3, 3, 3, 1, 2), "b": (2,)},
    ),
    "layer norm": (
        lambda X, g, b: norm.layer_norm(X, g, b, 1e-3),
        {"X": (2, 2, 2), "g": (2, 2, 2), "b": (2,)},
    ),
    "batch norm": (
        lambda X, g, b: norm.batch_norm(X, norm.channel_moments(X), g, b, 1e-3),
        {"X": (2, 3, 2), "g": (2,), "b": (2,)},
    ),
    "dense": (dense.dense, {"x": (3,), "W": (3, 2), "b": (2,)}),
    "mean": (readout.mean, {"Y": (3, 2)}),
    "last": (readout.last, {"Y": (3, 2)}),
    "concat": (lambda X, Z: readout.concat(Z, X), {"X": (2, 3), "Z": (2, 1)}),
    "average": (lambda X: pool.average(X, (2, 2), (2, 2)), {"X": (4, 5, 2)}),
    "maximum": (lambda X: pool.maximum(X, (2, 2), (2, 2)), {"X": (4, 5, 2)}),
    "softmax_ce": (lambda Z: loss.softmax_ce(Z, [2, 0]), {"Z": (2, 3)}),
    "softmax_bce": (lambda Z: loss.softmax_bce(Z, [2, 0]), {"Z": (2, 3)}),
    "sigmoid_bce": (lambda Z: loss.sigmoid_bce(Z, [2, 0]), {"Z": (2, 3)}),
    "mse": (lambda Z: loss.mse(Z, [2, 0]), {"Z": (2, 3)}),
}


@pytest.mark.parametrize("name", EQUATIONS)
def test_derivatives_are_those_of_the_values(name: str) -> None:
    f, sizes = EQUATIONS[name]
    rng = np.random.default_rng(1)
    at = {key: (2 * rng.integers(-250, 250, size) + 1) / 256 for key, size in sizes.items()}
    up = rng.normal(size=exact.differentiate(f, at, ONE)[0].shape)
    _, found = exact.differentiate(f, at, up, mpmath.mpf)
    for key in at:
        expected = differences(f, at, key, up)
        assert np.max(abs(expected)) > 0
        assert np.max(abs(found[key] - expected)) < BOUND * max(1, np.max(abs(expected))), key


def differences(f: Callable[..., Any], at: dict[str, Array], key: str, up: Array) -> Array:
    """Central differences of ``<up, f>`` in every entry of one array."""

    def value(index: tuple[int, ...], shift: float) -> Any:
        moved = at[key].copy()
        moved[index] += shift
        lists = {
            name: map_nested(high_precision_number, a.tolist())
            for name, a in (at | {key: moved}).items()
        }
        return mpmath.fdot((u, y.x) for u, y in zip(up.flat, leaves(f(**lists)), strict=True))

    slopes = np.empty(at[key].shape, object)
    with mpmath.workdps(50):
        for index in np.ndindex(*slopes.shape):
            slopes[index] = (value(index, H) - value(index, -H)) / (2 * H)
    return slopes


def high_precision_number(x: float) -> Dual:
    """A number of many digits without derivatives."""
    return constant(mpmath.mpf(x))


def test_the_gradient_above_has_the_results_shape() -> None:
    message = r"up of differentiate: expected \(2,\), got \(3,\)"
    with pytest.raises(InputError, match=message):
        exact.differentiate(elementwise(functions.exp), {"x": np.zeros(2)}, np.zeros(3))
