"""Surrogates that were released and wrong, and mutants: the check fails each, and says why."""

from collections.abc import Callable, Iterator
from math import floor, log10
from typing import Any

import numpy as np
import pytest
from scipy import special

from liaf_ref.oracle import check_smooth_step, check_spike, check_surrogate
from liaf_ref.oracle.surrogates.check import SurrogateReport
from liaf_ref.oracle.surrogates.measure import integrate
from liaf_ref.oracle.surrogates.table import SHAPES, Shape

Slope = Callable[..., Any]


def diagnosis(report: SurrogateReport) -> str:
    assert not report, report
    assert report.findings
    return "\n".join(report.diagnosis)


def gaussian_from_left_to_right(x: Any, sigma: float) -> Any:
    return np.exp(-(x**2) / 2 * sigma**2) / (np.sqrt(2 * np.pi) * sigma)


def overflowing_sigmoid(x: Any, alpha: float) -> Any:
    e = np.exp(np.float32(-alpha) * x)
    return np.float32(alpha) * e / (1 + e) ** 2


def not_in_the_table(x: Any, alpha: float) -> Any:
    return np.where(abs(x) > 1 / alpha, 0.0, alpha - (alpha * x) ** 2)


# Formulas of releases: braintools 0.1.10 (corrected in 0.2.0, BrainPy pull request 833), a draft of
# SpikingJelly's Triton kernel (pull request 660), Norse 1.1 and snnTorch 1.0.
RELEASED: list[tuple[str, dict[str, Any], Slope, str]] = [
    ("piecewise_quadratic", {"alpha": 1}, not_in_the_table, "the slope is not in the table"),
    ("gaussian", {"sigma": 0.5}, gaussian_from_left_to_right, "gaussian with sigma = 2, scale = 4"),
    ("square_wave", {"n": 2}, lambda x: 0.5 * np.cos(np.pi / 4 * x), "with n = 1, period = 8"),
    ("superspike", {"beta": 10}, lambda x, beta: 1 / (1 + beta * abs(x)), "is nonzero_sign_log"),
    ("superspike", {"beta": 100}, lambda x, beta: 1 / (1 + abs(x)) ** 2, "beta is ignored"),
    ("exponential", {"width": 1}, lambda x: np.exp(-abs(x - 1)), "width = 1, centred at x = 1"),
    ("sigmoid", {"alpha": 25}, overflowing_sigmoid, "the slope is not finite from x = -3.4"),
]


@pytest.mark.parametrize(("shape", "values", "slope", "text"), RELEASED)
def test_a_released_slope_that_is_wrong_is_named(
    shape: str, values: dict[str, Any], slope: Slope, text: str
) -> None:
    assert text in diagnosis(check_surrogate(slope, shape, **values))


def test_a_mistake_that_one_value_hides_is_found_at_others() -> None:
    def at_1(x: Any) -> Any:
        return gaussian_from_left_to_right(x, 1.0)

    assert check_surrogate(at_1, "gaussian", sigma=1)
    assert not check_surrogate(gaussian_from_left_to_right, "gaussian", sigma=1)
    report = check_surrogate(overflowing_sigmoid, "sigmoid", alpha=25)
    assert any("overflow encountered" in finding.message for finding in report.findings)


@pytest.mark.parametrize(
    ("shape", "step", "text"),
    [
        ("erf", lambda x: special.erf(-x) * 0.5, "the derivative of the smooth step has the wrong"),
        (
            "arctan",
            lambda x, alpha: np.arctan2(np.pi / 2 * alpha * x, np.pi) + 0.5,
            "is arctan with alpha = 0.3183, scale = 3.142",
        ),
    ],
)
def test_a_smooth_step_that_is_wrong_is_named(shape: str, step: Slope, text: str) -> None:
    assert text in diagnosis(check_smooth_step(step, shape, alpha=1))


@pytest.mark.parametrize("alpha", [1e3, 1e-4])
def test_points_lie_at_the_scale_of_the_slope(alpha: float) -> None:
    seen = list[float]()

    def slope(x: Any) -> Any:
        seen.extend(x)
        return alpha / 2 / (1 + (np.pi / 2 * alpha * x) ** 2)

    report = check_surrogate(slope, "arctan", dtype="float64", alpha=alpha)
    assert (report.ok, report.points) == (True, len(seen))
    at = np.pi / 2 * alpha * abs(np.array(seen))  # in units of where an arctan falls to half
    assert [sum((k < at) & (at < k + 1)) > 10 for k in range(6)] == [True] * 6
    decades = [(x > 0, floor(log10(abs(x)))) for x in seen if x]
    assert min(decades.count((side, k)) for side in (False, True) for k in range(-6, 3)) > 5
    assert {-1e4, 1e4} < {*seen}


# Mutants: each change, of every shape where it makes a difference.


