"""Arrays of the fast twins start where they should and are cut where they may be."""

import numpy as np
import pytest

from liaf_ref.fast import average_pool, memory_layout
from liaf_ref.fast.memory_layout import ColumnSums
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.neuron import Params


def test_constants_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        memory_layout.constant(1)[...] = 2


@pytest.mark.parametrize("shape", [(3,), (1, 17), (1000, 1001)])
def test_arrays_start_on_a_cache_line(shape: tuple[int, ...]) -> None:
    arrays = [memory_layout.empty(shape) for _ in range(3)]
    for X in (*arrays, *memory_layout.aligned_rows(5, 17)):
        assert X.ctypes.data % memory_layout.CACHE_LINE == 0
        assert X.dtype == np.float32
        assert X.flags.c_contiguous
        X[:] = 1
    assert arrays[0].shape == shape
    assert memory_layout.aligned_rows(5, 17).shape == (5, 17)


@pytest.mark.parametrize("chunk", [1, 5, 16])
@pytest.mark.parametrize(("step", "width"), [(1, 1), (40, 1), (40, 8), (40, 40), (51, 17), (6, 6)])
def test_chunks_cover_a_step_once(step: int, width: int, chunk: int, monkeypatch: object) -> None:
    assert isinstance(monkeypatch, pytest.MonkeyPatch)
    monkeypatch.setattr(memory_layout, "CHUNK", chunk)
    column: Array = np.arange(step) % width
    seen = np.zeros(step, int)
    for lo, hi, first, last in memory_layout.iter_chunks(step, width):
        seen[lo:hi] += 1
        assert 0 < hi - lo <= max(chunk, width if width <= chunk else 0)
        if width > 1:
            np.testing.assert_array_equal(
                column[lo:hi].reshape(-1, last - first)[0], np.arange(first, last)
            )
            assert (hi - lo) % (last - first) == 0
    assert (seen == 1).all()


def test_order_is_kept_where_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_layout, "MIN_BATCH_MAJOR_ELEMENTS", 6)
    X = np.arange(2 * 3 * 6, dtype=np.float32).reshape(2, 3, 6)
    turned = X.swapaxes(0, 1).copy().swapaxes(0, 1)
    for Y, batch_major in ((X, True), (turned, False), (X[..., ::2], False), (X[..., :4], False)):
        order = memory_layout.layout_of(Y)
        assert order.batch_major is batch_major
        flat = order.to_grouped(Y)
        assert flat.shape == (order.groups, 3, order.step_size)
        assert np.shares_memory(flat, Y) == (Y is X or Y is turned)
        np.testing.assert_array_equal(order.from_grouped(flat), Y)


def test_one_step_is_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """With T = 1 memory is batch-major and time-major at once; the latter has fewer pieces."""
    monkeypatch.setattr(memory_layout, "MIN_BATCH_MAJOR_ELEMENTS", 1)
    order = memory_layout.layout_of(np.zeros((2, 1, 6), np.float32))
    assert (order.groups, order.step_size) == (1, 12)


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


def test_what_is_the_same_everywhere_is_one_element() -> None:
    laid = memory_layout.tile_params(Params(*[np.ones((1, 1), np.float32)] * 4), (3, 4, 5, 2))
    assert laid is not None
    assert (laid.tile_shape, laid.width) == ((1, 1), 1)


def test_a_piece_of_images_is_as_small_as_it_has_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_layout, "CHUNK", 1)
    X = np.ones((5, 4, 6, 3), np.float32)
    assert [len(x) for x, _, _ in average_pool.iter_chunks(X, X[:, :2, :3], (2, 2))] == [1] * 5
