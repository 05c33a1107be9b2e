"""The slopes beside Eq. (13): as high and of the same area as the window, each of its shape."""

from itertools import pairwise

import numpy as np
import pytest

from liaf_ref.kernels.spike import paper, step
from liaf_ref.kernels.surrogate import SHAPES, surrogate

MU = (0.5, 0.2)
SMOOTH = [shape for shape in SHAPES if shape != "window"]


def test_the_window_is_the_papers() -> None:
    assert surrogate("window", 0.3) == paper(0.3)


@pytest.mark.parametrize("mu", MU)
@pytest.mark.parametrize("shape", SMOOTH)
def test_height_area_and_symmetry(shape: str, mu: float) -> None:
    pair = surrogate(shape, mu)
    x = np.linspace(-4000 * mu, 4000 * mu, 400_001)
    slope = pair.slope(x)
    assert pair.value is step
    assert slope.max() == slope[len(x) // 2] == 1
    np.testing.assert_allclose(slope, slope[::-1], rtol=1e-9, atol=1e-12)
    # What arctan has outside of 4,000 mu is 1 / 10,000 of its area.
    np.testing.assert_allclose(np.trapezoid(slope, x), 2 * mu, rtol=1e-3)


def test_each_has_its_own_width_at_half_height() -> None:
    """Worked out by hand from the table: x where the slope is 1 / 2."""
    mu = 0.5
    half = {
        "triangle": mu,
        "gaussian": mu * np.sqrt(4 * np.log(2) / np.pi),
        "sigmoid": mu * np.arctanh(np.sqrt(0.5)),
        "arctan": 2 * mu / np.pi,
    }
    for shape, x in half.items():
        at = surrogate(shape, mu).slope(np.array([-x, x]))
        np.testing.assert_allclose(at, 0.5, rtol=1e-12, err_msg=shape)


@pytest.mark.parametrize("shape", SMOOTH)
def test_a_slope_keeps_the_dtype_and_falls_from_the_threshold(shape: str) -> None:
    for dtype in (np.float32, np.float64, np.longdouble, np.complex128):
        slope = surrogate(shape, 0.5).slope(np.array([0.0, 0.3, 0.9, 5.0], dtype))
        assert slope.dtype == dtype
        assert all(a > b or a == b == 0 for a, b in pairwise(slope.real))
