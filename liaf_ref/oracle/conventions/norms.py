"""Other normalisations and other ways to keep running statistics."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import norm
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.kernels.norm import Params, Statistics
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.conventions.convention import Convention, kernel_convention

NORM_OPS = frozenset({"layer_norm", "batch_norm"})
IMAGE_NDIM = 5  # dimensions of (B, T, H, W, L)
FRAME_AXES, CHANNEL_AXES = (-3, -2, -1), (-1,)


class OtherAxes(NamedTuple):
    """A normalisation over other axes; ``other`` takes the axes and the dimensions of X."""

    kernel: Any
    map_axes: Callable[[Size, int], Size]

    def forward(self, X: Array, p: Params, axes: Size, eps: float) -> Any:
        """As the kernel's."""
        return self.kernel.forward(X, p, self.map_axes(axes, X.ndim), eps)

    def backward(self, dY: Array, tape: Any, axes: Size) -> Any:
        """As the kernel's."""
        return self.kernel.backward(dY, tape, self.map_axes(axes, dY.ndim))


class OtherDeviation(NamedTuple):
    """A normalisation by another deviation; ``slope`` is its derivative in the variance.

    Both take the variance, how many numbers it is of, and eps.
    """

    deviation: Callable[[Array, int, float], Array]
    slope: Callable[[Array, int, float], Array]

    def forward(self, X: Array, p: Params, axes: Size, eps: float) -> Any:
        """As the kernel's."""
        _, of, _ = norm.forward(X, p, axes, eps)
        n = X.size // of.m.size
        s = self.deviation(of.v, n, eps)
        X_hat = (X - of.m) / s
        return p.gamma * X_hat + p.b, of, (X - of.m, s, self.slope(of.v, n, eps), p)

    def backward(self, dY: Array, tape: Any, axes: Size) -> Any:
        """By the mean and the variance."""
        x, s, slope, p = tape
        _, dp = norm.backward(dY, norm.Tape(x / s, 1 / s, p), axes)
        g = dY * p.gamma
        dv = -(g * x).sum(axis=axes, keepdims=True) / s**2 * slope
        n = x.size // s.size
        return (g - g.mean(axis=axes, keepdims=True)) / s + 2 / n * x * dv, dp


class OtherInputGradient(NamedTuple):
    """A normalisation with another gradient in its input: of g, X normalised, r and the axes."""

    kernel: Any
    dX: Callable[[Array, Array, Array, Size], Array]

    def forward(self, *args: Any) -> Any:
        """As the kernel's."""
        return self.kernel.forward(*args)

    def backward(self, dY: Array, tape: Any, axes: Size) -> Any:
        """The parameters' as the kernel's."""
        _, dp = self.kernel.backward(dY, tape, axes)
        return self.dX(dY * tape.p.gamma, tape.X_hat, tape.r, axes), dp


class FixedEps(NamedTuple):
    """A normalisation with one eps for every requested eps."""

    kernel: Any
    eps: float

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kernel, name)

    def forward(self, *args: Any) -> Any:
        """As the kernel's; eps comes last."""
        return self.kernel.forward(*args[:-1], self.eps)


def _axes(
    name: str, description: str, op: str, map_axes: Callable[[Size, int], Size]
) -> Convention:
    wrapped = kernel_convention(
        name, description, "norm", lambda kernel: OtherAxes(kernel, map_axes)
    )
    return wrapped._replace(ops=frozenset({op}))


def _eps(eps: float, name: str) -> Convention:
    return Convention(
        f"eps always {name}",
        f"{name} is added to every variance.",
        NORM_OPS,
        lambda given: given._replace(
            norm=FixedEps(given.norm, eps), norm_running=FixedEps(given.norm_running, eps)
        ),
    )


def _deviation(name: str, description: str, deviation: Any, slope: Any) -> Convention:
    return kernel_convention(name, description, "norm", lambda _: OtherDeviation(deviation, slope))


