"""Other activations, synapses, pools, norms and readouts, and products of fewer bits."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations.deviation import (
    NORMS,
    Deviation,
    Edit,
    Table,
    averaged,
    given,
    gradient_by,
    result,
    row,
    views,
)
from liaf_ref.oracle.formats import OVERFLOWS, ROUNDINGS, Words, rounded_to
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.table.functions import rsqrt
from liaf_ref.oracle.table.layers import average_pool, follow, max_pool, mean, normalize, windows
from liaf_ref.oracle.table.tape import T, as_if, concat, pad, path, scaled, stop, with_slope

Wrap = Callable[[Any], Any]


def _activations(name: str, slope: Callable[[T, T], T], *acts: str) -> Deviation:
    """Some activations with another slope: the gradient of x, and of y, by a function."""

    def wrap(old: Any) -> Any:
        return lambda x, positive=None: slope(x, old(x, positive))

    return row(name, *(Edit(f"act:{act}", wrap) for act in acts))


def _slope(name: str, act: str, slope: Callable[[Any], Any]) -> Deviation:
    """Another slope of an activation, of its argument."""
    return _activations(name, lambda x, y: with_slope(x, y.v, slope(x.v)), act)


def _selu(name: str, scale: float, alpha: float) -> Deviation:
    return row(name, Edit("act:selu", lambda old: partial(old, scale=scale, alpha=alpha)))


ACTIVATIONS: Table = {
    "The derivative of ReLU, SELU, tanh and sigmoid is 1 everywhere; LIF is correct.": _activations(
        "derivative of analog Act missing",
        lambda x, y: as_if(y, x),
        *("relu", "selu", "tanh", "sigmoid"),
    ),
    "The constants of SELU are 1.0507 and 1.6733.": _selu(
        "SELU constants to 4 decimals", 1.0507, 1.6733
    ),
    "The constants of SELU are 1.05 and 1.67.": _selu("SELU constants to 2 decimals", 1.05, 1.67),
    "SELU is replaced by ELU: max(x, 0) + min(exp(x) - 1, 0).": _selu("ELU for SELU", 1.0, 1.0),
    "The derivative of ReLU at 0 is 1.": _slope("ReLU's slope at 0 is 1", "relu", lambda x: x >= 0),
    "The derivative of ReLU at 0 is 1/2.": _slope(
        "ReLU's slope at 0 is 1/2", "relu", lambda x: ((x >= 0) + 1.0 * (x > 0)) / 2
    ),
    "The derivative of tanh is 1 - x^2 instead of 1 - tanh(x)^2.": _slope(
        "tanh's slope from its argument", "tanh", lambda x: 1 - x * x
    ),
    "The derivative of sigmoid is x (1 - x) instead of s (1 - s) with s = sigmoid(x).": _slope(
        "sigmoid's slope from its argument", "sigmoid", lambda x: x * (1 - x)
    ),
}


# Steps of a sequence (B, T, ...); what has fewer axes has one step.
def _steps_of(X: T) -> int:
    """How many there are."""
    return X.shape[1] if len(X.shape) > 2 else 1


def _previous(X: T, first: bool = False) -> T:
    """The input of the step before; at first 0, or its own."""
    if len(X.shape) <= 2:
        return X if first else 0 * X
    return concat([X[:, :1] if first else 0 * X[:, :1], X[:, :-1]], axis=1)


def _only(X: T, t: int) -> T:
    """The first or the last step, and 0 elsewhere."""
    if len(X.shape) <= 2:
        return X
    mask = np.zeros((1, X.shape[1], *[1] * (len(X.shape) - 2)))
    mask[:, t] = 1
    return X * T(mask)


def _dW(name: str, change: Callable[[T], T]) -> Deviation:
    """The gradient in W with another input: of all steps."""
    return row(name, gradient_by("dense", "W", lambda z, X, W, _: change(X) @ W))


def _kernel(name: str, change: Callable[[T], T]) -> Deviation:
    """The same of a convolution of H and W, which sees all steps at once."""

    def term(z: SimpleNamespace, X: T, W: T, o: Any) -> T:
        return z.text["convolve"](change(X), W, o["stride"], o["pad"])  # type: ignore[no-any-return]

    return row(name, gradient_by("conv", "W", term))


def _bias(name: str, op: str, t: int) -> Deviation:
    """The gradient in b of one step alone."""
    term = gradient_by(op, "b", lambda z, X, b, _: _only(0 * stop(z.Y) + b, t))
    return row(name, term)


def _dense_input(name: str, weights: Callable[[Any], Any]) -> Deviation:
    """The gradient in X by other weights."""
    return row(name, gradient_by("dense", "X", lambda z, X, W, _: X @ T(weights(W.v))))


def _mean(name: str, what: str, n: Callable[[T], int]) -> Deviation:
    """The gradient in W or b over a number that the input has."""
    edit = views("dense", what, lambda p, X: averaged(p, n(X)))
    return row(name, edit)


def _square(a: Any) -> Any:
    """Transposed where it is square."""
    return a.T if a.shape[0] == a.shape[1] else a


def _by_token(ids: T, E: T) -> Any:
    """How often each row of a table is read, to divide by."""
    return np.maximum(np.bincount(ids.v.ravel(), minlength=len(E.v)), 1)[:, None]


def _is_last(ids: Any) -> Any:
    """Which tokens do not come again."""
    last = {token: k for k, token in enumerate(ids.ravel())}
    return np.isin(np.arange(ids.size), list(last.values())).reshape(*ids.shape, 1)


def _rounded_products(name: str, bits: int) -> Deviation:
    """Factors of some significant bits, in dense layers and in convolutions, both ways."""
    rounded = partial(rounded_to, bits)

    def forward(x: T) -> T:
        return T(rounded(x.v), ((x, lambda g: g),))

    def product(X: T, W: T, *grid: Any, of: Callable[..., T]) -> T:
        I = of(forward(X), forward(W), *grid)
        return T(I.v, ((I, rounded),))

    return row(
        name, *(Edit(key, lambda old: partial(product, of=old)) for key in ("matmul", "convolve"))
    )


SYNAPSES: Table = {
    "The weight gradient multiplies dI of step t with x of step t - 1.": _dW(
        "weight gradient with the previous input", _previous
    ),
    "The weight gradient uses x of step t - 1; it is correct where the input has no time.": _dW(
        "weight gradient with the previous input of a sequence",
        lambda X: _previous(X) if _steps_of(X) > 1 else X,
    ),
    "The weight gradient uses x of step t - 1, and in step 1 that of step 1.": _dW(
        "weight gradient with the previous input, the first twice", partial(_previous, first=True)
    ),
    "The weight gradient is a mean over the batch.": _mean(
        "W averaged over the batch", "W", lambda X: X.shape[0]
    ),
    "The weight gradient is dI^T x instead of x^T dI, where W is square.": row(
        "weight gradient transposed", views("dense", "W", lambda W, X: T(W.v, ((W, _square),)))
    ),
    "The weight gradient is not summed over time.": _dW(
        "W of the last step only", lambda X: _only(X, -1)
    ),
    "The bias's gradient is not summed over time.": _bias(
        "bias of the last step only", "dense", -1
    ),
    "The bias's gradient is that of step 1.": _bias("bias of the first step only", "dense", 0),
    "The bias's gradient is a mean over time.": _mean("bias averaged over time", "b", _steps_of),
    "The bias's gradient is a mean over the batch.": _mean(
        "bias averaged over the batch", "b", lambda X: X.shape[0]
    ),
    "The input gradient is dI W instead of dI W^T, where W is square.": _dense_input(
        "W not transposed", _square
    ),
    "The input gradient is dI W' with W' of the shape of W^T and the order of W.": _dense_input(
        "W reshaped instead of transposed", lambda W: W.reshape(W.shape[::-1]).T
    ),
    **{
        f"The factors of matrix products are rounded to {bits} significant bits.": (
            _rounded_products(f"products of {bits} bits ({formats})", bits)
        )
        for bits, formats in ((11, "TF32, float16"), (8, "bfloat16"))
    },
    "A repeated token keeps only its last gradient.": row(
        "embedding gradient overwritten",
        result("embedding", lambda Y, ids, o: scaled(Y, _is_last(ids.v))),
    ),
    "A repeated token gets the mean of its gradients.": row(
        "embedding gradient averaged",
        views("embedding", "E", lambda E, ids: T(E.v, ((E, lambda g: g / _by_token(ids, E)),))),
    ),
    "The gradient of token 0 is zero.": row(
        "padding row not trained",
        views("embedding", "E", lambda E, ids: scaled(E, np.arange(len(E.v))[:, None] > 0)),
    ),
}
Pads = Sequence[Sequence[int]]


def _convolution(name: str, wrap: Wrap) -> Deviation:
    """Another convolution, wherever it stands; a function of the paper's."""
    return row(name, Edit("convolve", wrap))


