"""The fast convolution: which form runs, what each promises, and how far tiles may round."""

from types import ModuleType

import numpy as np
import pytest

from fast.convolutions import SAME, Case, draw, run
from fast.neurons import EPS, fill_new_arrays_with_nan
from liaf_ref.fast import conv, conv_columns, conv_winograd
from liaf_ref.fast.conv_winograd import FINITE_POINTS, TRANSFORMS
from liaf_ref.kernels import im2col
from liaf_ref.kernels.conv import Params
from liaf_ref.kernels.grid import Grid, same

MODULES = {
    conv_winograd: draw((4, 5, 10, 10, 24), 20),
    conv_columns: draw((2, 3, 6, 5, 2), 7),
    im2col: draw((3, 6, 5, 12), 7, Grid((2, 1), same((3, 3)))),
}
every_form = pytest.mark.parametrize(
    ("form", "case"), MODULES.items(), ids=["tiles", "planes", "rows"]
)


def chosen_module(case: Case) -> ModuleType:
    """The form that runs."""
    return conv.fastest_module(case.X, case.p, case.grid)


@every_form
def test_forms_by_shape(form: ModuleType, case: Case) -> None:
    assert chosen_module(case) is form
    got, direct = run(conv, case), run(form, case)
    for name, array in got.items():
        np.testing.assert_array_equal(array, direct[name])


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


@every_form
@pytest.mark.parametrize("shape", [(), (1,)])
def test_one_bias_for_all(form: ModuleType, case: Case, shape: tuple[int, ...]) -> None:
    one = case._replace(p=case.p._replace(b=np.full(shape, 0.5, np.float32)))
    assert chosen_module(one) is form
    exact, got = run(im2col, one.to_float64()), run(conv, one)
    for part, expected in exact.items():
        assert got[part].shape == expected.shape
        # Some 1000 terms of order 1 in any order; Winograd's tiles of 5 amplify by 225 at most.
        np.testing.assert_allclose(
            got[part], expected, rtol=0, atol=1e-5 * abs(expected).max() + 1e-4
        )


GRIDS = {
    "same": SAME,
    "valid": Grid((1, 1), ((0, 0), (0, 0))),
    "lopsided": Grid((1, 1), ((2, 0), (0, 3))),
    "wide": Grid((1, 1), ((3, 4), (5, 3))),
}
TILED = [(3, 20, 20, 4), (2, 2, 10, 13, 5), (7, 8, 3), (2, 3, 17, 1), (4, 5, 4, 16)]
every_tile = pytest.mark.parametrize("m", conv_winograd.TRANSFORMS)


@pytest.fixture
def fix_tile_size(m: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Tiles of m whatever the size."""
    monkeypatch.setattr(conv_winograd, "tile_size", lambda out: m)
    return m


WORST = {2: 7, 4: 84, 5: 225}  # factor of the rounding of tiles, as the module's text has it


def shares(case: Case, m: int) -> dict[str, float]:
    """The largest error of every output, in parts of its bound: the reference's own, amplified."""
    exact, rounded, got = (
        run(kernel, each)
        for kernel, each in ((im2col, case.to_float64()), (im2col, case), (conv_winograd, case))
    )
    found = {}
    for name, expected in exact.items():
        assert got[name].dtype == np.float32
        assert got[name].shape == expected.shape
        near = max(abs(rounded[name] - expected).max(), EPS / 2 * abs(expected).max())
        found[name] = float(abs(got[name] - expected).max() / (WORST[m] * near))
    return found


def check(case: Case, m: int) -> None:
    """Hold every output to the definition in float64."""
    found = shares(case, m)
    assert max(found.values()) <= 1, found


@every_tile
@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
@pytest.mark.parametrize("shape", TILED)
def test_definition(shape: tuple[int, ...], grid: Grid, fix_tile_size: int) -> None:
    check(draw(shape, 6, grid), fix_tile_size)


@every_tile
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 2), (5, 5), (6, 11)])
def test_borders(
    size: tuple[int, int], fix_tile_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_new_arrays_with_nan(monkeypatch)
    check(draw((3, *size, 2), 3), fix_tile_size)


@every_tile
@pytest.mark.parametrize("name", ["AT", "BT", "GG"])
def test_a_mistake_in_a_transform_is_beyond_the_bound(
    name: str, fix_tile_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any entry that is off by a thousandth, in turn."""
    m, case = fix_tile_size, draw((1, 12, 12, 2), 3, GRIDS["valid"])
    right = TRANSFORMS[m]
    for index in np.argwhere(abs(getattr(right, name)) > 1e-6):
        wrong = getattr(right, name).copy()
        wrong[tuple(index)] *= 1 + 2.0**-10
        monkeypatch.setitem(TRANSFORMS, m, right._replace(**{name: wrong}))
        assert max(shares(case, m).values()) > 1, index


@pytest.mark.parametrize("m", [2])
@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_tiles_of_two_are_exact_in_whole_numbers(grid: Grid, fix_tile_size: int) -> None:
    """Their matrices hold 0, 1, -1, 1/2 and 1/4."""
    case = draw((2, 7, 5, 3), 4, grid)
    X, W, b, dI = (np.round(2 * x) for x in (case.X, *case.p, case.dI))
    whole = Case(X, Params(4 * W, b), 4 * dI, grid)
    exact, got = run(im2col, whole.to_float64()), run(conv_winograd, whole)
    for name, expected in exact.items():
        np.testing.assert_array_equal(got[name], expected, err_msg=name)


@every_tile
def test_chunks_and_blocks(fix_tile_size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However images, outputs and rows are cut, also unevenly, sums are the same but for order."""
    case = draw((7, 9, 6, 20), 40)
    monkeypatch.setattr(conv_winograd, "MIN_TILES", 1)
    monkeypatch.setattr(conv_winograd, "LANES", 3)
    for chunk in (1, 3 * 6000, 10**9):
        for block in (1, 20 * 7, 10**9):
            for piece in (900, 10**9):
                monkeypatch.setattr(conv_winograd, "CHUNK", chunk)
                monkeypatch.setattr(conv_winograd, "BLOCK_SIZE", block)
                monkeypatch.setattr(conv_winograd, "MAX_UNPACKED_PRODUCTS", piece)
                check(case, fix_tile_size)


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
