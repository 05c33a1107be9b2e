"""The table of shapes: its numbers are those of its formulas."""

from typing import Any

import numpy as np
import pytest

from liaf_ref.kernels.surrogate import surrogate
from liaf_ref.oracle import check_smooth_step, check_spike, check_surrogate, identify_surrogate
from liaf_ref.oracle.surrogates import NAMES, SHAPES
from liaf_ref.oracle.surrogates.measure import integrate
from liaf_ref.oracle.surrogates.table import Shape
from liaf_ref.oracle.surrogates.tables import describe

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


def test_the_description_of_a_shape_holds_for_its_defaults() -> None:
    about = describe(SHAPES["piecewise_leaky_relu"])
    assert (about["value_at_0"], about["support"], about["area"]) == (0.5, None, None)
    about = describe(SHAPES["fast_sigmoid"])
    assert (about["value_at_0"], about["support"], about["area"]) == (1.0, None, 1.0)
    assert about["names"]["spikingjelly"] == ["SoftSign(alpha=2)"]
    assert describe(SHAPES["triangle"])["support"] == 1.0


def test_the_slopes_of_the_kernels_are_in_the_table() -> None:
    for entry in NAMES["liaf_ref"]:
        slope = surrogate(entry.name, entry.defaults["mu"]).slope
        report = check_surrogate(slope, entry.shape, **entry.values)
        assert report.ok, report
