"""Formulas that are equal, but round differently in float32: all of them pass."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from liaf_ref.oracle import check_smooth_step, check_surrogate

F = np.float32
PI = F(np.pi)


def logistic(z: Any) -> Any:
    return F(1) / (F(1) + np.exp(-np.clip(z, F(-80), F(80))))


def s_one_minus_s(x: Any, alpha: float) -> Any:
    s = logistic(F(alpha) * x)
    return F(alpha) * s * (F(1) - s)


def exp_over_square(x: Any, alpha: float) -> Any:
    e = np.exp(-abs(F(alpha) * x))
    return F(alpha) * e / (F(1) + e) ** 2


RIGHT: dict[str, tuple[str, Callable[..., Any]]] = {
    "sigmoid, s (1 - s)": ("sigmoid", s_one_minus_s),
    "sigmoid, exp": ("sigmoid", exp_over_square),
    "sigmoid, sech": (
        "sigmoid", lambda x, alpha: F(alpha / 4) * (1 - np.tanh(F(alpha / 2) * x) ** 2),
    ),
    "tanh, 1 - tanh^2": ("tanh", lambda x, k: 1 - np.tanh(F(k) * x) ** 2),
    "arctan, pi / 2 first": (
        "arctan", lambda x, alpha: F(alpha) / 2 / (1 + (PI / 2 * F(alpha) * x) ** 2),
    ),
    "arctan, multiplied out": (
        "arctan", lambda x, alpha: 2 * F(alpha) / (4 + (PI * x * F(alpha)) ** 2),
    ),
    "soft sign, divided": (
        "fast_sigmoid", lambda x, alpha: 1 / (F(2 * alpha) * (F(1 / alpha) + abs(x)) ** 2),
    ),
    "piecewise quadratic": (
        "piecewise_quadratic",
        lambda x, alpha: np.maximum(F(0), F(alpha) - F(alpha**2) * abs(x)),
    ),
    "triangle, the factor last": (
        "triangle", lambda x, width: np.maximum(F(0), F(width) - abs(x)) / F(width),
    ),
    "window, squared": ("window", lambda x, mu: (x / F(mu) > -1) & (x / F(mu) < 1)),
    "gaussian, power of e": (
        "gaussian",
        lambda x, sigma: np.exp(-(x * x) / F(2 * sigma**2)) / F(sigma * np.sqrt(2 * np.pi)),
    ),
    "exponential": ("exponential", lambda x, width: np.exp(-abs(x) / F(width))),
    "SuperSpike, multiplied out": (
        "superspike", lambda x, beta: 1 / (1 + F(beta) * abs(x) * (2 + F(beta) * abs(x))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_form_in_float32_passes(name: str) -> None:
    shape, slope = RIGHT[name]
    report = check_surrogate(slope, shape)
    assert report.ok, report
    assert not report.untested


@pytest.mark.parametrize("rng", range(4))
@pytest.mark.parametrize("alpha", [0.3, 1.7, 10.0])
def test_parameters_that_are_no_floats_pass_too(alpha: float, rng: int) -> None:
    assert check_surrogate(s_one_minus_s, "sigmoid", alpha=alpha, rng=rng)
    assert check_surrogate(
        lambda x, alpha: F(alpha) * (abs(x) < F(0.5 / alpha)), "rectangle", alpha=alpha, rng=rng
    )
    assert check_surrogate(
        lambda x, alpha: F(alpha) * (F(2 * alpha) * abs(x) < 1), "rectangle", alpha=alpha, rng=rng
    )


def test_right_smooth_steps_pass() -> None:
    assert check_smooth_step(lambda x, alpha: logistic(F(alpha) * x), "sigmoid")
    assert check_smooth_step(lambda x, alpha: special.erfc(-F(alpha) * x) / 2, "erf")
    assert check_smooth_step(lambda x, alpha: 0.5 + np.arctan(PI / 2 * F(alpha) * x) / PI, "arctan")
    assert check_smooth_step(lambda x, beta: x / (1 + F(beta) * abs(x)), "superspike")
