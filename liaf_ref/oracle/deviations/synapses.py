"""Other dense layers, embeddings and convolutions, and products of fewer bits."""

from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.oracle.deviations.deviation import (
    Deviation,
    Edit,
    around,
    averaged,
    deviation,
    gradient_by,
    only,
    previous,
    views,
)
from liaf_ref.oracle.formats import rounded_to
from liaf_ref.oracle.table.layers import windows
from liaf_ref.oracle.table.tape import T, pad, path, scaled, stop

SPACETIME_AXES = 3  # of a kernel


def _weights(name: str, sentence: str, change: Callable[[T], T]) -> Deviation:
    """The gradient in W with another input: of all steps."""
    return deviation(name, sentence, gradient_by("dense", "W", lambda z, X, W, _: change(X) @ W))


def _kernel(name: str, sentence: str, change: Callable[[T], T]) -> Deviation:
    """The same of a convolution of H and W, which sees all steps at once."""

    def term(z: SimpleNamespace, X: T, W: T, o: Any) -> T:
        return z.text["convolve"](change(X), W, o["stride"], o["pad"])  # type: ignore[no-any-return]

    return deviation(name, sentence, gradient_by("conv", "W", term))


def _bias(op: str, t: int) -> Edit:
    """The gradient in b of one step alone."""
    return gradient_by(op, "b", lambda z, X, b, _: only(0 * stop(z.Y) + b, t))


def _steps_of(X: T) -> int:
    return X.shape[1] if len(X.shape) > 2 else 1


def _transposed(W: T, X: T) -> T:
    """A matrix with its gradient transposed, where it is square."""
    return T(W.v, ((W, lambda g: g.T if g.shape[0] == g.shape[1] else g),))


def _rows(name: str, sentence: str, back: Callable[[Any, Any, Any], Any]) -> Deviation:
    """An embedding with another gradient: of what comes, the tokens and the table."""

    def run(z: SimpleNamespace, ids: T, **_: Any) -> dict[str, T]:
        E = z.parameters["E"]
        return {"Y": T(E.v[ids.v], ((E, lambda g: back(g, ids.v, E.v)),))}

    return deviation(name, sentence, Edit("embedding", lambda old: run))


def _last_of(g: Any, ids: Any, E: Any) -> Any:
    dE = np.zeros_like(E)
    dE[ids] = g
    return dE


def _sum_of(g: Any, ids: Any, E: Any) -> Any:
    dE = np.zeros_like(E)
    np.add.at(dE, ids, g)
    return dE


def _mean_of(g: Any, ids: Any, E: Any) -> Any:
    counts = np.bincount(ids.ravel(), minlength=len(E))
    return _sum_of(g, ids, E) / np.maximum(counts, 1)[:, None]


def _rounded_products(name: str, sentence: str, bits: int) -> Deviation:
    """Factors of some significant bits, in dense layers and in convolutions, both ways."""
    rounded = partial(rounded_to, bits)

    def forward(x: T) -> T:
        return T(rounded(x.v), ((x, lambda g: g),))

    def product(X: T, W: T, *grid: Any, of: Callable[..., T]) -> T:
        I = of(forward(X), forward(W), *grid)
        return T(I.v, ((I, rounded),))

    def dense(old: Any) -> Any:
        def run(z: SimpleNamespace, X: T, **_: Any) -> dict[str, T]:
            I = product(X, z.parameters["W"], of=lambda X, W: X @ W)
            return {"I": I + z.parameters["b"] if "b" in z.parameters else I}

        return run

    edits = Edit("dense", dense), Edit("convolve", lambda old: partial(product, of=old))
    return deviation(name, sentence, *edits)


