"""Arrays of the fast twins start where they should and are cut where they may be."""

import numpy as np
import pytest

from liaf_ref.fast import memory_layout
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


def test_what_is_the_same_everywhere_is_one_element() -> None:
    laid = memory_layout.tile_params(Params(*[np.ones((1, 1), np.float32)] * 4), (3, 4, 5, 2))
    assert laid is not None
    assert (laid.tile_shape, laid.width) == ((1, 1), 1)
