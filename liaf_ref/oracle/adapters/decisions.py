"""Decisions that a gate-forced case gives, in any framework with NumPy's names."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

Tensor = Any  # a framework's array
OF_STEPS = ("F", "window", "positive")  # of a neuron, with an axis for time

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934, 1.6732632423543772848  # Klambauer et al. 2017


def relu(xp: Any, x: Tensor, above: Tensor) -> Tensor:
    """ReLU that is told where its argument is above 0."""
    return xp.where(above, x, 0.0)


def selu(xp: Any, x: Tensor, above: Tensor) -> Tensor:
    """SELU that is told so; the inner ``where`` keeps ``expm1`` from overflowing unseen."""
    negative = SELU_ALPHA * xp.expm1(xp.where(above, 0.0, x))
    return SELU_SCALE * xp.where(above, x, negative)


KINKED: Mapping[str, Callable[[Any, Tensor, Tensor], Tensor]] = {"relu": relu, "selu": selu}


def chosen(xp: Any, X: Tensor, index: Tensor, size: Any, stride: Any) -> Tensor:
    """Of every window the entry with the given index, counted row by row."""
    taps = enumerate(window_taps(X, size, stride))
    return sum(xp.where(index == k, x, 0.0) for k, (_, x) in taps)


def window_taps(X: Tensor, size: Any, stride: Any) -> Iterator[tuple[Any, Tensor]]:
    """Each place of a window, and what all windows see there, over the axes before the last."""
    inner = X.shape[-1 - len(size) : -1]
    out = [(n - k) // s + 1 for n, k, s in zip(inner, size, stride, strict=True)]
    for tap in product(*map(range, size)):
        steps = (slice(k, k + s * n, s) for k, s, n in zip(tap, stride, out, strict=True))
        yield tap, X[(..., *steps, slice(None))]
