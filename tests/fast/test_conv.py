"""The fast convolution: which form runs, and what Winograd's transforms are."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fast import cases
from fast.cases import GRIDS, SAME, STRIDED, WORST
from liaf_ref.fast import conv, conv_columns, conv_winograd
from liaf_ref.fast.conv_winograd import FINITE_POINTS, TRANSFORMS
from liaf_ref.kernels import im2col
from liaf_ref.kernels.conv import Params


@pytest.mark.parametrize("bias", [None, (), (1,)])
@pytest.mark.parametrize("form", ["tiles", "planes", "rows"])
def test_forms_by_shape(form: str, bias: tuple[int, ...] | None) -> None:
    modules: dict[str, ModuleType] = {"tiles": conv_winograd, "planes": conv_columns}
    module = modules.get(form, im2col)
    sizes: dict[str, Any] = {"tiles": ((4, 5, 10, 10, 24), 20), "planes": ((2, 3, 6, 5, 2), 7)}
    shape, L = sizes.get(form, ((3, 6, 5, 12), 7))
    grid = STRIDED if form == "rows" else SAME
    twin = cases.conv(shape, L, grid, bias)
    X, *p = twin.inputs
    assert conv.fastest_module(X, Params(*p), grid) is module
    for got, direct in zip(twin.run(conv), twin.run(module), strict=True):
        np.testing.assert_array_equal(got, direct)


@pytest.mark.parametrize(
    ("shape", "L", "form"),
    [
        ((20, 20, 20, 32), 64, conv_winograd),
        ((10, 8, 8, 256), 512, conv_winograd),
        ((1, 8, 8, 256), 512, im2col),  # too few tiles to pay for the weights
        ((100, 2, 2, 256), 256, conv_winograd),
        ((8, 8, 8, 16), 256, im2col),  # too few numbers in for what is transformed behind
        ((4, 10, 10, 16), 128, im2col),
        ((4, 4, 4, 16), 12, conv_winograd),  # by 3 in 100, with 36 points for the weights
        ((5, 4, 4, 16), 16, im2col),  # equal, and rows round less
        ((10, 8, 8, 32), 256, conv_winograd),
        ((16, 10, 10, 32), 128, conv_winograd),
        ((100, 1, 1, 64), 64, im2col),  # a tile of 16 points for 9 products
        ((20, 20, 20, 9), 64, conv_winograd),
        ((20, 20, 20, 8), 64, conv_columns),
    ],
)
def test_forms_by_time(shape: tuple[int, ...], L: int, form: ModuleType) -> None:
    X, W = np.empty(shape, np.float32), np.empty((3, 3, shape[-1], L), np.float32)
    assert conv.fastest_module(X, Params(W, np.zeros(L, np.float32)), SAME) is form


@pytest.mark.parametrize("m", WORST)
@pytest.mark.parametrize("name", ["AT", "BT", "GG"])
def test_a_mistake_in_a_transform_is_beyond_the_bound(
    name: str, m: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any entry that is off by a thousandth, in turn."""
    twin, right = cases.tiles(m, (1, 12, 12, 2), 3, GRIDS["valid"]), TRANSFORMS[m]
    cases.apply(twin.cuts[0], monkeypatch)
    known = twin.references()
    for index in np.argwhere(abs(getattr(right, name)) > 1e-6):
        wrong = getattr(right, name).copy()
        wrong[tuple(index)] *= 1 + 2.0**-10
        monkeypatch.setitem(TRANSFORMS, m, right._replace(**{name: wrong}))
        assert twin.excess(known) > 1, index


FEWEST = {2: [(1, 1), (2, 2), (2, 8), (6, 6)], 4: [(3, 3), (8, 8), (32, 32)]}
FEWEST |= {5: [(5, 5), (6, 10), (10, 10), (20, 20)]}


@pytest.mark.parametrize(("m", "out"), [(m, out) for m, sizes in FEWEST.items() for out in sizes])
def test_tiles_take_the_fewest_points(m: int, out: tuple[int, int]) -> None:
    assert conv_winograd.tile_size(out) == m


@pytest.mark.parametrize("points", [*FINITE_POINTS.values(), (0.0, 1.0, -1.0, 2.0)])
def test_the_transforms_are_a_correlation(points: tuple[float, ...]) -> None:
    AT, BT, GG = conv_winograd.make_transforms(np.array(points))
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
