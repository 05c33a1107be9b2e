"""Fast float32 kernel for :mod:`liaf_ref.kernels.norm`.

It covers layer normalisation, over any number of the last axes, and batch normalisation,
over all axes but the last; other axes go to the reference.  Sums are in float32 within a
chunk and in float64 across chunks.  The tape keeps the input and not the normalised values:
computing them again takes less time than reading them from memory.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.fast import norm_columns, norm_rows
from liaf_ref.fast.memory_layout import is_float32
from liaf_ref.kernels import norm as definition
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.norm import Params, Statistics
from liaf_ref.kernels.sharing import sum_to

__all__ = ["Params", "Statistics", "Tape", "backward", "forward"]


class Tape(NamedTuple):
    """Arrays kept for the backward pass: input, mean, 1 / deviation, parameters."""

    X: Array
    m: Array
    r: Array
    p: Params


def forward(
    X: Array, p: Params, axes: tuple[int, ...], eps: float
) -> tuple[Array, Statistics, Tape | definition.Tape]:
    """Normalise; see :func:`liaf_ref.kernels.norm.forward`."""
    form, rank = _select_module(X.ndim, axes)
    if form is None or not _is_supported(X, p, rank):
        return definition.forward(X, p, axes, eps)
    gamma, b = (_broadcast_param(x, X, rank) for x in p)
    Y, m, v = form.forward(X.reshape(-1, len(b)), gamma, b, eps)
    r = (1 / np.sqrt(v + eps)).astype(np.float32)
    which = np.mod(axes, X.ndim)
    saved = tuple(1 if axis in which else n for axis, n in enumerate(X.shape))
    statistics = Statistics(m.reshape(saved), v.astype(np.float32).reshape(saved))
    return Y.reshape(X.shape), statistics, Tape(X, m, r, p)


def backward(
    dY: Array, tape: Tape | definition.Tape, axes: tuple[int, ...]
) -> tuple[Array, Params]:
    """Differentiate :func:`forward`; see :func:`liaf_ref.kernels.norm.backward`."""
    if isinstance(tape, definition.Tape):
        return definition.backward(dY, tape, axes)
    X, m, r, p = tape
    form, rank = _select_module(X.ndim, axes)
    gamma = _broadcast_param(p.gamma, X, rank)
    flat = (x.reshape(-1, len(gamma)) for x in (dY, X))
    dX, dp = form.backward(*flat, m, r, gamma)
    return dX.reshape(X.shape), _sum_to_params(dp, X, p, rank)


def _is_supported(X: Array, p: Params, rank: int) -> bool:
    """Whether X is float32 and not empty, and the parameters vary only along its last axes."""
    return X.size > 0 and is_float32(X, *p) and max(x.ndim for x in p) <= rank


def _broadcast_param(x: Array, X: Array, rank: int) -> Array:
    """Broadcast a parameter to the last ``rank`` axes of X, flattened."""
    return np.broadcast_to(x, X.shape[X.ndim - rank :]).reshape(-1)


def _sum_to_params(sums: Iterable[Array], X: Array, p: Params, rank: int) -> Params:
    """Sum rows of gradients to the shapes of the parameters, in float32."""
    trail = X.shape[X.ndim - rank :]
    pairs = zip(sums, p, strict=True)
    return Params(*(sum_to(d.reshape(trail), x.shape).astype(np.float32) for d, x in pairs))


def _select_module(ndim: int, axes: tuple[int, ...]) -> tuple[Any, int]:
    """Return the module, if any, and how many last axes scale and shift may vary along."""
    which = sorted(np.mod(axes, ndim))
    if which == list(range(ndim - len(which), ndim)):
        return norm_rows, len(which)
    if which == list(range(ndim - 1)):
        return norm_columns, 1
    return None, 0
