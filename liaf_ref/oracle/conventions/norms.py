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
from liaf_ref.oracle.conventions.convention import Convention, of_field

BOTH = frozenset({"layer_norm", "batch_norm"})
IMAGES = 5  # dimensions of (B, T, H, W, L)
STEP, ALONE = (-3, -2, -1), (-1,)


class Axes(NamedTuple):
    """A normalisation over other axes; ``other`` takes the axes and the dimensions of X."""

    kernel: Any
    other: Callable[[Size, int], Size]

    def forward(self, X: Array, p: Params, axes: Size, eps: float) -> Any:
        """As the kernel's."""
        return self.kernel.forward(X, p, self.other(axes, X.ndim), eps)

    def backward(self, dY: Array, tape: Any, axes: Size) -> Any:
        """As the kernel's."""
        return self.kernel.backward(dY, tape, self.other(axes, dY.ndim))


class Deviation(NamedTuple):
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


class Backward(NamedTuple):
    """A normalisation with another gradient in its input: of g, X normalised, r and the axes."""

    kernel: Any
    dX: Callable[[Array, Array, Array, Size], Array]

    def forward(self, *given: Any) -> Any:
        """As the kernel's."""
        return self.kernel.forward(*given)

    def backward(self, dY: Array, tape: Any, axes: Size) -> Any:
        """The parameters' as the kernel's."""
        _, dp = self.kernel.backward(dY, tape, axes)
        return self.dX(dY * tape.p.gamma, tape.X_hat, tape.r, axes), dp


class Eps(NamedTuple):
    """A normalisation with one eps whatever is asked for."""

    kernel: Any
    eps: float

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kernel, name)

    def forward(self, *given: Any) -> Any:
        """As the kernel's; eps comes last."""
        return self.kernel.forward(*given[:-1], self.eps)


def _axes(name: str, says: str, op: str, other: Callable[[Size, int], Size]) -> Convention:
    wrapped = of_field(name, says, "norm", lambda kernel: Axes(kernel, other))
    return wrapped._replace(ops=frozenset({op}))


def _eps(eps: float, name: str) -> Convention:
    return Convention(
        f"eps always {name}",
        f"{name} is added to every variance.",
        BOTH,
        lambda given: given._replace(
            norm=Eps(given.norm, eps), norm_running=Eps(given.norm_running, eps)
        ),
    )


def _deviation(name: str, says: str, deviation: Any, slope: Any) -> Convention:
    return of_field(name, says, "norm", lambda _: Deviation(deviation, slope))


def _follow(name: str, says: str, of: Callable[..., Statistics]) -> Convention:
    def wrap(kernel: Any) -> Any:
        def follow_steps(kept: Statistics, batch: Statistics, n: int, momentum: float) -> Any:
            return of(kernel, kept, batch, n, momentum)

        rest = {"forward": kernel.forward, "backward": kernel.backward}
        return SimpleNamespace(follow_steps=follow_steps, **rest)

    return of_field(name, says, "norm_running", wrap)


def _biased(
    kernel: Any, kept: Statistics, batch: Statistics, n: int, momentum: float
) -> Statistics:
    biased = batch._replace(v=batch.v * (n - 1) / n)
    return kernel.follow_steps(kept, biased, n, momentum)  # type: ignore[no-any-return]


def _other_weight(
    kernel: Any, kept: Statistics, batch: Statistics, n: int, momentum: float
) -> Statistics:
    return kernel.follow_steps(kept, batch, n, 1 - momentum)  # type: ignore[no-any-return]


def _not_kept(
    kernel: Any, kept: Statistics, batch: Statistics, n: int, momentum: float
) -> Statistics:
    return kept


def _by_the_batch(case: Case) -> Case:
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
        "Each place of a frame is normalised by itself.",
        "layer_norm",
        lambda axes, _: ALONE if axes == STEP else axes,
    ),
    _axes(
        "layer norm over the frame",
        "All of a frame is normalised together, where its places should be apart.",
        "layer_norm",
        lambda axes, ndim: STEP if axes == ALONE and ndim == IMAGES else axes,
    ),
    _axes(
        "layer norm of each channel",
        "Each channel of a frame is normalised by itself.",
        "layer_norm",
        lambda axes, _: (-3, -2) if axes == STEP else axes,
    ),
    _axes(
        "batch norm step by step",
        "Each time step has statistics of its own.",
        "batch_norm",
        lambda axes, _: tuple(a for a in axes if a != 1),
    ),
    _axes(
        "batch norm over all steps",
        "All time steps have statistics in common, where each should have its own.",
        "batch_norm",
        lambda axes, _: (0, 1, *axes[1:]) if axes[0] == 0 and 1 not in axes else axes,
    ),
    Convention(
        "batch norm by the batch in evaluation",
        "Running statistics are not used.",
        frozenset({"batch_norm"}),
        case=_by_the_batch,
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
    of_field(
        "statistics of a norm not differentiated",
        "Mean and variance count as constants.",
        "norm",
        lambda kernel: Backward(kernel, lambda g, X_hat, r, axes: r * g),
    ),
    of_field(
        "variance of a norm not differentiated",
        "The variance counts as a constant.",
        "norm",
        lambda kernel: Backward(kernel, lambda g, X_hat, r, axes: r * (g - _mean(g, axes))),
    ),
    of_field(
        "mean of a norm not differentiated",
        "The mean counts as a constant.",
        "norm",
        lambda kernel: Backward(
            kernel, lambda g, X_hat, r, axes: r * (g - X_hat * _mean(g * X_hat, axes))
        ),
    ),
    _follow("running variance biased", "The batch's variance is kept as it normalises.", _biased),
    _follow(
        "momentum the other way round",
        "The momentum is the weight of what was kept, as in Keras.",
        _other_weight,
    ),
    _follow("running statistics not kept", "They stay as they were.", _not_kept),
)
