"""Pooling of one frame by windows."""

from collections.abc import Callable

from liaf_ref.oracle.exact.dual import Dual, sum_duals
from liaf_ref.oracle.exact.nested import Nested, shape

Stride = tuple[int, int]  # rows and columns


def average(X: Nested, size: Stride, stride: Stride) -> Nested:
    """Mean of every window."""
    return _pool_windows(X, size, stride, lambda window: sum_duals(window) / len(window))


def maximum(X: Nested, size: Stride, stride: Stride) -> Nested:
    """Largest of every window, with the derivatives of the first, row by row, that is as large."""
    return _pool_windows(X, size, stride, _first_maximum)


def _pool_windows(
    X: Nested, size: Stride, stride: Stride, reduce_window: Callable[[list[Dual]], Dual]
) -> Nested:
    H, W, L = shape(X)

    def window(p: int, q: int, l: int) -> list[Dual]:
        return [X[p + i][q + j][l] for i in range(size[0]) for j in range(size[1])]

    return [
        [
            [reduce_window(window(p, q, l)) for l in range(L)]
            for q in range(0, W - size[1] + 1, stride[1])
        ]
        for p in range(0, H - size[0] + 1, stride[0])
    ]


def _first_maximum(window: list[Dual]) -> Dual:
    largest = window[0]
    for x in window[1:]:
        if x.x > largest.x:
            largest = x
    return largest