def _pads(name: str, change: Callable[[Pads, Any, Any, Any], Any]) -> Deviation:
    """Other zeros around, of the given ones, the sizes of input and kernel, and the stride."""

    def wrap(old: Any) -> Any:
        def convolve(X: T, W: T, stride: Any, padding: Pads) -> T:
            N = len(padding)
            other = change(padding, X.shape[-1 - N : -1], W.shape[:N], stride)
            return old(X, W, stride, other)  # type: ignore[no-any-return]

        return convolve

    return _convolution(name, wrap)


def _tensorflow(pads: Pads, size: Any, kernel: Any, stride: Any) -> Any:
    """The minimum padding for one window per stride, the extra zero at the end."""
    zeros = [
        max((-(-n // s) - 1) * s + k - n, 0) if any(pair) else 0
        for n, s, k, pair in zip(size, stride, kernel, pads, strict=True)
    ]
    return [(z // 2, z - z // 2) for z in zeros]


def _in_time(name: str, front: Callable[[int], int]) -> Deviation:
    """Other zeros before and after all steps, if the kernel has time."""

    def change(pads: Pads, size: Any, kernel: Any, stride: Any) -> Any:
        if len(kernel) == len("HW"):
            return pads
        return [(front(kernel[0]), kernel[0] - 1 - front(kernel[0])), *pads[1:]]

    return _pads(name, change)


def _flipped(W: T) -> T:
    return W[tuple(slice(None, None, -1) for _ in W.shape[:-2])]


def _overwriting(old: Any) -> Any:
    def convolve(X: T, W: T, stride: Any, padding: Pads) -> T:
        I, places = old(stop(X), W, stride, padding), T(np.arange(X.v.size).reshape(X.shape) + 1)

        def back(g: Any) -> Any:
            dX = np.zeros(X.v.size + 1)  # the first is for the zeros around
            for at, seen in windows(pad(places, padding), W.shape[:-2], stride):
                dX[seen.v] = g @ W.v[at].T
            return dX[1:].reshape(X.shape)

        return I + path(T(0 * I.v, ((X, back),)))  # type: ignore[no-any-return]

    return convolve


def _entry_kept(old: Any, entry: int) -> Any:
    """The gradient of one place of the kernel is 0."""

    def convolve(X: T, W: T, *grid: Any) -> T:
        mask = np.ones(W.shape)
        mask.reshape(-1, *W.shape[-2:])[entry] = 0
        return old(X, scaled(W, mask), *grid)  # type: ignore[no-any-return]

    return convolve


def _kernel_mean(name: str, size: Callable[[T, T], float]) -> Deviation:
    """The kernel's gradient is a mean, over a number that input and output have."""

    def wrap(old: Any) -> Any:
        def convolve(X: T, W: T, *grid: Any) -> T:
            return old(X, averaged(W, size(X, old(stop(X), stop(W), *grid))), *grid)  # type: ignore[no-any-return]

        return convolve

    return _convolution(name, wrap)


IMAGES: Table = {
    "The kernel is flipped, as in the mathematical convolution.": _convolution(
        "convolution flipped", lambda old: lambda X, W, *grid: old(X, _flipped(W), *grid)
    ),
    "The padding is on the wrong side: the extra zero (even kernel) or all zeros (causal).": _pads(
        "padding sides swapped", lambda pads, *_: [(after, before) for before, after in pads]
    ),
    "Padding is the minimum for the number of windows, with the extra zero at the end.": _pads(
        "TensorFlow's padding with a stride", _tensorflow
    ),
    "The output of a causal Conv3D depends on the next step.": _in_time(
        "Conv3D not causal", lambda k: (k - 1) // 2
    ),
    "The output of a Conv3D that is not causal ignores the next step.": _in_time(
        "Conv3D causal", lambda k: k - 1
    ),
    "Where windows overlap, the gradient is that of the last window, not the sum.": _convolution(
        "windows overwrite each other's gradient", _overwriting
    ),
    "The input gradient is computed with a kernel that is not flipped.": _convolution(
        "input gradient not flipped",
        lambda old: (
            lambda X, W, *grid: old(stop(X), W, *grid) + path(old(X, stop(_flipped(W)), *grid))
        ),
    ),
    **{
        f"The gradient of the {which} kernel entry is zero.": _convolution(
            f"{which} kernel entry not trained", partial(_entry_kept, entry=entry)
        )
        for which, entry in (("first", 0), ("last", -1))
    },
    "The kernel's gradient is a mean over the batch.": _kernel_mean(
        "kernel gradient averaged over the batch", lambda X, I: X.shape[0]
    ),
    "The kernel's gradient is a mean over the windows of a frame.": _kernel_mean(
        "kernel gradient averaged over positions", lambda X, I: I.shape[-3] * I.shape[-2]
    ),
    "The kernel's gradient is not summed over time.": _kernel(
        "kernel of the last step only", lambda X: _only(X, -1)
    ),
    "The bias's gradient is not summed over time.": _bias(
        "convolution's bias of the last step only", "conv", -1
    ),
    "The kernel's gradient multiplies dI of step t with the input of step t - 1.": _kernel(
        "kernel gradient with the previous input", _previous
    ),
}


def _tied(name: str, share: Callable[[Any], Any]) -> Deviation:
    """Max pooling whose gradient goes elsewhere where maxima are equal."""

    def run(z: SimpleNamespace, X: T, *, size: Any, stride: Any) -> dict[str, T]:
        seen = [s for _, s in windows(X, size, stride)]
        values = np.stack([s.v for s in seen])
        shares = share(values == values.max(axis=0))
        parents = [(s, lambda g, part=part: g * part) for s, part in zip(seen, shares, strict=True)]
        return {"Y": T(values.max(axis=0), parents)}

    return row(name, max_pool=run)


def _mask(name: str, change: Callable[[T, T], T]) -> Deviation:
    """Dropout as another function of the input and the mask."""
    return row(name, dropout=lambda z, X, **_: {"Y": change(X, z.constants["M"])})


def _channels_first(X: T) -> T:
    Y = T(np.moveaxis(X.v, -1, -3), ((X, lambda g: np.moveaxis(g, -3, -1)),))
    return Y.reshape(*X.shape[:-3], -1)


POOLS: Table = {
    "The sum over a window is not divided by its size.": row(
        "average pool as a sum",
        result("average_pool", lambda Y, X, o: Y * float(np.prod(o["size"]))),
    ),
    "The average is right, but its gradient is that of the sum.": row(
        "gradient of the average not divided",
        result("average_pool", lambda Y, X, o: scaled(Y, float(np.prod(o["size"])))),
    ),
    "The output is the maximum of a window instead of the mean.": row(
        "max pooling instead of average pooling", average_pool=max_pool
    ),
    "The output is the mean of a window instead of the maximum.": row(
        "average pooling instead of max pooling", max_pool=average_pool
    ),
    "The last of equal maxima in row-major order gets the gradient.": _tied(
        "gradient to the last tied maximum",
        lambda equal: equal & (np.cumsum(equal[::-1], axis=0)[::-1] == 1),
    ),
    "Each of equal maxima gets the whole gradient.": _tied(
        "gradient to every tied maximum", lambda equal: equal
    ),
    "Equal maxima share the gradient, as in JAX and autograd.": _tied(
        "gradient split among tied maxima", lambda equal: equal / equal.sum(axis=0)
    ),
    "The backward pass ignores the dropout mask and its scale.": _mask(
        "dropout not applied backward", lambda X, M: as_if(X * M, X)
    ),
    "Values are not divided by the keep probability.": _mask(
        "dropout not scaled", lambda X, M: X * T((M.v > 0) * 1.0)
    ),
    "The dropout mask is ignored.": _mask("dropout not applied", lambda X, M: X),
    "The order is channels, rows, columns, as in PyTorch.": row(
        "flattened channels first", result("flatten", lambda Y, X, o: _channels_first(X))
    ),
}


def _of_each_channel(z: SimpleNamespace, X: T, *, axes: str, eps: float) -> dict[str, T]:
    last = len(X.shape) - 1
    own = (last,) if axes == "L" or last == len("BT") else tuple(range(2, last))
    return {"Y": z.parameters["gamma"] * normalize(X, own, eps)[0] + z.parameters["b"]}


def _normalized(
    name: str,
    scale: Callable[[T, int, Any], T] = lambda v, n, eps: rsqrt(v + eps),
    mean: Callable[[T], T] = lambda m: m,
    variance: Callable[[T], T] = lambda v: v,
) -> Deviation:
    """A norm with another scale, of the variance, the number of numbers and eps; or detached."""

    def other(X: T, axes: tuple[int, ...], eps: Any) -> tuple[T, T, T, int]:
        _, m, v, n = normalize(X, axes, eps)
        return (X - mean(m)) * scale(variance(v), n, eps), m, v, n

    return row(name, normalize=other)


def _sqrt(x: T) -> T:
    y = np.sqrt(x.v)
    return with_slope(x, y, 1 / (2 * y))


def _eps(eps: str) -> Deviation:
    edits = (given(op, lambda *_, **__: {"eps": float(eps)}) for op in sorted(NORMS))
    return row(f"eps always {eps}", *edits)


def _biased(m: T, v: T, batch_m: T, batch_v: T, n: int, momentum: float) -> tuple[T, T]:
    return follow(m, v, batch_m, batch_v * ((n - 1) / n), n, momentum)


NORMALISATION: Table = {
    "Each position of a frame is normalised separately.": row(
        "layer norm over channels alone", given("layer_norm", lambda *_, **__: {"axes": "L"})
    ),
    "A whole frame is normalised together instead of each position separately.": row(
        "layer norm over the frame",
        given("layer_norm", lambda X, **_: {"axes": "HWL"} if X.v.ndim == len("BTHWL") else {}),
    ),
    "Each channel of a frame is normalised separately.": row(
        "layer norm of each channel", layer_norm=_of_each_channel
    ),
    "Each time step has statistics of its own: the norm is inside the loop over time.": row(
        "batch norm step by step",
        given("batch_norm", lambda *_, axes, **__: {"axes": axes.replace("T", "")}),
    ),
    "All time steps share statistics, but each step must have its own.": row(
        "batch norm over all steps",
        given("batch_norm", lambda *_, axes, **__: {"axes": f"BT{axes.lstrip('BT')}"}),
    ),
    "Evaluation uses batch statistics instead of running statistics.": row(
        "batch statistics in evaluation",
        given("batch_norm", lambda *_, **__: {"statistics": "batch"}),
    ),
    **{f"{eps} is added to every variance.": _eps(eps) for eps in ("1e-5", "1e-3")},
    "eps is added to the standard deviation instead of the variance.": _normalized(
        "eps outside the root", lambda v, n, eps: 1 / (_sqrt(v) + eps)
    ),
    "The normalisation uses the unbiased variance.": _normalized(
        "unbiased variance in norms", lambda v, n, eps: rsqrt(v * (n / (n - 1)) + eps)
    ),
    "No gradient flows through the mean and the variance.": _normalized(
        "norm statistics detached", mean=stop, variance=stop
    ),
    "No gradient flows through the variance.": _normalized("norm variance detached", variance=stop),
    "No gradient flows through the mean.": _normalized("norm mean detached", mean=stop),
    "The running variance uses the biased variance of the batch.": row(
        "running variance biased", follow=_biased
    ),
    "The momentum is the weight of the old running value, as in Keras.": row(
        "momentum convention swapped (Keras)",
        Edit("follow", lambda old: lambda *given: old(*given[:-1], 1 - given[-1])),
    ),
    "The running statistics are not updated.": row(
        "running statistics not kept", follow=lambda m, v, *_: (m, v)
    ),
}
READOUTS: Table = {
    "The sum over time is not divided by T.": row(
        "mean readout as a sum", result("mean", lambda Y, X, o: Y * X.shape[1])
    ),
    "The readout is the mean over time instead of the last step.": row(
        "last readout as the mean", last=mean
    ),
    "The readout is the first step instead of the last.": row(
        "last readout as the first step", result("last", lambda Y, X, o: X[:, 0])
    ),
}


# What a fixed-point backend may do instead: round or overflow otherwise, more often, or never.
def other_words(words: Words) -> Iterator[Deviation]:
    """Each other rule for rounding and for overflow, and other places of the roundings."""
    rules = {
        "rounding": (ROUNDINGS, "Results are rounded by another rule."),
        "overflow": (OVERFLOWS, "What is too large becomes another."),
    }
    for rule, (values, about) in rules.items():
        for value in values:
            if value != getattr(words, rule):
                changed: Any = {rule: value}
                store = words._replace(**changed).store
                yield row(f'{rule} = "{value}"', sentence=about, store=store, ops=OPS)
    about = "Nothing is rounded or saturated: the backend computes in floating point."
    yield row("no rounding", sentence=about, store=None, ops=OPS)
    yield row(
        "products rounded before they are added",
        _dense(lambda X, W: words.store(X[..., None] * W).sum(axis=-2)),
        sentence="Each product of a dense layer is rounded to a word, not their sum.",
    )
    yield row(
        "bias added after rounding",
        _dense(lambda X, W: words.store(X @ W)),
        sentence="The sum of products is rounded and saturated before the bias is added.",
    )


def _dense(product: Callable[[Any, Any], Any]) -> Edit:
    """A dense layer with another product, and the gradient of the paper's."""
    return Edit("matmul", lambda old: lambda X, W: as_if(T(product(X.v, W.v)), X @ W))
