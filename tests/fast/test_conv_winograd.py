"""Winograd's tiles compute the convolution: to the bit where they can, else within a bound."""

from typing import Any

import numpy as np
import pytest

from fast.convolutions import SAME, Case, bounds, draw, run
from fast.neurons import fill_new_arrays_with_nan
from liaf_ref.fast import conv_winograd, winograd
from liaf_ref.fast.winograd import FINITE_POINTS, TRANSFORMS, apply_transform
from liaf_ref.kernels import im2col
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params
from liaf_ref.kernels.grid import Grid

GRIDS = {
    "same": SAME,
    "valid": Grid((1, 1), ((0, 0), (0, 0))),
    "lopsided": Grid((1, 1), ((2, 0), (0, 3))),
    "wide": Grid((1, 1), ((3, 4), (5, 3))),
}
SHAPES = [(3, 20, 20, 4), (2, 2, 10, 13, 5), (7, 8, 3), (2, 3, 17, 1), (4, 5, 4, 16)]
every_tile = pytest.mark.parametrize("m", winograd.TRANSFORMS)


@pytest.fixture
def fix_tile_size(m: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Tiles of m whatever the size."""
    monkeypatch.setattr(conv_winograd, "tile_size", lambda out: m)
    return m


def check(case: Case, m: int) -> None:
    """Hold every output to the definition in float64."""
    exact, got, bound = run(im2col, case.to_float64()), run(conv_winograd, case), bounds(case, m)
    for name, expected in exact.items():
        assert got[name].dtype == np.float32
        assert got[name].shape == expected.shape
        assert (abs(got[name] - expected) <= bound[name.removesuffix(" alone")]).all(), name


@every_tile
@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
@pytest.mark.parametrize("shape", SHAPES)
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
def test_the_transforms_are_winograds(m: int) -> None:
    """On one axis, with the kernel's matrix taken from that of both: m outputs of 3 weights."""
    AT, BT, GG = winograd.TRANSFORMS[m]
    G = GG.reshape(m + 2, m + 2, 3, 3)[-1, :, -1]  # at infinity G is (0, 0, 1)
    rng = np.random.default_rng(4)
    d, g = rng.normal(size=m + 2), rng.normal(size=3)
    expected = [d[i : i + 3] @ g for i in range(m)]
    # The matrices are float32's, their entries below 10, and sums of at most 49 products.
    np.testing.assert_allclose(AT @ ((G @ g) * (BT @ d)), expected, rtol=0, atol=49 * 10 * 2**-24)
    for matrix in (AT, BT, GG):
        assert matrix.dtype == np.float32
        assert not matrix.flags.writeable


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
                monkeypatch.setattr(winograd, "MAX_UNPACKED_PRODUCTS", piece)
                check(case, fix_tile_size)


def test_chunks_are_nearly_equal_and_whole_images(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Recorded(winograd.WinogradTiles):
        def __init__(self, frame: Any, n: int, b: Any) -> None:
            made.append(n)
            super().__init__(frame, n, b)

    monkeypatch.setattr(conv_winograd, "WinogradTiles", Recorded)
    case = draw((7, 8, 8, 4), 4)  # 4 tiles of 36 points an image
    for chunk, minimum, expected in (
        (3 * 4 * 36 * 12, 1, [3, 1]),
        (1, 1, [1]),
        (1, 8, [2, 1]),
        (1, 9, [3, 1]),
        (10**9, 1, [7]),
    ):
        made.clear()
        monkeypatch.setattr(conv_winograd, "CHUNK", chunk)
        monkeypatch.setattr(conv_winograd, "MIN_TILES", minimum)
        conv_winograd.forward(case.X, case.p, case.grid)
        assert made == expected


def test_weights_are_cut_into_blocks_of_whole_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    W = np.random.default_rng(5).normal(size=(3, 3, 5, 40)).astype(np.float32)
    cuts = {5 * 48: [40], 5 * 48 - 1: [32, 8], 5 * 16: [16, 16, 8], 1: [16, 16, 8]}
    for block, widths in cuts.items():
        monkeypatch.setattr(conv_winograd, "BLOCK_SIZE", block)
        blocks = conv_winograd.TransformedWeights(W, 4)
        for _ in range(2):
            assert [U.shape for _, U in blocks] == [(36, 5, width) for width in widths]


@pytest.mark.parametrize(("block", "times"), [(5 * 48, 1), (5 * 16, 6)])
def test_weights_of_one_block_are_transformed_once(
    block: int, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In two walks; of three blocks, each is transformed each time that it is come to."""
    shapes = []

    def recorded(matrix: Array, X: Array, out: Array) -> None:
        shapes.append(X.shape)
        winograd.apply_transform(matrix, X, out)

    monkeypatch.setattr(conv_winograd, "BLOCK_SIZE", block)
    monkeypatch.setattr(conv_winograd, "apply_transform", recorded)
    walked = conv_winograd.TransformedWeights(np.ones((3, 3, 5, 40), np.float32), 4)
    for _ in range(2):
        assert sum(U.shape[-1] for _, U in walked) == 40
    assert len(shapes) == times


@every_tile
def test_all_that_tiles_hold_is_float32(m: int) -> None:
    """One operand in float64 would have the products of all others made in float64."""
    frame = winograd.TileGeometry(m, (7, 8), (7, 8), (1, 1), 2, 3)
    held = vars(winograd.WinogradTiles(frame, 2, np.ones(3, np.float32)))
    arrays = {name: x for name, x in held.items() if isinstance(x, np.ndarray)}
    assert {"AT", "ATb", "A", "BT", "B", "V", "M", "ones"} < arrays.keys()
    assert {name for name, x in arrays.items() if x.dtype != np.float32} == set()


FEWEST = {2: [(1, 1), (2, 2), (2, 8), (6, 6)], 4: [(3, 3), (8, 8), (32, 32)]}
FEWEST |= {5: [(5, 5), (6, 10), (10, 10), (20, 20)]}


@pytest.mark.parametrize(("m", "out"), [(m, out) for m, sizes in FEWEST.items() for out in sizes])
def test_tiles_take_the_fewest_points(m: int, out: tuple[int, int]) -> None:
    assert conv_winograd.tile_size(out) == m


def test_points_are_counted_by_tiles() -> None:
    assert conv_winograd.num_points((10, 8), 4) == 3 * 2 * 36
    assert conv_winograd.num_points((10, 8), 5) == 2 * 2 * 49


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
