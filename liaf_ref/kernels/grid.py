"""Where the windows of a kernel lie: stride, padding, and what each place of a window sees."""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array

Size = tuple[int, ...]
Pad = tuple[tuple[int, int], ...]
Index = tuple[Any, ...]


class Grid(NamedTuple):
    """For each convolved axis: the step between windows, and zeros before and after."""

    stride: Size
    pad: Pad


def same(kernel: Size) -> Pad:
    """With stride 1 as many windows as inputs; of an even kernel the odd zero comes last."""
    return tuple(((k - 1) // 2, k // 2) for k in kernel)


def causal(kernel: Size) -> Pad:
    """:func:`same`, but that the first axis, time, has all its zeros before the start."""
    return (kernel[0] - 1, 0), *same(kernel[1:])


def out_size(size: Size, kernel: Size, stride: Size) -> Size:
    """How many windows fit on each axis of a padded input."""
    return tuple((n - k) // s + 1 for n, k, s in zip(size, kernel, stride, strict=True))


def taps(kernel: Size, out: Size, stride: Size) -> Iterator[tuple[Size, Index]]:
    """Each place in the kernel, row-major, and the index of what all windows see there."""
    steps = [
        [slice(k, k + s * n, s) for k in range(places)]
        for places, s, n in zip(kernel, stride, out, strict=True)
    ]
    for tap, under in zip(np.ndindex(*kernel), product(*steps), strict=True):
        yield tap, (..., *under, slice(None))


def padded(X: Array, pad: Pad) -> Array:
    """Put zeros around the convolved axes of ``X``, shape ``(..., *size, K)``."""
    size = X.shape[-1 - len(pad) : -1]
    wide = (before + n + after for n, (before, after) in zip(size, pad, strict=True))
    X_pad = np.zeros((*X.shape[: -1 - len(pad)], *wide, X.shape[-1]), X.dtype)
    cropped(X_pad, pad)[...] = X
    return X_pad


def cropped(dX: Array, pad: Pad) -> Array:
    """Differentiate :func:`padded`: what the zeros have received is dropped."""
    size = dX.shape[-1 - len(pad) : -1]
    inner = (slice(before, n - after) for n, (before, after) in zip(size, pad, strict=True))
    index: Index = (..., *inner, slice(None))
    cut: Array = dX[index]
    return cut
