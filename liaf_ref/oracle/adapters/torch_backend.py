"""The oracle's backend in PyTorch.

The paper's rule is one ``autograd.Function``: forward is the step of Eq. (4),
backward the window of Eq. (13).  PyTorch differentiates the rest, the loop over
time included, and ``torch.optim`` trains.

PyTorch's own functions hold to the paper where it has a kink: at 0 ``relu`` has slope
0 and ``selu`` its left one.  Others do not: there ``maximum`` has slope 1/2, and
``clamp(min=0)`` 1 in PyTorch 2.13 and 0 in 2.15.  Its layer and batch normalisation are the
paper's as they are: biased variance to normalise, unbiased to keep; its ``max_pool2d`` gives the
gradient to the first of equal values.  It has channels before H and W, and its kernels the other
way round.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import torch
from torch.nn import functional

from liaf_ref.oracle.adapters.framework import Framework, Objective, Tensor, Tensors
from liaf_ref.oracle.case import Array, Case
from liaf_ref.oracle.opset import OPTIMIZERS, norm_axes
from liaf_ref.oracle.table import layers
from liaf_ref.oracle.table.tape import T


class Spike(torch.autograd.Function):  # type: ignore[misc]
    """S of Eq. (4); in the backward pass the window of Eq. (13) stands for its slope."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, mu: float) -> Tensor:
        """1 where ``x >= 0``."""
        ctx.save_for_backward(x)
        ctx.mu = mu
        return (x >= 0).to(x.dtype)  # (4)

    @staticmethod
    def backward(ctx: Any, dF: Tensor) -> tuple[Tensor, None]:
        """Let the gradient through where ``|x| < mu``."""
        (x,) = ctx.saved_tensors
        return dF * (x.abs() < ctx.mu), None  # (13)


def _pool(
    pool: Callable[..., Tensor], z: SimpleNamespace, X: T, *, size: Any, stride: Any
) -> dict[str, T]:
    """One number of each window: the mean, or the largest, which may be given."""
    if z.gates:
        return layers.pool(z, X, size=size, stride=stride)
    frames = X.v.flatten(0, 1).movedim(-1, 1)
    pooled = pool(frames, tuple(size), tuple(stride)).movedim(1, -1)
    return {"Y": T(pooled.unflatten(0, X.shape[:2]))}


def layer_norm(z: SimpleNamespace, X: T, *, axes: str, eps: float) -> dict[str, T]:
    """Over (H, W, L) or L of every step of every sample."""
    sizes = [X.shape[axis] for axis in norm_axes(axes, len(X.shape))]
    return {"Y": T(functional.layer_norm(X.v, sizes, z.gamma.v, z.b.v, eps))}


def batch_norm(
    z: SimpleNamespace, X: T, *, axes: str, eps: float, statistics: str, momentum: float
) -> dict[str, T]:
    """Over the batch and time, or a norm at each step that follows one set of statistics."""
    m, v, training = z.m.v.clone(), z.v.v.clone(), statistics == "batch"
    # PyTorch takes no eps of 0; beside any variance, this one adds nothing.
    rest = m, v, z.gamma.v, z.b.v, training, momentum, eps or 1e-300

    def normed(part: Tensor) -> Tensor:
        return functional.batch_norm(part.reshape(-1, X.shape[-1]), *rest).reshape(part.shape)

    Y = normed(X.v) if "T" in axes else torch.stack([*map(normed, X.v.unbind(1))], 1)
    return {"Y": T(Y)} | ({"m": T(m), "v": T(v)} if training else {})


def _loss(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., dict[str, T]]:
    return lambda z, Z: {"loss": T(loss(Z.v, torch.from_numpy(z.y).long()))}


def _with_one_hot(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., dict[str, T]]:
    return _loss(lambda Z, y: loss(Z, functional.one_hot(y, Z.shape[-1]).to(Z.dtype)))


def _step(kind: Any, p: Array, g: Array, s: dict[str, Any], o: Mapping[str, Any], t: int) -> Array:
    """A step of ``torch.optim``: its ``Adam`` takes the decay as L2, ``AdamW`` apart from it."""
    if not s:
        options = {name: o[name] for name in OPTIMIZERS[o["name"]].defaults}
        if "beta1" in options:
            options["betas"] = options.pop("beta1"), options.pop("beta2")
        s["p"] = torch.tensor(p)
        s["optimizer"] = kind([s["p"]], **options)
    s["p"].grad = torch.tensor(g)
    s["optimizer"].step()
    return s["p"].numpy().copy()  # type: ignore[no-any-return]


PARTS = {
    "average_pool": partial(_pool, functional.avg_pool2d),
    "max_pool": partial(_pool, functional.max_pool2d),
    "layer_norm": layer_norm,
    "batch_norm": batch_norm,
    "softmax_ce": _loss(functional.cross_entropy),
    "sigmoid_bce": _with_one_hot(functional.binary_cross_entropy_with_logits),
    "mse": _with_one_hot(functional.mse_loss),
    "sgd": partial(_step, torch.optim.SGD),
    "adam": partial(_step, torch.optim.Adam),
    "adamw": partial(_step, torch.optim.AdamW),
}


class Torch(Framework):
    """PyTorch, by the functions that come with it."""

    xp = torch
    activations = functional
    parts = PARTS
    tensor = staticmethod(torch.tensor)
    sigmoid = staticmethod(torch.sigmoid)
    spike = staticmethod(Spike.apply)
    detach = staticmethod(torch.detach)

    def numpy(self, tensor: Tensor) -> Array:
        """An array of NumPy, also within a gradient."""
        return tensor.detach().numpy()  # type: ignore[no-any-return]

    def differentiate(self, f: Objective, at: Tensors) -> tuple[Tensors, Tensors]:
        """The gradients of a scalar, zero where none flows, and what is computed on the way."""
        leaves = {name: tensor.detach().requires_grad_() for name, tensor in at.items()}
        value, on_the_way = f(leaves)
        grads = torch.autograd.grad(value, list(leaves.values()), materialize_grads=True)
        return dict(zip(leaves, grads, strict=True)), on_the_way

    def convolve(self, X: Tensor, W: Tensor, stride: Any, pad: Any) -> Tensor:
        """Convolve with zeros around."""
        X = functional.pad(X.movedim(-1, 1), [n for pair in reversed(pad) for n in pair])
        kernel = W.movedim((-1, -2), (0, 1)).contiguous()
        of = {2: functional.conv2d, 3: functional.conv3d}[len(stride)]
        return of(X, kernel, None, tuple(stride)).movedim(1, -1)


def backend(case: Case) -> dict[str, Array]:
    """Answer a case; see :meth:`Pass.answer`."""
    return Torch(case).answer()
