"""Other activations, synapses, pools, norms and readouts, and products of fewer bits."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations import deviation as edit
from liaf_ref.oracle.deviations.deviation import Edits, Table, averaged, by, put, result, sees
from liaf_ref.oracle.formats import OVERFLOWS, ROUNDINGS, Words, rounded_to
from liaf_ref.oracle.table import layers
from liaf_ref.oracle.table.functions import rsqrt
from liaf_ref.oracle.table.tape import T, as_if, path, scaled, stop, turned, with_slope

AVERAGE, MAXIMUM = layers.WINDOWS  # the pools


def _slope(acts: str, slope: Callable[[Any], Any]) -> Edits:
    """Another slope of activations, of their argument."""
    return edit.after(acts, lambda y, x, *_, **__: with_slope(x, y.v, slope(x.v)))


CURVED = "act:relu act:selu act:tanh act:sigmoid"
ACTIVATIONS: Table = {
    "derivative of Act missing, but not that of LIF": _slope(CURVED, lambda x: 1.0),
    "SELU constants to 4 decimals": edit.always("act:selu", scale=1.0507, alpha=1.6733),
    "SELU constants to 2 decimals": edit.always("act:selu", scale=1.05, alpha=1.67),
    "ELU for SELU": edit.always("act:selu", scale=1.0, alpha=1.0),
    "ReLU's slope at 0 is 1": _slope("act:relu", lambda x: x >= 0),
    "ReLU's slope at 0 is 1/2": _slope("act:relu", lambda x: ((x >= 0) + 1.0 * (x > 0)) / 2),
    "tanh's slope 1 - x^2, x its argument": _slope("act:tanh", lambda x: 1 - x * x),
    "sigmoid's slope x (1 - x), x its argument": _slope("act:sigmoid", lambda x: x * (1 - x)),
}


# Arrays of a sequence (B, T, ...); what has fewer axes has one step.
def _steps_of(X: T) -> int:
    """How many there are."""
    return X.shape[1] if len(X.shape) > 2 else 1


def _only(X: T, t: int) -> T:
    """1 in the first or the last step, and 0 elsewhere."""
    steps = _steps_of(X)
    return T(np.eye(steps)[t].reshape(1, steps, *[1] * (len(X.shape) - 2)) if steps > 1 else 1.0)


def _last(X: T) -> T:
    return X * _only(X, -1)


def _previous(X: T, first: float = 0.0, alone: float | None = None) -> T:
    """The input of the step before; at first 0, or its own; and that of a step alone."""
    if _steps_of(X) == 1:
        return (first if alone is None else alone) * X
    return T(np.concatenate([first * X.v[:, :1], X.v[:, :-1]], axis=1))


def _dW(change: Callable[[T], T]) -> Edits:
    """The gradient in W with another input: of all steps."""
    return by("dense", "W", lambda z, X, **_: change(stop(X)) @ z.W)


def _kernel(change: Callable[[T], T]) -> Edits:
    """The same of a convolution of H and W, which sees all steps at once."""

    def product(z: Any, X: T, stride: Any, pad: Any, **_: Any) -> Any:
        return z.text["convolve"](change(stop(X)), z.W, stride, pad)

    return by("conv", "W", product)


def _bias(op: str, t: int) -> Edits:
    """The gradient in b of one step alone."""
    return sees(op, "b", lambda b, z, X: stop(b) + path(b * _only(X, t)))


def _dense_input(weights: Callable[[Any], Any]) -> Edits:
    """The gradient in X by other weights."""
    return by("dense", "X", lambda z, X, **_: X @ T(weights(z.W.v)))


def _square(a: Any) -> Any:
    """Transposed where it is square."""
    return a.T if a.shape[0] == a.shape[1] else a


def _readings(E: T, z: Any, ids: T) -> Any:
    """How often each row of a table is read, to divide by."""
    return np.maximum(np.bincount(ids.v.ravel(), minlength=len(E.v)), 1)[:, None]


def _last_reading(Y: T, ids: T, o: Any) -> T:
    """The gradient of tokens that do not come again."""
    last = {token: k for k, token in enumerate(ids.v.ravel())}
    return scaled(Y, np.isin(np.arange(ids.v.size), list(last.values())).reshape(*ids.shape, 1))


def _frozen(part: str, name: str, entry: int, inner: int) -> Edits:
    """The gradient of one entry of an array is 0; of the array's axes, the last are the entry's."""

    def trained(W: T, *_: Any) -> T:
        outer = W.shape[:-inner]
        places = np.arange(math.prod(outer)).reshape(*outer, *[1] * inner)
        return scaled(W, places != places.flat[entry])

    return sees(part, name, trained)


def _rounded_products(bits: int) -> Edits:
    """Factors of some significant bits, in dense layers and in convolutions, both ways."""
    rounded = partial(rounded_to, bits)

    def product(X: T, W: T, *grid: Any, of: Callable[..., T]) -> T:
        return turned(of(*(T(rounded(x.v), ((x, lambda g: g),)) for x in (X, W)), *grid), rounded)

    return edit.wrapped("matmul convolve", lambda old: partial(product, of=old))


SYNAPSES: Table = {
    "weight gradient with the previous input": _dW(_previous),
    "weight gradient with the previous input of a sequence": _dW(partial(_previous, alone=1.0)),
    "weight gradient with the previous input, the first twice": _dW(partial(_previous, first=1.0)),
    "weight gradient averaged over the batch": averaged("dense", "W", lambda W, z, X: X.shape[0]),
    "weight gradient transposed": sees("dense", "W", lambda W, z, X: turned(W, _square)),
    "weight gradient of the last step only": _dW(_last),
    "bias gradient of the last step only": _bias("dense", -1),
    "bias gradient of the first step only": _bias("dense", 0),
    "bias gradient averaged over time": averaged("dense", "b", lambda b, z, X: _steps_of(X)),
    "bias gradient averaged over the batch": averaged("dense", "b", lambda b, z, X: X.shape[0]),
    "input gradient with W, not transposed": _dense_input(_square),
    "input gradient with W reshaped": _dense_input(lambda W: W.reshape(W.shape[::-1]).T),
    "products of 11 bits (TF32, float16)": _rounded_products(11),
    "products of 8 bits (bfloat16)": _rounded_products(8),
    "gradient of a repeated token overwritten": result("embedding", _last_reading),
    "gradient of a repeated token averaged": averaged("embedding", "E", _readings),
    "gradient of token 0 zero (padding)": _frozen("embedding", "E", entry=0, inner=1),
}


def _tensorflow(pads: Any, X: T, W: T, stride: Any, _: Any) -> Any:
    """The minimum padding for one window per stride, the extra zero at the end."""
    zeros = [
        max((-(-n // s) - 1) * s + k - n, 0) if any(pair) else 0
        for n, s, k, pair in zip(X.shape[-1 - len(pads) : -1], stride, W.shape, pads, strict=False)
    ]
    return [(z // 2, z - z // 2) for z in zeros]


def _in_time(front: Callable[[int], int]) -> Edits:
    """Other zeros before and after all steps."""

    def change(X: T, *, kernel: Any, pad: Any, **_: Any) -> Any:
        before = front(kernel[0])
        return {"pad": [(before, kernel[0] - 1 - before), *pad[1:]]}

    return edit.given("conv3d", change)


def _flipped(W: T) -> T:
    return W[tuple(slice(None, None, -1) for _ in W.shape[:-2])]


IMAGES: Table = {
    "convolution flipped": sees("convolve", "W", lambda W, *_: _flipped(W)),
    "padding sides swapped": sees("convolve", "pad", lambda pads, *_: [p[::-1] for p in pads]),
    "TensorFlow's padding with a stride": sees("convolve", "pad", _tensorflow),
    "Conv3D not causal": _in_time(lambda k: (k - 1) // 2),
    "Conv3D causal": _in_time(lambda k: k - 1),
    "input gradient not flipped": by(
        "convolve", "X", lambda X, W, *grid: layers.convolve(X, stop(_flipped(W)), *grid)
    ),
    "first kernel entry not trained": _frozen("convolve", "W", entry=0, inner=2),
    "last kernel entry not trained": _frozen("convolve", "W", entry=-1, inner=2),
    "kernel gradient averaged over the batch": averaged("convolve", "W", lambda W, X, *_: len(X.v)),
    "kernel gradient of the last step only": _kernel(_last),
    "bias gradient of a convolution of the last step only": _bias("conv", -1),
    "kernel gradient with the previous input": _kernel(_previous),
}


def _tied(share: Callable[[Any], Any]) -> Edits:
    """Max pooling whose gradient goes elsewhere where maxima are equal."""

    def largest(z: Any, seen: Sequence[T]) -> T:
        values = np.stack([s.v for s in seen])
        shares = share(values == values.max(axis=0))
        parents = [(s, lambda g, part=part: g * part) for s, part in zip(seen, shares, strict=True)]
        return T(values.max(axis=0), parents)

    return put(**{f"window:{MAXIMUM}": largest})


def _mask(change: Callable[[T, T], T]) -> Edits:
    """Dropout as another function of the input and the mask."""
    return put(dropout=lambda z, X, **_: {"Y": change(X, z.M)})


def _channels_first(X: T) -> T:
    Y = T(np.moveaxis(X.v, -1, -3), ((X, lambda g: np.moveaxis(g, -3, -1)),))
    return Y.reshape(*X.shape[:-3], -1)


POOLS: Table = {
    "average pool as a sum": result(AVERAGE, lambda Y, X, o: Y * float(np.prod(o["size"]))),
    "gradient of the average not divided": result(
        AVERAGE, lambda Y, X, o: scaled(Y, float(np.prod(o["size"])))
    ),
    "max pooling instead of average pooling": put(**{f"window:{AVERAGE}": layers.WINDOWS[MAXIMUM]}),
    "average pooling instead of max pooling": put(**{f"window:{MAXIMUM}": layers.WINDOWS[AVERAGE]}),
    "gradient to the last tied maximum": _tied(
        lambda equal: equal & (np.cumsum(equal[::-1], axis=0)[::-1] == 1)
    ),
    "gradient to every tied maximum": _tied(lambda equal: equal),
    "gradient split among tied maxima": _tied(lambda equal: equal / equal.sum(axis=0)),
    "dropout not applied backward": _mask(lambda X, M: as_if(X * M, X)),
    "dropout not scaled": _mask(lambda X, M: X * T((M.v > 0) * 1.0)),
    "dropout not applied": _mask(lambda X, M: X),
    "flattened channels first": result("flatten", lambda Y, X, o: _channels_first(X)),
}


def _normalized(
    scale: Callable[[T, int, Any], T] = lambda v, n, eps: rsqrt(v + eps), stopped: str = ""
) -> Edits:
    """A norm with another scale, of the variance, the number of numbers and eps; or detached."""

    def other(X: T, axes: tuple[int, ...], eps: Any) -> tuple[T, T, T, int]:
        _, m, v, n = layers.normalize(X, axes, eps)
        mean, variance = (stop(x) if name in stopped else x for name, x in (("m", m), ("v", v)))
        return (X - mean) * scale(variance, n, eps), m, v, n

    return put(normalize=other)


def _batch_axes(change: Callable[[str], str]) -> Edits:
    return edit.given("batch_norm", lambda *_, axes, **__: {"axes": change(axes)})


NORMALISATION: Table = {
    "layer norm over channels alone": edit.always("layer_norm", axes="L"),
    "layer norm over the frame": edit.given(
        "layer_norm", lambda X, **_: {"axes": "HWL"} if X.v.ndim == len("BTHWL") else {}
    ),
    "batch norm of each step by itself": _batch_axes(lambda axes: axes.replace("T", "")),
    "batch norm over all steps": _batch_axes(lambda axes: f"BT{axes.lstrip('BT')}"),
    "batch statistics in evaluation": edit.always("batch_norm", statistics="batch"),
    "eps always 1e-5": edit.always("batch_norm layer_norm", eps=1e-5),
    "eps always 1e-3": edit.always("batch_norm layer_norm", eps=1e-3),
    "eps outside the root": _normalized(lambda v, n, eps: 1 / (1 / rsqrt(v) + eps)),
    "unbiased variance in norms": _normalized(lambda v, n, eps: rsqrt(v * (n / (n - 1)) + eps)),
    "norm statistics detached": _normalized(stopped="mv"),
    "norm variance detached": _normalized(stopped="v"),
    "norm mean detached": _normalized(stopped="m"),
    "running variance biased": sees("follow", "V", lambda V, *all_: V * ((all_[4] - 1) / all_[4])),
    "momentum convention swapped (Keras)": sees("follow", "momentum", lambda share, *_: 1 - share),
    "running statistics not updated": put(follow=lambda m, v, *_: (m, v)),
}
READOUTS: Table = {
    "mean readout as a sum": result("mean", lambda Y, X, o: Y * X.shape[1]),
    "last readout as the mean": put(last=layers.mean),
    "last readout as the first step": result("last", lambda Y, X, o: X[:, 0]),
}


# What a fixed-point backend may do instead: round or overflow otherwise, more often, or never.
def other_words(words: Words) -> tuple[edit.Deviation, ...]:
    """Each other rule for rounding and for overflow, and other places of the roundings."""
    others: Table = {
        f'{rule} = "{value}"': put(store=words._replace(**{rule: value}).store)  # type: ignore[arg-type]
        for rule, values in {"rounding": ROUNDINGS, "overflow": OVERFLOWS}.items()
        for value in values
        if value != getattr(words, rule)
    }
    others["no rounding, no overflow: computed in floating point"] = put(store=None)
    others["products rounded before they are added"] = _dense(
        lambda X, W: words.store(X[..., None] * W).sum(axis=-2)
    )
    others["bias added after rounding"] = _dense(lambda X, W: words.store(X @ W))
    return edit.rows(others)


def _dense(product: Callable[[Any, Any], Any]) -> Edits:
    """A dense layer with another product, and the gradient of the paper's."""
    return put(matmul=lambda X, W: as_if(T(product(X.v, W.v)), X @ W))