def _running_statistics_convention(
    name: str, description: str, update: Callable[..., Statistics]
) -> Convention:
    def wrap(kernel: Any) -> Any:
        def follow_steps(kept: Statistics, batch: Statistics, n: int, momentum: float) -> Any:
            return update(kernel, kept, batch, n, momentum)

        rest = {"forward": kernel.forward, "backward": kernel.backward}
        return SimpleNamespace(follow_steps=follow_steps, **rest)

    return kernel_convention(name, description, "norm_running", wrap)


def _biased_variance(
    kernel: Any, running: Statistics, batch: Statistics, n: int, momentum: float
) -> Statistics:
    biased = batch._replace(v=batch.v * (n - 1) / n)
    return kernel.follow_steps(running, biased, n, momentum)  # type: ignore[no-any-return]


def _swapped_momentum(
    kernel: Any, running: Statistics, batch: Statistics, n: int, momentum: float
) -> Statistics:
    return kernel.follow_steps(running, batch, n, 1 - momentum)  # type: ignore[no-any-return]


def _unchanged_statistics(
    kernel: Any, running: Statistics, batch: Statistics, n: int, momentum: float
) -> Statistics:
    return running


def _always_batch_statistics(case: Case) -> Case:
    """The case with every batch norm in training."""
    nodes = tuple(
        n._replace(options={**n.options, "statistics": "batch"}) if n.op == "batch_norm" else n
        for n in case.nodes
    )
    return replace(case, nodes=nodes)


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
        "A whole frame is normalised together, not each position separately.",
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
        "Each time step has statistics of its own.",
        "batch_norm",
        lambda axes, _: tuple(a for a in axes if a != 1),
    ),
    _axes(
        "batch norm over all steps",
        "All time steps share statistics, but each should have its own.",
        "batch_norm",
        lambda axes, _: (0, 1, *axes[1:]) if axes[0] == 0 and 1 not in axes else axes,
    ),
    Convention(
        "batch statistics in evaluation",
        "Running statistics are not used.",
        frozenset({"batch_norm"}),
        transform_case=_always_batch_statistics,
    ),
    _eps(1e-5, "1e-5"),
    _eps(1e-3, "1e-3"),
    _deviation(
        "eps outside the root",
        "eps is added to the deviation, not to the variance.",
        lambda v, n, eps: np.sqrt(v) + eps,
        lambda v, n, eps: 1 / (2 * np.sqrt(v)),
    ),
    _deviation(
        "unbiased variance in norms",
        "The variance to normalise by is divided by n - 1.",
        lambda v, n, eps: np.sqrt(v * n / (n - 1) + eps),
        lambda v, n, eps: n / (n - 1) / (2 * np.sqrt(v * n / (n - 1) + eps)),
    ),
    kernel_convention(
        "norm statistics detached",
        "Mean and variance are taken as constants.",
        "norm",
        lambda kernel: OtherInputGradient(kernel, lambda g, X_hat, r, axes: r * g),
    ),
    kernel_convention(
        "norm variance detached",
        "The variance is taken as a constant.",
        "norm",
        lambda kernel: OtherInputGradient(
            kernel, lambda g, X_hat, r, axes: r * (g - _mean(g, axes))
        ),
    ),
    kernel_convention(
        "norm mean detached",
        "The mean is taken as a constant.",
        "norm",
        lambda kernel: OtherInputGradient(
            kernel, lambda g, X_hat, r, axes: r * (g - X_hat * _mean(g * X_hat, axes))
        ),
    ),
    _running_statistics_convention(
        "running variance biased",
        "The running variance uses the biased variance of the batch.",
        _biased_variance,
    ),
    _running_statistics_convention(
        "momentum convention swapped (Keras)",
        "The momentum is the weight of the old running value, as in Keras.",
        _swapped_momentum,
    ),
    _running_statistics_convention(
        "running statistics not kept", "They are not updated.", _unchanged_statistics
    ),
)
