"""Shared parameters are laid out as rows no longer than need be, and summed as promised."""

import numpy as np
import pytest

from fast.neurons import fill_new_arrays_with_nan
from liaf_ref.fast import memory_layout
from liaf_ref.fast.tiled_params import ColumnSums, tile_params, tile_rows
from liaf_ref.kernels.neuron import Params


def params_of_shapes(*shapes: tuple[int, ...]) -> Params:
    return Params(*(np.full(shape, 0.5, np.float32) for shape in shapes))


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_what_is_the_same_everywhere_is_one_element(shape: tuple[int, ...]) -> None:
    laid = tile_params(params_of_shapes(*[shape] * 4), (3, 4, 5, 2))
    assert laid is not None
    assert (laid.tile_shape, laid.width) == ((1,) * len(shape), 1)
    assert {row.shape for row in laid.rows} == {(1,)}


@pytest.mark.parametrize("shapes", [[(), (1,), (1, 1), (1, 1, 1)], [(1,), (2,), (5, 1), (1, 5, 2)]])
def test_sums_come_back_in_the_shape_of_each_parameter(shapes: list[tuple[int, ...]]) -> None:
    laid = tile_params(params_of_shapes(*shapes), (3, 4, 1, 5, 2))
    assert laid is not None
    for shape in shapes:
        sums = laid.sum_to_shape(np.ones(laid.width), shape)
        assert sums.shape == shape
        assert sums.dtype == np.float32
        assert sums.sum() == laid.width


def test_what_varies_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two elements are enough to be a row."""
    fill_new_arrays_with_nan(monkeypatch)
    p = params_of_shapes((2,), (1,), (1, 2), ())._replace(v_th=np.array([0.25, 0.5], np.float32))
    laid = tile_params(p, (3, 4, 1, 2))
    assert laid is not None
    assert (laid.tile_shape, laid.width) == ((1, 2), 2)
    assert [row.shape for row in laid.rows] == [(2,), (1,), (2,), (1,)]
    tiled = tile_rows(laid.rows, memory_layout.Chunk(0, 6, 0, 2))
    np.testing.assert_array_equal(tiled[0], [0.25, 0.5] * 3)
    assert [row.shape for row in tiled] == [(6,), (1,), (6,), (1,)]


def test_sums_are_float32_within_a_chunk_and_float64_across() -> None:
    sums = ColumnSums(1, 3)
    for chunk in (
        memory_layout.Chunk(0, 2, 0, 2),
        memory_layout.Chunk(2, 3, 2, 3),
        memory_layout.Chunk(3, 5, 0, 2),
    ):
        partial = sums.new_partial(chunk, 2)
        assert partial.dtype == np.float32
        assert not partial.any()
        partial[0], partial[1] = 2.0**24, 1
        sums.add_partial(chunk, partial)
    np.testing.assert_array_equal(sums.total, [[2.0**25 + 2, 2.0**25 + 2, 2.0**24 + 1]])
