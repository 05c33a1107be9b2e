"""Pooling of one frame by windows."""

from liaf_ref.oracle.exact.dual import Dual, sum_duals
from liaf_ref.oracle.exact.nested import Nested, map_nested, shape

Stride = tuple[int, int]  # rows and columns


def average(X: Nested, size: Stride, stride: Stride) -> Nested:
    """Mean of every window."""
    return map_nested(lambda window: sum_duals(window) / len(window), _windows(X, size, stride))


def maximum(X: Nested, size: Stride, stride: Stride) -> Nested:
    """Largest of every window, with the derivatives of the first, row by row, that is as large."""
    return map_nested(_first_maximum, _windows(X, size, stride))


def chosen(X: Nested, index: Nested, size: Stride, stride: Stride) -> Nested:
    """Of every window the entry with the given index, counted row by row."""
    return map_nested(lambda window, k: window[k], _windows(X, size, stride), index)


def _windows(X: Nested, size: Stride, stride: Stride) -> Nested:
    """What every window sees, as a tuple."""
    H, W, L = shape(X)

    def window(p: int, q: int, l: int) -> tuple[Dual, ...]:
        return tuple(X[p + i][q + j][l] for i in range(size[0]) for j in range(size[1]))

    return [
        [[window(p, q, l) for l in range(L)] for q in range(0, W - size[1] + 1, stride[1])]
        for p in range(0, H - size[0] + 1, stride[0])
    ]


def _first_maximum(window: tuple[Dual, ...]) -> Dual:
    largest = window[0]
    for x in window[1:]:
        if x.x > largest.x:
            largest = x
    return largest
