"""LIAF-Net's layers on images in PyTorch, by the functions that come with it.

PyTorch has channels before H and W, and its kernels the other way round.  Its layer and
batch normalisation are the paper's as they are: biased variance to normalise, unbiased to
keep; its ``max_pool2d`` gives the gradient to the first of equal values.
"""

from collections.abc import Callable, Mapping
from typing import Any

from liaf_ref.oracle.adapters.graph import Op, Result, Tensor, lookup_or_decline
from liaf_ref.oracle.adapters.optional_import import optional_import

with optional_import("torch"):
    import torch
    from torch.nn import functional

Options = Mapping[str, Any]
NORMALIZED_NDIM = {"HWL": 3, "L": 1}


def convolve(X: Tensor, W: Tensor, b: Tensor | None, stride: Any, pad: Any) -> Tensor:
    """Convolve ``(N, *size, K)`` with zeros around, two or three axes."""
    axes = len(stride)
    zeros = [n for pair in reversed(pad) for n in pair]
    X = functional.pad(X.movedim(-1, 1), zeros)
    kernel = W.movedim((-1, -2), (0, 1)).contiguous()
    of = {2: functional.conv2d, 3: functional.conv3d}[axes]
    return of(X, kernel, b, tuple(stride)).movedim(1, -1)


def conv(options: Options, X: Tensor, *, W: Tensor, b: Tensor | None = None) -> Result:
    """Synapses under windows of H and W, all steps at once."""
    flat = X.flatten(0, 1)
    I = convolve(flat, W, b, options["stride"], options["pad"]).unflatten(0, X.shape[:2])  # (2)
    return Result(I, {"I": I})


def conv3d(options: Options, X: Tensor, *, W: Tensor, b: Tensor | None = None) -> Result:
    """Synapses under windows of T, H and W."""
    I = convolve(X, W, b, options["stride"], options["pad"])  # (2)
    return Result(I, {"I": I})


def convlstm(options: Options, A: Tensor, *, h0: Tensor, c0: Tensor, U: Tensor) -> Result:
    """Eq. (15) with convolutions, gates in the paper's order."""
    drive, h, c = A.unbind(1), h0, c0
    pad = [((k - 1) // 2, k // 2) for k in U.shape[:2]]
    outputs, cells = [], []
    for A_t in drive:
        f, i, o, c_tilde = (A_t + convolve(h, U, None, (1, 1), pad)).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(c_tilde)  # (15)
        h = torch.sigmoid(o) * torch.tanh(c)  # (15)
        outputs.append(h)
        cells.append(c)
    Y = torch.stack(outputs, 1)
    shown = {"h": Y, "c": torch.stack(cells, 1), "Y": Y}
    return Result(Y, shown, {"h": h, "c": c}, {"dA": drive})


def _pool(pool_fn: Callable[..., Tensor]) -> Op:
    def op(options: Options, X: Tensor) -> Result:
        frames = X.flatten(0, 1).movedim(-1, 1)
        pooled = pool_fn(frames, tuple(options["size"]), tuple(options["stride"]))
        Y = pooled.movedim(1, -1).unflatten(0, X.shape[:2])
        return Result(Y, {"Y": Y})

    return op


def layer_norm(options: Options, X: Tensor, *, gamma: Tensor, b: Tensor) -> Result:
    """Over (H, W, L) or L of every step of every sample."""
    axes = X.shape[-lookup_or_decline("axes", options["axes"], NORMALIZED_NDIM) :]
    Y = functional.layer_norm(X, axes, gamma, b, options["eps"])
    return Result(Y, {"Y": Y})


def batch_norm(
    options: Options, X: Tensor, *, gamma: Tensor, b: Tensor, m: Tensor, v: Tensor
) -> Result:
    """Over the batch and time, or a norm at each step that follows one set of statistics."""
    m, v = m.clone(), v.clone()
    training = options["statistics"] == "batch"

    def normed(part: Tensor) -> Tensor:
        rest = m, v, gamma, b, training, options["momentum"], options["eps"]
        return functional.batch_norm(part.reshape(-1, X.shape[-1]), *rest).reshape(part.shape)

    Y = normed(X) if "T" in options["axes"] else torch.stack([normed(x) for x in X.unbind(1)], 1)
    return Result(Y, {"Y": Y} | ({"m": m, "v": v} if training else {}))


def dropout(options: Options, X: Tensor, *, M: Tensor) -> Result:
    """The mask that is given; ``functional.dropout`` draws its own."""
    Y = X * M
    return Result(Y, {"Y": Y})


def flatten(options: Options, X: Tensor) -> Result:
    """Each frame as a vector."""
    Y = X.flatten(-3)
    return Result(Y, {"Y": Y})


def one_hot(Z: Tensor, y: Tensor) -> Tensor:
    """1 at the true class."""
    return functional.one_hot(y, Z.shape[-1]).to(Z.dtype)


def softmax_bce(options: Options, Z: Tensor, y: Tensor) -> Result:
    """Binary cross-entropy of the softmax's entries."""
    loss = functional.binary_cross_entropy(Z.softmax(-1), one_hot(Z, y))
    return Result(loss, {"loss": loss})


def sigmoid_bce(options: Options, Z: Tensor, y: Tensor) -> Result:
    """Binary cross-entropy of the sigmoids."""
    loss = functional.binary_cross_entropy_with_logits(Z, one_hot(Z, y))
    return Result(loss, {"loss": loss})


def mse(options: Options, Z: Tensor, y: Tensor) -> Result:
    """Squared distance from one-hot."""
    loss = functional.mse_loss(Z, one_hot(Z, y))
    return Result(loss, {"loss": loss})


OPS: dict[str, Op] = {
    "conv": conv,
    "conv3d": conv3d,
    "convlstm": convlstm,
    "average_pool": _pool(functional.avg_pool2d),
    "max_pool": _pool(functional.max_pool2d),
    "layer_norm": layer_norm,
    "batch_norm": batch_norm,
    "dropout": dropout,
    "flatten": flatten,
    "softmax_bce": softmax_bce,
    "sigmoid_bce": sigmoid_bce,
    "mse": mse,
}
