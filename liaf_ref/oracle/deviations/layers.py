"""Other pools, norms, readouts, losses and optimizers."""

from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations.deviation import (
    NORMS,
    Deviation,
    Edit,
    around,
    deviation,
    given,
    result,
)
from liaf_ref.oracle.table import layers, losses, optimizers
from liaf_ref.oracle.table.functions import rsqrt
from liaf_ref.oracle.table.tape import T, as_if, scaled, stop, with_slope

IMAGE_NDIM = 5  # of (B, T, H, W, L)


def _window_size(o: Mapping[str, Any]) -> float:
    return float(np.prod(o["size"]))


def _tied(share: Callable[[Any], Any]) -> Edit:
    """Max pooling whose gradient goes elsewhere where maxima are equal."""

    def run(z: SimpleNamespace, X: T, *, size: Any, stride: Any) -> dict[str, T]:
        seen = [s for _, s in layers.windows(X, size, stride)]
        values = np.stack([s.v for s in seen])
        shares = share(values == values.max(axis=0))
        parents = [(s, lambda g, part=part: g * part) for s, part in zip(seen, shares, strict=True)]
        return {"Y": T(values.max(axis=0), parents)}

    return Edit("max_pool", lambda old: run)


def _mask(change: Callable[[T, T], T]) -> Edit:
    """Dropout as another function of the input and the mask."""
    return Edit("dropout", lambda old: lambda z, X, **_: {"Y": change(X, z.constants["M"])})


def _kept(M: T) -> T:
    return T((M.v > 0) * 1.0)


def _channels_first(X: T) -> T:
    Y = T(np.moveaxis(X.v, -1, -3), ((X, lambda g: np.moveaxis(g, -3, -1)),))
    return Y.reshape(*X.shape[:-3], -1)


POOLS: tuple[Deviation, ...] = (
    deviation(
        "average pool as a sum",
        "The sum over a window is not divided by its size.",
        result("average_pool", lambda Y, X, o: Y * _window_size(o)),
    ),
    deviation(
        "gradient of the average not divided",
        "The average is right, but its gradient is that of the sum.",
        result("average_pool", lambda Y, X, o: scaled(Y, _window_size(o))),
    ),
    deviation(
        "max pooling instead of average pooling",
        "The output is the maximum of a window instead of the mean.",
        average_pool=layers.max_pool,
    ),
    deviation(
        "average pooling instead of max pooling",
        "The output is the mean of a window instead of the maximum.",
        max_pool=layers.average_pool,
    ),
    deviation(
        "gradient to the last tied maximum",
        "The last of equal maxima in row-major order gets the gradient.",
        _tied(lambda equal: equal & (np.cumsum(equal[::-1], axis=0)[::-1] == 1)),
    ),
    deviation(
        "gradient to every tied maximum",
        "Each of equal maxima gets the whole gradient.",
        _tied(lambda equal: equal),
    ),
    deviation(
        "gradient split among tied maxima",
        "Equal maxima share the gradient, as in JAX and autograd.",
        _tied(lambda equal: equal / equal.sum(axis=0)),
    ),
    deviation(
        "dropout not applied backward",
        "The backward pass ignores the dropout mask and its scale.",
        _mask(lambda X, M: as_if(X * M, X)),
    ),
    deviation(
        "dropout not scaled",
        "Values are not divided by the keep probability.",
        _mask(lambda X, M: X * _kept(M)),
    ),
    deviation("dropout not applied", "The dropout mask is ignored.", _mask(lambda X, M: X)),
    deviation(
        "flattened channels first",
        "The order is channels, rows, columns, as in PyTorch.",
        result("flatten", lambda Y, X, o: _channels_first(X)),
    ),
)