def mutants(shape: Shape) -> Iterator[tuple[str, Slope]]:
    def right(x: Any) -> Any:
        return shape.slope(x.astype(float))

    def small(x: Any) -> Any:  # in the precision of x
        return 64 * np.finfo(x.dtype).eps

    yield "scale", lambda x: (1 + small(x)) * right(x)
    yield "zero", lambda x: 0 * x  # as SpikingJelly's Triton kernel gave for five surrogates
    yield "nan in the tail", lambda x: np.where(x > 60, np.nan, right(x))
    if shape.name not in {"straight_through", "clipped_reciprocal"}:  # as good as flat
        yield "off centre", lambda x: right(x.astype(float) + small(x))
    if shape.name not in {"straight_through", "log_tailed_relu"}:  # which is 0 there
        yield "one side", lambda x: np.where(x >= 0, right(x), right(x) / 2)
    if shape.width:
        yield "width", lambda x: right((1 + small(x)) * x.astype(float))
        yield "|x| missing", lambda x: right(np.maximum(x, 0))
    if shape.symmetric:
        yield "other shape", lambda x: right(x) * (1 - small(x) * (x > 0.1))


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_mutant_of_a_shape_fails(shape: Shape, monkeypatch: pytest.MonkeyPatch) -> None:
    slopes = list[float]()

    def slope_at(x: Any) -> Any:
        slopes.extend(shape.slope(x))
        return 1.001 * shape.slope(x)

    def step(x: Any) -> Any:
        return 0.5 + (1 + 2048 * np.finfo(x.dtype).eps) * integrate(shape, x.astype(float))

    with monkeypatch.context() as patch:  # without a reason, which takes longer
        patch.setattr("liaf_ref.oracle.surrogates.check.diagnose", lambda *_: ((), None))
        for dtype in ("float32", "float64"):
            for mutant, slope in mutants(shape):
                assert not check_surrogate(slope, shape.name, dtype=dtype), mutant
            assert not check_smooth_step(step, shape.name, dtype=dtype)
        report = check_surrogate(slope_at, shape.name, dtype="float64")
    assert sum(f.wrong for f in report.findings) >= sum(abs(y) > 1e-6 for y in slopes)
    zero = check_surrogate(dict(mutants(shape))["zero"], shape.name)
    assert "the slope is 0 everywhere" in diagnosis(zero)
    for name in shape.own:
        source = f"lambda x, {name}: right(x)"
        ignoring = eval(source, {"right": shape.slope})  # noqa: S307
        report = check_surrogate(ignoring, shape.name)
        assert f"{name} is ignored" in diagnosis(report)


@pytest.mark.parametrize(
    ("shape", "closed"),
    [
        ("window", lambda x: abs(x) <= 0.5),
        ("piecewise_leaky_relu", lambda x: np.where(abs(x) <= 1, 0.5, 0.01)),
        ("leaky_step", lambda x: np.where(x > 0, 1, 0.1)),
        ("log_tailed_relu", lambda x: np.where(x < 0, 0, 1 / np.maximum(x, 1))),
    ],
)
def test_an_edge_on_the_wrong_side_fails_at_that_edge_only(shape: str, closed: Slope) -> None:
    found = diagnosis(check_surrogate(closed, shape))
    assert found == "shape and parameters are right; only the points above differ"


def spike(slope: Slope, fires: Slope = np.greater_equal) -> Callable[..., tuple[Any, Any]]:
    return lambda U, threshold: (fires(U, threshold), slope(U, U.dtype.type(threshold)))


def window(x: Any) -> Any:
    return 1.0 * (abs(x) < 0.5)


@pytest.mark.parametrize(
    ("slope", "text"),
    [
        (lambda U, v: window(U), "the slope is taken at U instead of U - v_th"),
        (lambda U, v: window(U - 1), "the threshold is ignored: the slope is taken at U - 1"),
        (lambda U, v: window((U - v) / v), "the slope is taken at (U - v_th) / v_th"),
        (lambda U, v: window(U - v) / v, "the slope is divided by v_th"),
        (lambda U, v: 1.0 * (abs(U - v) < 0.25), "the slope is window with mu = 0.25"),
    ],
)
def test_a_wrong_use_of_the_threshold_is_named(slope: Slope, text: str) -> None:
    assert text in diagnosis(check_spike(spike(slope), "window"))


def test_a_spike_on_the_wrong_side_of_the_threshold() -> None:
    strict = spike(lambda U, v: window(U - v), np.greater)
    report = check_spike(strict, "window")
    assert diagnosis(report) == "the slope is right, the spikes are not"
    assert check_spike(strict, "window", fires=">")
    assert not check_spike(spike(lambda U, v: window(U - v)), "window", fires=">")
    soft = spike(lambda U, v: window(U - v), lambda U, v: np.clip(U - v + 0.5, 0, 1))
    assert not check_spike(soft, "window")


def test_a_function_that_raises_or_returns_another_shape_fails() -> None:
    def raises(x: Any) -> Any:
        raise ZeroDivisionError("alpha")

    assert "ZeroDivisionError: alpha" in str(check_surrogate(raises, "arctan"))
    assert "expected an array of shape (12,), got ()" in str(check_surrogate(np.sum, "arctan"))
    assert "expected 2 arrays, got 1" in str(check_spike(lambda U, _: (U,), "window"))
