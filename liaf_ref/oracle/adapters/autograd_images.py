"""LIAF-Net's layers on images in HIPS autograd, which brings neither convolutions nor pools.

Both are sums over the places of a window: each place sees a slice of the input, and
autograd adds the gradient of a slice to the positions of that slice.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from liaf_ref.oracle.adapters.graph import Op, Result, Tensor
from liaf_ref.oracle.adapters.optional_import import optional_import

with optional_import("autograd"):
    import autograd.numpy as np
    from autograd.extend import notrace_primitive
    from autograd.scipy.special import expit, logsumexp

Options = Mapping[str, Any]
AXES = {"HWL": (-3, -2, -1), "L": (-1,), "BTHW": (0, 1, 2, 3), "BHW": (0, 2, 3)}
AXES |= {"BT": (0, 1), "B": (0,)}


def window_taps(X: Tensor, size: Any, stride: Any) -> Iterator[tuple[Any, Tensor]]:
    """Each place of a window, and what all windows see there, over the axes before the last."""
    inner = X.shape[-1 - len(size) : -1]
    out = [(n - k) // s + 1 for n, k, s in zip(inner, size, stride, strict=True)]
    for tap in product(*map(range, size)):
        steps = (slice(k, k + s * n, s) for k, s, n in zip(tap, stride, out, strict=True))
        yield tap, X[(..., *steps, slice(None))]


def convolve(X: Tensor, W: Tensor, stride: Any, pad: Any) -> Tensor:
    """Convolve with zeros around, as many axes as W has beside K and L."""
    for axis, zeros in enumerate(pad, X.ndim - 1 - len(pad)):
        sides = ((*X.shape[:axis], n, *X.shape[axis + 1 :]) for n in zeros)
        before, after = (np.zeros(side, X.dtype) for side in sides)
        X = np.concatenate((before, X, after), axis=axis)
    return sum(np.dot(x, W[tap]) for tap, x in window_taps(X, W.shape[:-2], stride))


def conv(options: Options, X: Tensor, *, W: Tensor, b: Tensor = 0.0) -> Result:
    """Synapses under windows of H and W, or of T, H and W."""
    I = convolve(X, W, options["stride"], options["pad"]) + b  # (2)
    return Result(I, {"I": I})


def convlstm(
    options: Options, A: Tensor, *, h0: Tensor, c0: Tensor, U: Tensor, dA: Tensor = 0.0
) -> Result:
    """Eq. (15) with convolutions, gates in the paper's order."""
    pad = [((k - 1) // 2, k // 2) for k in U.shape[:2]]
    A, h, c, outputs, cells = A + dA, h0, c0, [], []
    for t in range(A.shape[1]):
        a = A[:, t] + convolve(h, U, (1, 1), pad)
        f, i, o, c_tilde = np.split(a, 4, axis=-1)
        c = expit(f) * c + expit(i) * np.tanh(c_tilde)  # (15)
        h = expit(o) * np.tanh(c)  # (15)
        outputs.append(h)
        cells.append(c)
    Y = np.stack(outputs, 1)
    return Result(Y, {"h": Y, "c": np.stack(cells, 1), "Y": Y}, {"h": h, "c": c}, {"dA": A})


def average_pool(options: Options, X: Tensor) -> Result:
    """The mean under each window."""
    size = options["size"]
    Y = sum(x for _, x in window_taps(X, size, options["stride"])) / (size[0] * size[1])
    return Result(Y, {"Y": Y})


@notrace_primitive  # type: ignore[untyped-decorator]
def first_max_mask(x: Tensor) -> Tensor:
    """1 at the first largest entry of axis 0, without a history; ``np.max`` would share a tie."""
    places = np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1))
    return (places == x.argmax(axis=0)).astype(x.dtype)


def max_pool(options: Options, X: Tensor) -> Result:
    """The largest value under each window."""
    x = np.stack([x for _, x in window_taps(X, options["size"], options["stride"])])
    Y = np.sum(x * first_max_mask(x), axis=0)
    return Result(Y, {"Y": Y})


def _normalize(X: Tensor, axes: tuple[int, ...], eps: float) -> tuple[Tensor, Tensor, Tensor]:
    m = np.mean(X, axis=axes, keepdims=True)
    v = np.mean((X - m) ** 2, axis=axes, keepdims=True)
    return (X - m) / np.sqrt(v + eps), m, v


def layer_norm(options: Options, X: Tensor, *, gamma: Tensor, b: Tensor) -> Result:
    """Over (H, W, L) or L of every step of every sample."""
    Y = gamma * _normalize(X, AXES[options["axes"]], options["eps"])[0] + b
    return Result(Y, {"Y": Y})


def batch_norm(
    options: Options, X: Tensor, *, gamma: Tensor, b: Tensor, m: Tensor, v: Tensor
) -> Result:
    """Over the batch and time, or a norm at each step that follows one set of statistics."""
    if options["statistics"] == "running":
        Y = gamma * (X - m) / np.sqrt(v + options["eps"]) + b
        return Result(Y, {"Y": Y})
    X_hat, means, variances = _normalize(X, AXES[options["axes"]], options["eps"])
    n, L, weight = X.size // means.size, X.shape[-1], options["momentum"]
    for mean, variance in zip(means.reshape(-1, L), variances.reshape(-1, L), strict=True):
        m = (1 - weight) * m + weight * mean
        v = (1 - weight) * v + weight * (variance * n / (n - 1))
    Y = gamma * X_hat + b
    return Result(Y, {"Y": Y, "m": m, "v": v})


def dropout(options: Options, X: Tensor, *, M: Tensor) -> Result:
    """The mask that is given."""
    Y = X * M
    return Result(Y, {"Y": Y})


def flatten(options: Options, X: Tensor) -> Result:
    """Each frame as a vector."""
    Y = np.reshape(X, (*X.shape[:-3], -1))
    return Result(Y, {"Y": Y})


def _binary_cross_entropy(log_p: Tensor, log_not_p: Tensor, y: Tensor) -> Result:
    true = np.eye(log_p.shape[1], dtype=log_p.dtype)[y]
    loss = -np.mean(true * log_p + (1 - true) * log_not_p)
    return Result(loss, {"loss": loss})


def softmax_bce(options: Options, Z: Tensor, y: Tensor) -> Result:
    """Binary cross-entropy of the softmax's entries."""
    log_p = Z - logsumexp(Z, axis=-1, keepdims=True)
    return _binary_cross_entropy(log_p, np.log(1 - np.exp(log_p)), y)


def sigmoid_bce(options: Options, Z: Tensor, y: Tensor) -> Result:
    """Binary cross-entropy of the sigmoids."""
    return _binary_cross_entropy(-np.logaddexp(0.0, -Z), -np.logaddexp(0.0, Z), y)


def mse(options: Options, Z: Tensor, y: Tensor) -> Result:
    """Squared distance from one-hot."""
    loss = np.mean((Z - np.eye(Z.shape[1], dtype=Z.dtype)[y]) ** 2)
    return Result(loss, {"loss": loss})


OPS: dict[str, Op] = {
    "conv": conv,
    "conv3d": conv,
    "convlstm": convlstm,
    "average_pool": average_pool,
    "max_pool": max_pool,
    "layer_norm": layer_norm,
    "batch_norm": batch_norm,
    "dropout": dropout,
    "flatten": flatten,
    "softmax_bce": softmax_bce,
    "sigmoid_bce": sigmoid_bce,
    "mse": mse,
}
