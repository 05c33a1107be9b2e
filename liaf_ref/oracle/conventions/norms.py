"""Other normalisations and other ways to keep running statistics."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from liaf_ref.kernels import norm
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.kernels.norm import Params, Statistics
from liaf_ref.oracle.conventions.convention import (
    Convention,
    kernel_convention,
    replace_functions,
    with_backward,
    with_options,
)

IMAGE_NDIM = 5  # dimensions of (B, T, H, W, L)
FRAME_AXES, CHANNEL_AXES = (-3, -2, -1), (-1,)
Deviation = Callable[[Array, int, float], Array]


def _over_axes(map_axes: Callable[[Size, int], Size]) -> Callable[[Any], Any]:
    """Normalise over other axes; ``map_axes`` takes the axes and the dimensions of X."""
    return lambda kernel: replace_functions(
        kernel,
        forward=lambda X, p, axes, eps: kernel.forward(X, p, map_axes(axes, X.ndim), eps),
        backward=lambda dY, tape, axes: kernel.backward(dY, tape, map_axes(axes, dY.ndim)),
    )


def _by_deviation(deviation: Deviation, slope: Deviation) -> Callable[[Any], Any]:
    """Normalise by another deviation; ``slope`` is its derivative in the variance."""

    # Both take the variance, how many numbers it is of, and eps.
    def forward(X: Array, p: Params, axes: Size, eps: float) -> Any:
        _, of, _ = norm.forward(X, p, axes, eps)
        n = X.size // of.m.size
        s = deviation(of.v, n, eps)
        X_hat = (X - of.m) / s
        return p.gamma * X_hat + p.b, of, (X - of.m, s, slope(of.v, n, eps), p)

    def backward(dY: Array, tape: Any, axes: Size) -> Any:
        x, s, ds_dv, p = tape
        _, dp = norm.backward(dY, norm.Tape(x / s, 1 / s, p), axes)
        g = dY * p.gamma
        dv = -(g * x).sum(axis=axes, keepdims=True) / s**2 * ds_dv
        n = x.size // s.size
        return (g - g.mean(axis=axes, keepdims=True)) / s + 2 / n * x * dv, dp

    return lambda kernel: replace_functions(kernel, forward=forward, backward=backward)


def _input_gradient(dX: Callable[[Array, Array, Array, Size], Array]) -> Callable[[Any], Any]:
    """Another gradient in the input: of g, X normalised, r and the axes."""

    def backward(kernel: Any, dY: Array, tape: Any, axes: Size) -> Any:
        _, dp = kernel.backward(dY, tape, axes)
        return dX(dY * tape.p.gamma, tape.X_hat, tape.r, axes), dp

    return with_backward(backward)


def _axes(
    name: str, description: str, op: str, map_axes: Callable[[Size, int], Size]
) -> Convention:
    wrapped = kernel_convention(name, description, "norm", _over_axes(map_axes))
    return wrapped._replace(ops=frozenset({op}))


def _eps(eps: float, name: str) -> Convention:
    def wrap(kernel: Any) -> Any:
        return replace_functions(kernel, forward=lambda *args: kernel.forward(*args[:-1], eps))

    description = f"{name} is added to every variance."
    return kernel_convention(f"eps always {name}", description, "norm norm_running", wrap)


def _statistics(update: Callable[..., Statistics]) -> Callable[[Any], Any]:
    """Other running statistics; ``update`` takes the kernel, and what it takes."""
    return lambda kernel: replace_functions(kernel, follow_steps=partial(update, kernel))


def _biased_variance(
    kernel: Any, running: Statistics, batch: Statistics, n: int, momentum: float
) -> Any:
    return kernel.follow_steps(running, batch._replace(v=batch.v * (n - 1) / n), n, momentum)


def _swapped_momentum(
    kernel: Any, running: Statistics, batch: Statistics, n: int, momentum: float
) -> Any:
    return kernel.follow_steps(running, batch, n, 1 - momentum)


def _mean(g: Array, axes: Size) -> Array:
    return np.asarray(g.mean(axis=axes, keepdims=True))


NORMS: tuple[Convention, ...] = (
    _axes(
        "layer norm over channels alone",
        "Each position of a frame is normalised separately.",
        "layer_norm",
        lambda axes, _: CHANNEL_AXES if axes == FRAME_AXES else axes,
    ),
    _axes(
        "layer norm over the frame",
        "A whole frame is normalised together instead of each position separately.",
        "layer_norm",
        lambda axes, ndim: FRAME_AXES if axes == CHANNEL_AXES and ndim == IMAGE_NDIM else axes,
    ),
    _axes(
        "layer norm of each channel",
        "Each channel of a frame is normalised separately.",
        "layer_norm",
        lambda axes, _: (-3, -2) if axes == FRAME_AXES else axes,
    ),
    _axes(
        "batch norm step by step",
        "Each time step has statistics of its own: the norm is inside the loop over time.",
        "batch_norm",
        lambda axes, _: tuple(a for a in axes if a != 1),
    ),
    _axes(
        "batch norm over all steps",
        "All time steps share statistics, but each step must have its own.",
        "batch_norm",
        lambda axes, _: (0, 1, *axes[1:]) if axes[0] == 0 and 1 not in axes else axes,
    ),
    Convention(
        "batch statistics in evaluation",
        "Evaluation uses batch statistics instead of running statistics.",
        frozenset({"batch_norm"}),
        transform_case=with_options("batch_norm", lambda _: {"statistics": "batch"}),
    ),
    _eps(1e-5, "1e-5"),
    _eps(1e-3, "1e-3"),
    kernel_convention(
        "eps outside the root",
        "eps is added to the standard deviation instead of the variance.",
        "norm",
        _by_deviation(
            lambda v, n, eps: np.sqrt(v) + eps,
            lambda v, n, eps: 1 / (2 * np.sqrt(v)),
        ),
    ),
    kernel_convention(
        "unbiased variance in norms",
        "The normalisation uses the unbiased variance.",
        "norm",
        _by_deviation(
            lambda v, n, eps: np.sqrt(v * n / (n - 1) + eps),
            lambda v, n, eps: n / (n - 1) / (2 * np.sqrt(v * n / (n - 1) + eps)),
        ),
    ),
    kernel_convention(
        "norm statistics detached",
        "No gradient flows through the mean and the variance.",
        "norm",
        _input_gradient(lambda g, X_hat, r, axes: r * g),
    ),
    kernel_convention(
        "norm variance detached",
        "No gradient flows through the variance.",
        "norm",
        _input_gradient(lambda g, X_hat, r, axes: r * (g - _mean(g, axes))),
    ),
    kernel_convention(
        "norm mean detached",
        "No gradient flows through the mean.",
        "norm",
        _input_gradient(lambda g, X_hat, r, axes: r * (g - X_hat * _mean(g * X_hat, axes))),
    ),
    kernel_convention(
        "running variance biased",
        "The running variance uses the biased variance of the batch.",
        "norm_running",
        _statistics(_biased_variance),
    ),
    kernel_convention(
        "momentum convention swapped (Keras)",
        "The momentum is the weight of the old running value, as in Keras.",
        "norm_running",
        _statistics(_swapped_momentum),
    ),
    kernel_convention(
        "running statistics not kept",
        "The running statistics are not updated.",
        "norm_running",
        _statistics(lambda kernel, running, *args: running),
    ),
)