def _axes(op: str, change: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Edit:
    """One of the norms, over other axes."""

    def wrap(old: Any) -> Any:
        def run(z: SimpleNamespace, X: T, **options: Any) -> Any:
            normalize = z.text["normalize"]
            other_axes = lambda X, axes, eps: normalize(X, change(axes), eps)  # noqa: E731
            z.text = {**z.text, "normalize": other_axes}
            return old(z, X, **options)

        return run

    return Edit(op, wrap)


def _normalized(
    scale: Callable[[T, int, Any], T] = lambda v, n, eps: rsqrt(v + eps),
    mean: Callable[[T], T] = lambda m: m,
    variance: Callable[[T], T] = lambda v: v,
) -> tuple[Edit, ...]:
    """A norm with another scale, of the variance, the number of numbers and eps; or detached."""

    def normalize(X: T, axes: tuple[int, ...], eps: Any) -> tuple[T, T, T, int]:
        _, m, v, n = layers.normalize(X, axes, eps)
        return (X - mean(m)) * scale(variance(v), n, eps), m, v, n

    return around("normalize", lambda old: normalize)


def _sqrt(x: T) -> T:
    y = np.sqrt(x.v)
    return with_slope(x, y, 1 / (2 * y))


def _eps(name: str) -> Deviation:
    edits = (given(op, lambda *_, **__: {"eps": float(name)}) for op in sorted(NORMS))
    return deviation(f"eps always {name}", f"{name} is added to every variance.", *edits)


def _biased(m: T, v: T, batch_m: T, batch_v: T, n: int, momentum: float) -> tuple[T, T]:
    return layers.follow(m, v, batch_m, batch_v * ((n - 1) / n), n, momentum)


NORMALISATION: tuple[Deviation, ...] = (
    deviation(
        "layer norm over channels alone",
        "Each position of a frame is normalised separately.",
        given("layer_norm", lambda *_, **__: {"axes": "L"}),
    ),
    deviation(
        "layer norm over the frame",
        "A whole frame is normalised together instead of each position separately.",
        given("layer_norm", lambda X, **_: {"axes": "HWL"} if len(X.shape) == IMAGE_NDIM else {}),
    ),
    deviation(
        "layer norm of each channel",
        "Each channel of a frame is normalised separately.",
        _axes("layer_norm", lambda axes: axes[:-1] if len(axes) > 1 else axes),
    ),
    deviation(
        "batch norm step by step",
        "Each time step has statistics of its own: the norm is inside the loop over time.",
        _axes("batch_norm", lambda axes: tuple(a for a in axes if a != 1)),
    ),
    deviation(
        "batch norm over all steps",
        "All time steps share statistics, but each step must have its own.",
        _axes("batch_norm", lambda axes: axes if 1 in axes else (0, 1, *axes[1:])),
    ),
    deviation(
        "batch statistics in evaluation",
        "Evaluation uses batch statistics instead of running statistics.",
        given("batch_norm", lambda *_, **__: {"statistics": "batch"}),
    ),
    _eps("1e-5"),
    _eps("1e-3"),
    deviation(
        "eps outside the root",
        "eps is added to the standard deviation instead of the variance.",
        *_normalized(lambda v, n, eps: 1 / (_sqrt(v) + eps)),
    ),
    deviation(
        "unbiased variance in norms",
        "The normalisation uses the unbiased variance.",
        *_normalized(lambda v, n, eps: rsqrt(v * (n / (n - 1)) + eps)),
    ),
    deviation(
        "norm statistics detached",
        "No gradient flows through the mean and the variance.",
        *_normalized(mean=stop, variance=stop),
    ),
    deviation(
        "norm variance detached",
        "No gradient flows through the variance.",
        *_normalized(variance=stop),
    ),
    deviation("norm mean detached", "No gradient flows through the mean.", *_normalized(mean=stop)),
    deviation(
        "running variance biased",
        "The running variance uses the biased variance of the batch.",
        follow=_biased,
    ),
    deviation(
        "momentum convention swapped (Keras)",
        "The momentum is the weight of the old running value, as in Keras.",
        *around("follow", lambda old: lambda *given: old(*given[:-1], 1 - given[-1])),
    ),
    deviation(
        "running statistics not kept",
        "The running statistics are not updated.",
        follow=lambda m, v, *_: (m, v),
    ),
)
READOUTS: tuple[Deviation, ...] = (
    deviation(
        "mean readout as a sum",
        "The sum over time is not divided by T.",
        result("mean", lambda Y, X, o: Y * X.shape[1]),
    ),
    deviation(
        "last readout as the mean",
        "The readout is the mean over time instead of the last step.",
        last=layers.mean,
    ),
    deviation(
        "last readout as the first step",
        "The readout is the first step instead of the last.",
        result("last", lambda Y, X, o: X[:, 0]),
    ),
)
PER_CLASS = "softmax_bce sigmoid_bce mse"
CROSS_ENTROPIES = "softmax_ce softmax_bce sigmoid_bce"
LOSSES_OF_ALL = "softmax_ce softmax_bce sigmoid_bce mse"
Factor = Callable[[int, int], float]


def _scaled_loss(
    name: str, sentence: str, ops: str, value: Factor, slope: Factor | None = None
) -> Deviation:
    """The loss times a factor of the sizes of batch and classes, its gradient times another."""

    def change(L: T, Z: T, o: Any) -> T:
        return as_if(L * value(*Z.shape), L * (slope or value)(*Z.shape))

    return deviation(name, sentence, *(result(op, change) for op in ops.split()))


LOSSES: tuple[Deviation, ...] = (
    _scaled_loss(
        "loss summed",
        "The loss and its gradient are sums over the batch.",
        LOSSES_OF_ALL,
        lambda B, C: B,
    ),
    _scaled_loss(
        "gradient of the summed loss",
        "The loss is a mean over the batch, but its gradient is that of the sum.",
        LOSSES_OF_ALL,
        lambda B, C: 1,
        lambda B, C: B,
    ),
    _scaled_loss(
        "loss averaged twice",
        "The gradient of the loss is divided by the batch size twice.",
        LOSSES_OF_ALL,
        lambda B, C: 1,
        lambda B, C: 1 / B,
    ),
    _scaled_loss(
        "loss with log base 2",
        "The logarithm of the loss is to base 2.",
        CROSS_ENTROPIES,
        lambda B, C: 1 / np.log(2.0),
    ),
    _scaled_loss(
        "loss summed over classes",
        "The loss is summed over the classes and averaged over the batch.",
        PER_CLASS,
        lambda B, C: C,
    ),
    _scaled_loss(
        "loss summed over batch and classes",
        "The loss is summed over the batch and the classes.",
        PER_CLASS,
        lambda B, C: B * C,
    ),
    _scaled_loss(
        "squared error halved", "The squared error is multiplied by 1/2.", "mse", lambda B, C: 0.5
    ),
    deviation(
        "categorical for binary cross-entropy",
        "The loss is the categorical cross-entropy: only the true class counts.",
        softmax_bce=losses.softmax_ce,
    ),
    deviation(
        "binary for categorical cross-entropy",
        "The loss is the binary cross-entropy: every class counts.",
        softmax_ce=losses.softmax_bce,
    ),
    deviation(
        "sigmoids for the softmax",
        "The binary cross-entropy uses sigmoids instead of a softmax.",
        softmax_bce=losses.sigmoid_bce,
    ),
    deviation(
        "softmax for the sigmoids",
        "The binary cross-entropy uses a softmax instead of sigmoids.",
        sigmoid_bce=losses.softmax_bce,
    ),
)


def _adam(name: str, sentence: str, move: Callable[..., Any]) -> Deviation:
    """Adam and AdamW with another step, of both moments, the options and the number of the step."""

    def step(p: Any, g: Any, s: Any, o: Any, t: int, coupled: bool) -> Any:
        decay = o["weight_decay"] * p
        m, v = optimizers.moments(g + decay if coupled else g, s, o)
        return p - o["lr"] * move(m, v, o, t) - (0 if coupled else o["lr"] * decay)

    steps = {"adam": partial(step, coupled=True), "adamw": partial(step, coupled=False)}
    return deviation(name, sentence, **steps)


def _corrected(m: Any, v: Any, o: Any, t: int) -> tuple[Any, Any]:
    return m / (1 - o["beta1"] ** t), v / (1 - o["beta2"] ** t)


def _eps_inside(m: Any, v: Any, o: Any, t: int) -> Any:
    m, v = _corrected(m, v, o, t)
    return m / np.sqrt(v + o["eps"])


def _eps_before(m: Any, v: Any, o: Any, t: int) -> Any:
    rate = np.sqrt(1 - o["beta2"] ** t) / (1 - o["beta1"] ** t)
    return rate * m / (np.sqrt(v) + o["eps"])


OPTIMIZERS: tuple[Deviation, ...] = (
    _adam(
        "Adam without bias correction",
        "The moments are not divided by 1 - beta^t.",
        lambda m, v, o, t: m / (np.sqrt(v) + o["eps"]),
    ),
    _adam(
        "Adam's eps inside the root",
        "The denominator is sqrt(v + eps) instead of sqrt(v) + eps.",
        _eps_inside,
    ),
    _adam(
        "Adam's eps before the correction",
        "eps is added to sqrt(v) before the bias correction.",
        _eps_before,
    ),
    deviation(
        "Adam's weight decay decoupled",
        "Adam subtracts the weight decay from the parameter, as AdamW does.",
        adam=optimizers.adamw,
    ),
    deviation(
        "AdamW's weight decay coupled",
        "AdamW adds the weight decay to the gradient, as Adam does.",
        adamw=optimizers.adam,
    ),
)
