"""Winograd's matrices make the outputs of a kernel of three, whatever the points."""

import numpy as np
import pytest

from liaf_ref.fast import winograd
from liaf_ref.fast.winograd import FINITE_POINTS, TRANSFORMS, apply_transform


@pytest.mark.parametrize("points", [*FINITE_POINTS.values(), (0.0, 1.0, -1.0, 2.0)])
def test_the_transforms_are_a_correlation(points: tuple[float, ...]) -> None:
    AT, BT, GG = winograd.make_transforms(np.array(points))
    m, r = len(points) - 1, len(points) + 1
    assert (AT.shape, BT.shape, GG.shape) == ((m, r), (r, r), (r * r, 9))
    rng = np.random.default_rng(1)
    d, g = rng.normal(size=(r, r)), rng.normal(size=(3, 3))
    V, W = BT.astype(float) @ d @ BT.T, (GG.astype(float) @ g.ravel()).reshape(r, r)
    expected = [[(d[i : i + 3, j : j + 3] * g).sum() for j in range(m)] for i in range(m)]
    # The matrices are rounded to float32, and points up to 2 in powers up to 5 multiply that.
    np.testing.assert_allclose(AT.astype(float) @ (V * W) @ AT.T, expected, rtol=0, atol=1e-4)
    for matrix in (AT, BT, GG):
        assert matrix.dtype == np.float32
        assert not matrix.flags.writeable


@pytest.mark.parametrize("m", FINITE_POINTS)
def test_they_are_made_once_of_the_points(m: int) -> None:
    for saved, made in zip(
        TRANSFORMS[m], winograd.make_transforms(np.array(FINITE_POINTS[m])), strict=True
    ):
        np.testing.assert_array_equal(saved, made)
    assert len(FINITE_POINTS[m]) == m + 1


@pytest.mark.parametrize("n", [1, 7, 20])
def test_long_rows_are_multiplied_in_pieces(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winograd, "MAX_UNPACKED_PRODUCTS", 45)  # pieces of 5 columns
    rng = np.random.default_rng(2)
    matrix, X = rng.integers(-4, 5, (3, 3)) * 1.0, rng.integers(-4, 5, (2, 3, n)) * 1.0
    out = np.full((2, 3, n), np.nan)
    apply_transform(matrix, X, out)
    np.testing.assert_array_equal(out, matrix @ X)
