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

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from liaf_ref.oracle.adapters.framework import (
    Framework,
    Options,
    Tensor,
    Tensors,
    leaf_arrays,
    loss_name,
)
from liaf_ref.oracle.case import Array, Case, lookup_or_decline
from liaf_ref.oracle.opset import AXES, OPTIMIZERS

ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": functional.relu,
    "selu": functional.selu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


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


class Torch(Framework):
    """PyTorch, by the functions that come with it."""

    xp = torch
    activations = ACTIVATIONS
    tensor = staticmethod(torch.tensor)
    numpy = staticmethod(torch.Tensor.numpy)
    spike = staticmethod(Spike.apply)
    detach = staticmethod(torch.detach)

    def differentiate(
        self, f: Callable[[Tensors], tuple[Tensor, Tensors]], at: Tensors
    ) -> tuple[Tensors, Tensors]:
        """The gradients of a scalar, zero where none flows, and what is computed on the way."""
        leaves = {name: tensor.detach().requires_grad_() for name, tensor in at.items()}
        value, on_the_way = f(leaves)
        grads = torch.autograd.grad(
            value, list(leaves.values()), allow_unused=True, materialize_grads=True
        )
        return (
            dict(zip(leaves, grads, strict=True)),
            {name: x.detach() for name, x in on_the_way.items()},
        )

    def convolve(self, X: Tensor, W: Tensor, stride: Any, pad: Any) -> Tensor:
        """Convolve with zeros around."""
        X = functional.pad(X.movedim(-1, 1), [n for pair in reversed(pad) for n in pair])
        kernel = W.movedim((-1, -2), (0, 1)).contiguous()
        of = {2: functional.conv2d, 3: functional.conv3d}[len(stride)]
        return of(X, kernel, None, tuple(stride)).movedim(1, -1)

    def average_pool(self, options: Options, X: Tensor) -> Tensor:
        """The mean under each window."""
        return _pool(functional.avg_pool2d, options, X)

    def max_pool(self, options: Options, X: Tensor, *, first: Tensor | None = None) -> Tensor:
        """The largest value under each window, or the one that is given as such."""
        if first is not None:
            return super().max_pool(options, X, first=first)
        return _pool(functional.max_pool2d, options, X)

    def layer_norm(self, options: Options, X: Tensor, *, gamma: Tensor, b: Tensor) -> Tensor:
        """Over (H, W, L) or L of every step of every sample."""
        axes = X.shape[-len(lookup_or_decline("axes", options["axes"], AXES)) :]
        return functional.layer_norm(X, axes, gamma, b, options["eps"])

    def batch_norm(
        self, options: Options, X: Tensor, *, gamma: Tensor, b: Tensor, m: Tensor, v: Tensor
    ) -> tuple[Tensor, ...]:
        """Over the batch and time, or a norm at each step that follows one set of statistics."""
        m, v = m.clone(), v.clone()
        training = options["statistics"] == "batch"
        rest = m, v, gamma, b, training, options["momentum"], options["eps"]

        def normed(part: Tensor) -> Tensor:
            return functional.batch_norm(part.reshape(-1, X.shape[-1]), *rest).reshape(part.shape)

        Y = normed(X) if "T" in options["axes"] else self.stack([*map(normed, X.unbind(1))])
        return (Y, m, v) if training else (Y,)

    def softmax_ce(self, options: Options, Z: Tensor, y: Tensor) -> Tensor:
        """Cross-entropy of the softmax, mean over the batch."""
        return functional.cross_entropy(Z, y)

    def softmax_bce(self, options: Options, Z: Tensor, y: Tensor) -> Tensor:
        """Binary cross-entropy of the softmax's entries."""
        return functional.binary_cross_entropy(Z.softmax(-1), _one_hot(Z, y))

    def sigmoid_bce(self, options: Options, Z: Tensor, y: Tensor) -> Tensor:
        """Binary cross-entropy of the sigmoids."""
        return functional.binary_cross_entropy_with_logits(Z, _one_hot(Z, y))

    def mse(self, options: Options, Z: Tensor, y: Tensor) -> Tensor:
        """Squared distance from one-hot."""
        return functional.mse_loss(Z, _one_hot(Z, y))

    def train(self, case: Case, config: Options, given: Tensors) -> Tensors:
        """Train a case on its own batch with the usual training loop."""
        names = [name for name in leaf_arrays(case) if name.startswith("par/")]
        params = {name: given[name].clone().requires_grad_() for name in names}
        optimizer = _make_optimizer(config, list(params.values()))
        losses, first = [], {}
        for step in range(config["steps"]):
            if step == 1:
                first = {f"step1/{n[4:]}": p.detach().clone() for n, p in params.items()}
            optimizer.zero_grad()
            objective, traces = self.objective(case, given | params)
            losses.append(traces[loss_name(case)].detach())
            objective.backward()
            for p in params.values():  # weight decay also where the loss does not reach
                p.grad = torch.zeros_like(p) if p.grad is None else p.grad
            optimizer.step()
        return first | {"exp/curve": torch.stack(losses)}


def _pool(pool_fn: Callable[..., Tensor], options: Options, X: Tensor) -> Tensor:
    frames = X.flatten(0, 1).movedim(-1, 1)
    pooled = pool_fn(frames, tuple(options["size"]), tuple(options["stride"]))
    return pooled.movedim(1, -1).unflatten(0, X.shape[:2])


def _one_hot(Z: Tensor, y: Tensor) -> Tensor:
    return functional.one_hot(y, Z.shape[-1]).to(Z.dtype)


def _make_optimizer(config: Options, params: list[Tensor]) -> Any:
    """PyTorch's ``Adam`` takes its decay as L2 in the gradient, ``AdamW`` apart from it."""
    classes = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    optimizer = lookup_or_decline("optimizer", config["name"], classes)
    options = {name: config.get(name, o) for name, o in OPTIMIZERS[config["name"]].defaults.items()}
    if "beta1" in options:
        options["betas"] = options.pop("beta1"), options.pop("beta2")
    return optimizer(params, **options)


def backend(case: Case) -> dict[str, Array]:
    """Answer a case; see :meth:`Framework.answer`."""
    return Torch().answer(case)
