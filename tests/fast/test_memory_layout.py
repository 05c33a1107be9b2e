"""Arrays of the fast twins start where they should and are cut where they may be."""

import ctypes
import platform
import subprocess
import sys

import numpy as np
import pytest

from liaf_ref.fast import masks, memory_layout
from liaf_ref.kernels.array import Array

FAULTS = """
import resource, sys
import numpy as np
from liaf_ref.fast.memory_layout import tune_malloc

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

if sys.argv[1] == "kept":
    tune_malloc()
for _ in range(3):
    before = faults()
    np.ones(10_000_000, np.float32)
print(faults() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
def test_what_is_freed_is_kept() -> None:
    """An array of 40 MB is paged in anew each time, unless glibc is told to keep it."""

    def faults(which: str) -> int:
        command = [sys.executable, "-c", FAULTS, which]
        return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)  # noqa: S603

    assert faults("kept") < 5
    assert faults("returned") >= 10


def test_glibc_is_stated_what_malloc_h_calls_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = []

    class Library:
        def __init__(self, name: object) -> None:
            assert name is None  # the process itself

        def mallopt(self, option: int, value: int) -> None:
            text.append((option, value))

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", Library)
    memory_layout.tune_malloc()
    assert text == [(-4, 0), (-1, 1 << 30)]


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: object) -> None:
        raise AssertionError(name)

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", refuse)
    memory_layout.tune_malloc()


def test_a_c_library_without_mallopt_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    memory_layout.tune_malloc()


def test_constants_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        masks.constant(1)[...] = 2


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
