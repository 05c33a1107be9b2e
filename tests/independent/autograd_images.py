"""Convolution, pooling, normalisation and the losses again, differentiated by HIPS autograd."""

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np

from independent.autograd_net import stack
from independent.comparison import Array

Size = tuple[int, ...]
Pad = tuple[tuple[int, int], ...]


def _zero_pad(X: Any, axis: int, before: int, after: int) -> Any:
    def zeros(n: int) -> Array:
        return np.zeros((*X.shape[:axis], n, *X.shape[axis + 1 :]))

    return anp.concatenate((zeros(before), X, zeros(after)), axis=axis)


def _by_window(X: Any, first: int, kernel: Size, stride: Size, see: Callable[[Any], Any]) -> Any:
    """``see`` each window of the axes from ``first`` on; the outputs in their place."""
    axes = range(first, first + len(kernel))
    counts = [(X.shape[a] - k) // s + 1 for a, k, s in zip(axes, kernel, stride, strict=True)]
    lead = (slice(None),) * first
    seen = []
    for at in np.ndindex(*counts):
        places = zip(at, stride, kernel, strict=True)
        seen.append(see(X[(*lead, *(slice(p * s, p * s + k) for p, s, k in places))]))
    Y = anp.stack(seen, axis=first)
    return anp.reshape(Y, (*Y.shape[:first], *counts, *Y.shape[first + 1 :]))


def conv(X: Any, W: Any, b: Any, stride: Size, pad: Pad) -> Any:
    """Weighted sums of whole windows; as many axes as W has beside K and L."""
    N = W.ndim - 2
    first = X.ndim - 1 - N
    for axis, (before, after) in enumerate(pad):
        X = _zero_pad(X, first + axis, before, after)
    return _by_window(X, first, W.shape[:N], stride, lambda x: anp.tensordot(x, W, N + 1)) + b


def convlstm(A: Any, h: Any, c: Any, U: Any) -> tuple[Any, Any, Any]:
    """Eq. (15) with convolutions of odd kernels: all outputs, the last, the last cell state."""
    L = h.shape[-1]
    pad = tuple((k // 2, k // 2) for k in U.shape[:-2])
    H = []
    for t in range(A.shape[1]):
        f, i, o, candidate = (
            A[:, t, ..., g * L : (g + 1) * L]
            + conv(h, U[..., g * L : (g + 1) * L], 0.0, (1,) * len(pad), pad)
            for g in range(4)
        )
        c = c / (1 + anp.exp(-f)) + anp.tanh(candidate) / (1 + anp.exp(-i))
        h = anp.tanh(c) / (1 + anp.exp(-o))
        H.append(h)
    return stack(H), h, c


def average_pool(X: Any, size: Size, stride: Size) -> Any:
    """Means of windows of (B, T, H, W, L)."""
    return _by_window(X, 2, size, stride, lambda x: anp.mean(x, axis=(2, 3)))


def max_pool(X: Any, size: Size, stride: Size) -> Any:
    """Maxima of windows of (B, T, H, W, L)."""
    return _by_window(X, 2, size, stride, lambda x: anp.max(x, axis=(2, 3)))


def norm(X: Any, gamma: Any, b: Any, axes: Size, eps: float) -> Any:
    """Layer or batch normalisation, by the textbook's E[x^2] - E[x]^2."""
    m = anp.mean(X, axis=axes, keepdims=True)
    v = anp.mean(X * X, axis=axes, keepdims=True) - m * m
    return gamma * (X - m) / anp.sqrt(v + eps) + b


def softmax_bce(Z: Any, y: Array) -> Any:
    """Mean of the binary cross-entropies of the softmax's entries."""
    P = anp.exp(Z) / anp.sum(anp.exp(Z), axis=1, keepdims=True)
    return _bce(P, y)


def sigmoid_bce(Z: Any, y: Array) -> Any:
    """Mean of the binary cross-entropies of the sigmoids."""
    return _bce(1 / (1 + anp.exp(-Z)), y)


def mse(Z: Any, y: Array) -> Any:
    """Mean of the squares of what separates Z from one-hot."""
    return anp.mean((Z - np.eye(Z.shape[1])[y]) ** 2)


def _bce(P: Any, y: Array) -> Any:
    true = np.eye(P.shape[1])[y]
    return -anp.mean(true * anp.log(P) + (1 - true) * anp.log(1 - P))