SYNAPSES: tuple[Deviation, ...] = (
    _weights(
        "weight gradient with the previous input",
        "The weight gradient multiplies dI of step t with x of step t - 1.",
        previous,
    ),
    _weights(
        "weight gradient with the previous input of a sequence",
        "The weight gradient uses x of step t - 1; it is correct where the input has no time.",
        lambda X: previous(X) if _steps_of(X) > 1 else X,
    ),
    _weights(
        "weight gradient with the previous input, the first twice",
        "The weight gradient uses x of step t - 1, and in step 1 that of step 1.",
        partial(previous, first=True),
    ),
    deviation(
        "W averaged over the batch",
        "The weight gradient is a mean over the batch.",
        views("dense", "W", lambda W, X: averaged(W, X.shape[0])),
    ),
    deviation(
        "weight gradient transposed",
        "The weight gradient is dI^T x instead of x^T dI, where W is square.",
        views("dense", "W", _transposed),
    ),
    _weights(
        "W of the last step only",
        "The weight gradient is not summed over time.",
        lambda X: only(X, -1),
    ),
    deviation(
        "bias of the last step only",
        "The bias's gradient is not summed over time.",
        _bias("dense", -1),
    ),
    deviation(
        "bias of the first step only", "The bias's gradient is that of step 1.", _bias("dense", 0)
    ),
    deviation(
        "bias averaged over time",
        "The bias's gradient is a mean over time.",
        views("dense", "b", lambda b, X: averaged(b, _steps_of(X))),
    ),
    deviation(
        "bias averaged over the batch",
        "The bias's gradient is a mean over the batch.",
        views("dense", "b", lambda b, X: averaged(b, X.shape[0])),
    ),
    deviation(
        "W not transposed",
        "The input gradient is dI W instead of dI W^T, where W is square.",
        gradient_by(
            "dense", "X", lambda z, X, W, _: X @ (T(W.v.T) if W.shape[0] == W.shape[1] else stop(W))
        ),
    ),
    deviation(
        "W reshaped instead of transposed",
        "The input gradient is dI W' with W' of the shape of W^T and the order of W.",
        gradient_by("dense", "X", lambda z, X, W, _: X @ T(W.v.reshape(W.shape[::-1]).T)),
    ),
    _rounded_products(
        "products of 11 bits (TF32, float16)",
        "The factors of matrix products are rounded to 11 significant bits.",
        11,
    ),
    _rounded_products(
        "products of 8 bits (bfloat16)",
        "The factors of matrix products are rounded to 8 significant bits.",
        8,
    ),
    _rows(
        "embedding gradient overwritten", "A repeated token keeps only its last gradient.", _last_of
    ),
    _rows(
        "embedding gradient averaged", "A repeated token gets the mean of its gradients.", _mean_of
    ),
    _rows(
        "padding row not trained",
        "The gradient of token 0 is zero.",
        lambda g, ids, E: _sum_of(g, ids, E) * (np.arange(len(E)) > 0)[:, None],
    ),
)

Pads = Sequence[Sequence[int]]


def _convolution(name: str, sentence: str, wrap: Callable[[Any], Any]) -> Deviation:
    """Another convolution, wherever it stands; a function of the paper's."""
    return deviation(name, sentence, *around("convolve", wrap))


def _padded(name: str, sentence: str, change: Callable[[Pads, Any, Any, Any], Any]) -> Deviation:
    """Other zeros around, of the given ones, the sizes of input and kernel, and the stride."""

    def wrap(old: Any) -> Any:
        def convolve(X: T, W: T, stride: Any, padding: Pads) -> T:
            N = len(padding)
            other = change(padding, X.shape[-1 - N : -1], W.shape[:N], stride)
            return old(X, W, stride, other)  # type: ignore[no-any-return]

        return convolve

    return _convolution(name, sentence, wrap)


