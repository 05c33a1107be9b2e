"""Other pools, dropouts and ways to flatten."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.kernels import average_pool, max_pool
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size, taps
from liaf_ref.oracle.conventions.convention import (
    Convention,
    kernel_convention,
    replace_functions,
    with_backward,
)


def _summed(X: Array, size: Size, stride: Size) -> Any:
    Y, tape = average_pool.forward(X, size, stride)
    return Y * np.prod(size), tape


def _undivided(kernel: Any, dY: Array, tape: Any, size: Size, stride: Size) -> Any:
    return kernel.backward(dY, tape, size, stride) * np.prod(size)


def _tied_maxima(share: Callable[[Array], Array]) -> Any:
    """Maximum pooling whose gradient goes elsewhere where maxima are equal."""

    # ``share`` takes which places of a window, on axis 0, hold its maximum.
    def forward(X: Array, size: Size, stride: Size) -> Any:
        Y, _ = max_pool.forward(X, size, stride)
        seen = [X[under] for _, under in taps(size, Y.shape[-3:-1], stride)]
        return Y, (X.shape, share(np.stack(seen) == Y))

    def backward(dY: Array, tape: Any, size: Size, stride: Size) -> Array:
        shape, shares = tape
        dX = np.zeros(shape, dY.dtype)
        windows = taps(size, dY.shape[-3:-1], stride)
        for part, (_, under) in zip(shares, windows, strict=True):
            dX[under] += part * dY
        return dX

    return SimpleNamespace(forward=forward, backward=backward)


def _last_maximum(equal: Array) -> Array:
    return np.asarray(equal & (np.cumsum(equal[::-1], axis=0)[::-1] == 1))


def _max_pool_convention(name: str, description: str, kernel: Any) -> Convention:
    return kernel_convention(name, description, "max_pool", lambda _: lambda _: kernel)


def _dropout_convention(name: str, description: str, forward: Any, backward: Any) -> Convention:
    kernel = SimpleNamespace(forward=forward, backward=backward)
    return kernel_convention(name, description, "dropout", lambda _: kernel)


def _kept_mask(M: Array) -> Array:
    return (M > 0).astype(M.dtype)


def _channels_first(X: Array) -> Any:
    Y = np.moveaxis(X, -1, -3)
    return Y.reshape(*Y.shape[:-3], -1), X.shape


def _channels_first_back(dY: Array, shape: Any) -> Array:
    *lead, H, W, L = shape
    return np.moveaxis(dY.reshape(*lead, L, H, W), -3, -1)


POOLS: tuple[Convention, ...] = (
    kernel_convention(
        "average pool as a sum",
        "The sum over a window is not divided by its size.",
        "average_pool",
        lambda kernel: replace_functions(with_backward(_undivided)(kernel), forward=_summed),
    ),
    kernel_convention(
        "gradient of the average not divided",
        "The average is right, but its gradient is that of the sum.",
        "average_pool",
        with_backward(_undivided),
    ),
    kernel_convention(
        "max pooling instead of average pooling",
        "The output is the maximum of a window instead of the mean.",
        "average_pool",
        lambda _: max_pool,
    ),
    _max_pool_convention(
        "average pooling instead of max pooling",
        "The output is the mean of a window instead of the maximum.",
        average_pool,
    ),
    _max_pool_convention(
        "gradient to the last tied maximum",
        "The last of equal maxima in row-major order gets the gradient.",
        _tied_maxima(_last_maximum),
    ),
    _max_pool_convention(
        "gradient to every tied maximum",
        "Each of equal maxima gets the whole gradient.",
        _tied_maxima(lambda equal: equal),
    ),
    _max_pool_convention(
        "gradient split among tied maxima",
        "Equal maxima share the gradient, as in JAX and autograd.",
        _tied_maxima(lambda equal: equal / equal.sum(axis=0)),
    ),
    _dropout_convention(
        "dropout not applied backward",
        "The backward pass ignores the dropout mask and its scale.",
        lambda X, M: (X * M, M),
        lambda dY, M: dY,
    ),
    _dropout_convention(
        "dropout not scaled",
        "Values are not divided by the keep probability.",
        lambda X, M: (X * _kept_mask(M), M),
        lambda dY, M: dY * _kept_mask(M),
    ),
    _dropout_convention(
        "dropout not applied", "The dropout mask is ignored.", lambda X, M: (X, M), lambda dY, M: dY
    ),
    kernel_convention(
        "flattened channels first",
        "The order is channels, rows, columns, as in PyTorch.",
        "flatten",
        lambda _: SimpleNamespace(forward=_channels_first, backward=_channels_first_back),
    ),
)
