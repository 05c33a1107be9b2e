"""The table of shapes: its numbers, and right formulas that round differently in float32."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from liaf_ref.kernels.surrogate import surrogate
from liaf_ref.oracle import check_smooth_step, check_spike, check_surrogate, identify_surrogate
from liaf_ref.oracle.surrogates import NAMES, SHAPES
from liaf_ref.oracle.surrogates.measure import integrate
from liaf_ref.oracle.surrogates.table import Shape

every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
NOT_DEFAULT = {"mu": 0.375, "alpha": 3.0, "width": 0.75, "sigma": 0.25, "k": 3.0, "beta": 0.5}
NOT_DEFAULT |= {"w": 0.5, "c": 0.25, "leak": 0.5, "n": 3, "period": 4.0, "h": 0.25, "s": 4.0}


def other_values(shape: Shape) -> dict[str, Any]:
    return shape.complete({name: NOT_DEFAULT[name] for name in shape.parameters})


@every_shape
def test_the_area_is_the_integral(shape: Shape) -> None:
    values = other_values(shape)
    area = shape.area(**shape.own(values))
    if np.isfinite(area):
        far = np.array([-1e6, 1e6])
        low, high = integrate(shape, values, far)
        assert high - low == pytest.approx(area, rel=1e-5)


@every_shape
def test_it_is_zero_outside_its_support_and_symmetric_if_it_says_so(shape: Shape) -> None:
    values = other_values(shape)
    x = np.linspace(0, 5, 101)
    right, left = shape.slope(x, values), shape.slope(-x, values)
    assert np.array_equal(right, left) == shape.symmetric
    support = shape.support(values)
    assert not right[x >= support].any()
    assert right[x < support].any()


@every_shape
def test_a_right_program_passes_in_both_precisions(shape: Shape) -> None:
    values = other_values(shape)

    def slope(x: np.ndarray) -> np.ndarray:
        return shape.slope(x, values).astype(x.dtype)

    def spike(U: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        x = U - U.dtype.type(threshold)
        return x >= 0, slope(x)

    def step(x: np.ndarray) -> np.ndarray:
        return (0.5 + integrate(shape, values, x)).astype(x.dtype)

    given = shape.own(values)
    for dtype in ("float32", "float64"):
        assert check_surrogate(slope, shape.name, dtype=dtype, **given)
        assert check_spike(spike, shape.name, dtype=dtype, **given)
        assert check_smooth_step(step, shape.name, dtype=dtype, **given)


@every_shape
def test_a_slope_is_identified(shape: Shape) -> None:
    values = other_values(shape)
    if shape.name in {"log_tailed_relu", "square_wave"}:  # a zero and a whole number are not fitted
        values = shape.complete({})
    found = identify_surrogate(lambda x: shape.slope(x, values))
    assert found is not None
    assert found.exact
    x = np.linspace(-3, 3, 121) + 1e-3
    again = SHAPES[found.shape].slope(x, found.parameters)
    assert np.allclose(again, shape.slope(x, values), atol=2e-3)


def test_the_slopes_of_the_kernels_are_in_the_table() -> None:
    for entry in NAMES["liaf_ref"]:
        slope = surrogate(entry.name, entry.defaults["mu"]).slope
        report = check_surrogate(slope, entry.shape, **entry.values)
        assert report.ok, report


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
