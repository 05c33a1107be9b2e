"""Operations on tensors, and what a layer of one's own is made from."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.plotting.tinytorch.tensor import BackwardFunction, Tensor


class Function:
    """An operation with a backward pass of one's own, as ``torch.autograd.Function``."""

    @classmethod
    def apply(cls, x: Tensor, *more: Any) -> Tensor:
        """Run ``forward(ctx, x, *more)``; ``backward(ctx, g)`` gives x its gradient first."""
        ctx = SimpleNamespace()
        ctx.save_for_backward = lambda *kept: setattr(ctx, "saved_tensors", kept)
        own: Any = cls
        y = own.forward(ctx, x.detach(), *more)

        def back(g: Array) -> Array:
            dx = own.backward(ctx, Tensor(g))
            first = dx[0] if isinstance(dx, tuple) else dx
            return np.asarray(first.data)

        return Tensor(y.data, [(x, back)])


class Module:
    """A layer, as ``torch.nn.Module``: calling it calls ``forward``."""

    def __call__(self, *inputs: Any) -> Any:
        """Run ``forward``."""
        own: Any = self
        return own.forward(*inputs)


def tensor(array: Any) -> Tensor:
    """Copy an array."""
    return Tensor(np.array(array))


def stack(tensors: Sequence[Tensor], dim: int) -> Tensor:
    """Put tensors side by side along a new axis."""

    def pick(k: int) -> BackwardFunction:
        return lambda g: np.take(g, k, axis=dim)

    return Tensor(
        np.stack([t.data for t in tensors], dim), [(t, pick(k)) for k, t in enumerate(tensors)]
    )


def relu(x: Tensor) -> Tensor:
    """The larger of 0 and x; its slope at 0 is 0."""
    up = x.data > 0
    return Tensor(x.data * up, [(x, lambda g: g * up)])


def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    y = np.tanh(x.data)
    return Tensor(y, [(x, lambda g: g * (1 - y * y))])


def sigmoid(x: Tensor) -> Tensor:
    """The logistic function."""
    y = 1 / (1 + np.exp(-x.data))
    return Tensor(y, [(x, lambda g: g * (y * (1 - y)))])
