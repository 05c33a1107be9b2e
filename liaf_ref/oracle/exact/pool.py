"""Pooling of one frame by squares that do not overlap."""

from collections.abc import Callable

from liaf_ref.oracle.exact.dual import Dual, total
from liaf_ref.oracle.exact.nested import Nested, shape


def average(X: Nested, size: int) -> Nested:
    """Mean of every square.

    Parameters
    ----------
    X : nested list of Dual, (H, W, L)
        Frame.
    size : int
        Side of a square, and the step to the next; a rest that fills none is left out.

    Returns
    -------
    nested list of Dual, (H // size, W // size, L)
        One number per square and channel.
    """
    return _pooled(X, size, lambda square: total(square) / len(square))


def maximum(X: Nested, size: int) -> Nested:
    """Largest of every square, with the derivatives of the first that is as large.

    Parameters and result as :func:`average`; "first" is row by row.
    """
    return _pooled(X, size, _first_maximum)


def _pooled(X: Nested, size: int, of: Callable[[list[Dual]], Dual]) -> Nested:
    H, W, L = shape(X)

    def square(p: int, q: int, l: int) -> list[Dual]:
        return [X[p * size + i][q * size + j][l] for i in range(size) for j in range(size)]

    return [
        [[of(square(p, q, l)) for l in range(L)] for q in range(W // size)]
        for p in range(H // size)
    ]


def _first_maximum(square: list[Dual]) -> Dual:
    largest = square[0]
    for x in square[1:]:
        if x.x > largest.x:
            largest = x
    return largest
