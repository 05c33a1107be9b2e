"""LIAF-Net's layers on images in JAX.

``lax.conv_general_dilated`` and ``lax.reduce_window`` take the paper's layout as it is.
The maximum is another matter: ``lax.reduce_window`` gives the gradient to the first of equal
values, as the paper's reference does; ``jnp.max`` would share it.
"""

from collections.abc import Mapping
from typing import Any

from liaf_ref.oracle.adapters.graph import Op, Result, Tensor, Tensors
from liaf_ref.oracle.adapters.jax_layers import scan_time, zeros_if_none
from liaf_ref.oracle.adapters.optional_import import optional_import

with optional_import("jax"):
    import jax
    import jax.numpy as jnp
    from jax import lax

Options = Mapping[str, Any]
LAYOUTS = {2: ("NHWC", "HWIO", "NHWC"), 3: ("NDHWC", "DHWIO", "NDHWC")}
AXES = {"HWL": (-3, -2, -1), "L": (-1,), "BTHW": (0, 1, 2, 3), "BHW": (0, 2, 3)}
AXES |= {"BT": (0, 1), "B": (0,)}


def convolve(X: Tensor, W: Tensor, stride: Any, pad: Any) -> Tensor:
    """Convolve ``(N, *size, K)`` with zeros around, two or three axes."""
    pairs = [tuple(pair) for pair in pad]
    return lax.conv_general_dilated(
        X, W, tuple(stride), pairs, dimension_numbers=LAYOUTS[len(pairs)]
    )


def conv(options: Options, X: Tensor, *, W: Tensor, b: Tensor = 0.0) -> Result:
    """Synapses under windows of H and W, all steps at once."""
    flat = X.reshape(-1, *X.shape[2:])
    I = convolve(flat, W, options["stride"], options["pad"])
    I = I.reshape(*X.shape[:2], *I.shape[1:]) + b  # (2)
    return Result(I, {"I": I})


def conv3d(options: Options, X: Tensor, *, W: Tensor, b: Tensor = 0.0) -> Result:
    """Synapses under windows of T, H and W."""
    I = convolve(X, W, options["stride"], options["pad"]) + b  # (2)
    return Result(I, {"I": I})


def convlstm(
    options: Options, A: Tensor, *, h0: Tensor, c0: Tensor, U: Tensor, dA: Tensor | None = None
) -> Result:
    """Eq. (15) with convolutions, gates in the paper's order."""
    xs = {"A": A, "dA": zeros_if_none(dA, A)}
    last, shown = scan_time(convlstm_step, {"h": h0, "c": c0}, xs, U)
    return Result(shown["h"], shown | {"Y": shown["h"]}, last, {"dA": A})


def convlstm_step(state: Tensors, x: Tensors, U: Tensor) -> tuple[Tensors, Tensors]:
    """One step: the new h and c."""
    pad = [((k - 1) // 2, k // 2) for k in U.shape[:2]]
    a = x["A"] + x["dA"] + convolve(state["h"], U, (1, 1), pad)
    f, i, o, c_tilde = jnp.split(a, 4, -1)
    c = jax.nn.sigmoid(f) * state["c"] + jax.nn.sigmoid(i) * jnp.tanh(c_tilde)  # (15)
    state = {"h": jax.nn.sigmoid(o) * jnp.tanh(c), "c": c}  # (15)
    return state, state


def _windows(options: Options) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return (1, 1, *options["size"], 1), (1, 1, *options["stride"], 1)


def average_pool(options: Options, X: Tensor) -> Result:
    """The mean under each window."""
    size, stride = _windows(options)
    total = lax.reduce_window(X, 0.0, lax.add, size, stride, "VALID")
    Y = total / (size[2] * size[3])
    return Result(Y, {"Y": Y})


def max_pool(options: Options, X: Tensor) -> Result:
    """The largest value under each window."""
    Y = lax.reduce_window(X, -jnp.inf, lax.max, *_windows(options), "VALID")
    return Result(Y, {"Y": Y})


def _normalize(X: Tensor, axes: tuple[int, ...], eps: float) -> tuple[Tensor, Tensor, Tensor]:
    """The mean of the squares less the square of the mean, as Flax has it."""
    m = X.mean(axes, keepdims=True)
    v = (X * X).mean(axes, keepdims=True) - m * m
    return (X - m) * lax.rsqrt(v + eps), m, v


def layer_norm(options: Options, X: Tensor, *, gamma: Tensor, b: Tensor) -> Result:
    """Over (H, W, L) or L of every step of every sample."""
    Y = gamma * _normalize(X, AXES[options["axes"]], options["eps"])[0] + b
    return Result(Y, {"Y": Y})


def batch_norm(
    options: Options, X: Tensor, *, gamma: Tensor, b: Tensor, m: Tensor, v: Tensor
) -> Result:
    """Over the batch and time, or a norm at each step that follows one set of statistics."""
    if options["statistics"] == "running":
        Y = gamma * ((X - m) * lax.rsqrt(v + options["eps"])) + b
        return Result(Y, {"Y": Y})
    X_hat, means, variances = _normalize(X, AXES[options["axes"]], options["eps"])
    n, L, weight = X.size // means.size, X.shape[-1], options["momentum"]
    for mean, variance in zip(means.reshape(-1, L), variances.reshape(-1, L), strict=True):
        m += weight * (mean - m)
        v += weight * (variance * n / (n - 1) - v)
    Y = gamma * X_hat + b
    return Result(Y, {"Y": Y, "m": m, "v": v})


def dropout(options: Options, X: Tensor, *, M: Tensor) -> Result:
    """The mask that is given."""
    Y = X * M
    return Result(Y, {"Y": Y})


def flatten(options: Options, X: Tensor) -> Result:
    """Each frame as a vector."""
    Y = X.reshape(*X.shape[:-3], -1)
    return Result(Y, {"Y": Y})


def _binary_cross_entropy(log_p: Tensor, log_not_p: Tensor, y: Tensor) -> Result:
    true = jax.nn.one_hot(y, log_p.shape[-1], dtype=log_p.dtype)
    loss = -(true * log_p + (1 - true) * log_not_p).mean()
    return Result(loss, {"loss": loss})


def softmax_bce(options: Options, Z: Tensor, y: Tensor) -> Result:
    """Binary cross-entropy of the softmax's entries."""
    return _binary_cross_entropy(jax.nn.log_softmax(Z), jnp.log1p(-jax.nn.softmax(Z)), y)


def sigmoid_bce(options: Options, Z: Tensor, y: Tensor) -> Result:
    """Binary cross-entropy of the sigmoids."""
    return _binary_cross_entropy(jax.nn.log_sigmoid(Z), jax.nn.log_sigmoid(-Z), y)


def mse(options: Options, Z: Tensor, y: Tensor) -> Result:
    """Squared distance from one-hot."""
    loss = ((Z - jax.nn.one_hot(y, Z.shape[-1], dtype=Z.dtype)) ** 2).mean()
    return Result(loss, {"loss": loss})


OPS: dict[str, Op] = {
    "conv": conv,
    "conv3d": conv3d,
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