def _tensorflow(pads: Pads, size: Any, kernel: Any, stride: Any) -> Any:
    """The minimum padding for one window per stride, the extra zero at the end."""
    zeros = [
        max((-(-n // s) - 1) * s + k - n, 0) if any(pair) else 0
        for n, s, k, pair in zip(size, stride, kernel, pads, strict=True)
    ]
    return [(z // 2, z - z // 2) for z in zeros]


def _in_time(front: Callable[[int], int]) -> Callable[..., Any]:
    """The zeros before and after all steps, if the kernel has time."""

    def change(pads: Pads, size: Any, kernel: Any, stride: Any) -> Any:
        if len(kernel) < SPACETIME_AXES:
            return pads
        return [(front(kernel[0]), kernel[0] - 1 - front(kernel[0])), *pads[1:]]

    return change


def _flipped(W: T) -> T:
    return W[tuple(slice(None, None, -1) for _ in W.shape[:-2])]


def _overwriting(old: Any) -> Any:
    def convolve(X: T, W: T, stride: Any, padding: Pads) -> T:
        I = old(stop(X), W, stride, padding)
        padded = pad(stop(X), padding)

        def back(g: Any) -> Any:
            places = T(np.arange(padded.v.size).reshape(padded.shape))
            dX = np.zeros_like(padded.v)
            for at, seen in windows(places, W.shape[:-2], stride):
                dX.reshape(-1)[seen.v] = g @ W.v[at].T
            n = len(padding)
            inside = [
                slice(a, a + s) for (a, _), s in zip(padding, X.shape[-1 - n : -1], strict=True)
            ]
            return dX[(..., *inside, slice(None))]

        return I + path(T(0 * I.v, ((X, back),)))  # type: ignore[no-any-return]

    return convolve


def _input_by_flipped(old: Any) -> Any:
    return lambda X, W, *grid: old(stop(X), W, *grid) + path(old(X, stop(_flipped(W)), *grid))


def _entry_kept(entry: int) -> Callable[[Any], Any]:
    """The gradient of one place of the kernel is 0."""

    def wrap(old: Any) -> Any:
        def convolve(X: T, W: T, *grid: Any) -> T:
            mask = np.ones(W.shape)
            mask.reshape(-1, *W.shape[-2:])[entry] = 0
            return old(X, scaled(W, mask), *grid)  # type: ignore[no-any-return]

        return convolve

    return wrap


def _mean_over(size: Callable[[T, T], float]) -> Callable[[Any], Any]:
    """The kernel's gradient is a mean, over a number that input and output have."""
    return lambda old: (
        lambda X, W, *grid: old(X, averaged(W, size(X, old(stop(X), stop(W), *grid))), *grid)
    )


SYNAPSES_ON_IMAGES: tuple[Deviation, ...] = (
    _convolution(
        "convolution flipped",
        "The kernel is flipped, as in the mathematical convolution.",
        lambda old: lambda X, W, *grid: old(X, _flipped(W), *grid),
    ),
    _padded(
        "padding sides swapped",
        "The padding is on the wrong side: the extra zero (even kernel) or all zeros (causal).",
        lambda pads, *_: [(after, before) for before, after in pads],
    ),
    _padded(
        "TensorFlow's padding with a stride",
        "Padding is the minimum for the number of windows, with the extra zero at the end.",
        _tensorflow,
    ),
    _padded(
        "Conv3D not causal",
        "The output of a causal Conv3D depends on the next step.",
        _in_time(lambda k: (k - 1) // 2),
    ),
    _padded(
        "Conv3D causal",
        "The output of a Conv3D that is not causal ignores the next step.",
        _in_time(lambda k: k - 1),
    ),
    _convolution(
        "windows overwrite each other's gradient",
        "Where windows overlap, the gradient is that of the last window, not the sum.",
        _overwriting,
    ),
    _convolution(
        "input gradient not flipped",
        "The input gradient is computed with a kernel that is not flipped.",
        _input_by_flipped,
    ),
    _convolution(
        "first kernel entry not trained",
        "The gradient of this kernel entry is zero.",
        _entry_kept(0),
    ),
    _convolution(
        "last kernel entry not trained",
        "The gradient of this kernel entry is zero.",
        _entry_kept(-1),
    ),
    _convolution(
        "kernel gradient averaged over the batch",
        "The kernel's gradient is a mean over the batch.",
        _mean_over(lambda X, I: X.shape[0]),
    ),
    _convolution(
        "kernel gradient averaged over positions",
        "The kernel's gradient is a mean over the windows of a frame.",
        _mean_over(lambda X, I: I.shape[-3] * I.shape[-2]),
    ),
    _kernel(
        "kernel of the last step only",
        "The kernel's gradient is not summed over time.",
        lambda X: only(X, -1),
    ),
    deviation(
        "convolution's bias of the last step only",
        "The bias's gradient is not summed over time.",
        _bias("conv", -1),
    ),
    _kernel(
        "kernel gradient with the previous input",
        "The kernel's gradient multiplies dI of step t with the input of step t - 1.",
        previous,
    ),
)
