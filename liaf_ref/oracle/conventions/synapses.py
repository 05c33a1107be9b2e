"""Other dense layers and embeddings, and products of fewer bits."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.conventions.convention import (
    Convention,
    kernel_convention,
    replace_functions,
    with_backward,
)
from liaf_ref.oracle.conventions.convolutions import convolution_convention
from liaf_ref.oracle.formats import rounded_to


def _weight_gradient(gradient: Callable[[Array, Array], Array]) -> Callable[[Any], Any]:
    def backward(kernel: Any, dI: Array, tape: Any) -> Any:
        dX, dp = kernel.backward(dI, tape)
        X, dI = (_as_batch_time_space_channel(x) for x in (tape.X, dI))
        return dX, dp._replace(W=gradient(X, dI))

    return with_backward(backward)


def _bias_gradient(gradient: Callable[[Array, Array], Array]) -> Callable[[Any], Any]:
    def backward(kernel: Any, dI: Array, tape: Any) -> Any:
        dX, dp = kernel.backward(dI, tape)
        return dX, dp._replace(b=gradient(dI, dp.b))

    return with_backward(backward)


def _as_batch_time_space_channel(x: Array) -> Array:
    """As (batch, time, space, channel), with one step where there is no time."""
    B, T = (x.shape[0], x.shape[1]) if x.ndim > 2 else (len(x), 1)
    return x.reshape(B, T, -1, x.shape[-1])


def _outer(X: Array, dI: Array) -> Array:
    return np.asarray(np.einsum("btsk,btsl->kl", X, dI))


def _outer_transposed(X: Array, dI: Array) -> Array:
    return _outer(dI, X) if X.shape[-1] == dI.shape[-1] else _outer(X, dI)


def _outer_with_previous_input(X: Array, dI: Array) -> Array:
    return _outer(X[:, :-1], dI[:, 1:])


def _previous_where_timed(X: Array, dI: Array) -> Array:
    return _outer_with_previous_input(X, dI) if X.shape[1] > 1 else _outer(X, dI)


def _outer_with_clamped_input(X: Array, dI: Array) -> Array:
    return _outer(np.concatenate([X[:, :1], X[:, :-1]], axis=1), dI)


def _reshaped_input_gradient(kernel: Any, dI: Array, tape: Any) -> Any:
    _, dp = kernel.backward(dI, tape)
    return dI @ tape.p.W.reshape(tape.p.W.shape[::-1]), dp


def _untransposed_input_gradient(kernel: Any, dI: Array, tape: Any) -> Any:
    dX, dp = kernel.backward(dI, tape)
    K, L = tape.p.W.shape
    return (dI @ tape.p.W if K == L else dX), dp


def _overwritten_embedding(kernel: Any, dX: Array, tape: Any) -> Array:
    dE: Array = np.zeros_like(tape.E)
    dE[tape.ids] = dX
    return dE


def _averaged_embedding(kernel: Any, dX: Array, tape: Any) -> Array:
    dE = kernel.backward(dX, tape)
    counts = np.bincount(tape.ids.ravel(), minlength=len(dE))
    return np.asarray(dE / np.maximum(counts, 1)[:, None])


def _untrained_padding_row(kernel: Any, dX: Array, tape: Any) -> Array:
    dE = kernel.backward(dX, tape)
    return np.asarray(np.where(np.arange(len(dE))[:, None] == 0, 0, dE))


def _rounded_products(name: str, description: str, bits: int) -> Convention:
    """Factors of ``bits`` significant bits, in dense layers and in convolutions."""
    rounded = partial(rounded_to, bits)

    def wrap(kernel: Any) -> Any:
        def forward(X: Array, p: Any, *grid: Any) -> Any:
            return kernel.forward(rounded(X), p._replace(W=rounded(p.W)), *grid)

        def backward(dI: Array, tape: Any, *grid: Any) -> Any:
            # A ConvLSTM makes its tapes anew, so they are rounded again; the bias sums dI itself.
            tape = tape._replace(X=rounded(tape.X), p=tape.p._replace(W=rounded(tape.p.W)))
            _, exact = kernel.backward(dI, tape, *grid)
            dX, dp = kernel.backward(rounded(dI), tape, *grid)
            return dX, dp._replace(b=exact.b)

        return replace_functions(kernel, forward=forward, backward=backward)

    dense = kernel_convention(name, description, "dense", wrap)
    both = dense.combined_with(convolution_convention(name, description, wrap))
    return both._replace(name=name, description=description)


SYNAPSES: tuple[Convention, ...] = (
    kernel_convention(
        "weight gradient with the previous input",
        "The weight gradient multiplies dI of step t with x of step t - 1.",
        "dense",
        _weight_gradient(_outer_with_previous_input),
    ),
    kernel_convention(
        "weight gradient with the previous input of a sequence",
        "The weight gradient uses x of step t - 1; it is correct where the input has no time.",
        "dense",
        _weight_gradient(_previous_where_timed),
    ),
    kernel_convention(
        "weight gradient with the previous input, the first twice",
        "The weight gradient uses x of step t - 1, and in step 1 that of step 1.",
        "dense",
        _weight_gradient(_outer_with_clamped_input),
    ),
    kernel_convention(
        "W averaged over the batch",
        "The weight gradient is a mean over the batch.",
        "dense",
        _weight_gradient(lambda X, dI: _outer(X, dI) / len(X)),
    ),
    kernel_convention(
        "weight gradient transposed",
        "The weight gradient is dI^T x instead of x^T dI, where W is square.",
        "dense",
        _weight_gradient(_outer_transposed),
    ),
    kernel_convention(
        "W of the last step only",
        "The weight gradient is not summed over time.",
        "dense",
        _weight_gradient(lambda X, dI: _outer(X[:, -1:], dI[:, -1:])),
    ),
    kernel_convention(
        "bias of the last step only",
        "The bias's gradient is not summed over time.",
        "dense",
        _bias_gradient(lambda dI, db: _as_batch_time_space_channel(dI)[:, -1].sum(axis=(0, 1))),
    ),
    kernel_convention(
        "bias of the first step only",
        "The bias's gradient is that of step 1.",
        "dense",
        _bias_gradient(lambda dI, db: _as_batch_time_space_channel(dI)[:, 0].sum(axis=(0, 1))),
    ),
    kernel_convention(
        "bias averaged over time",
        "The bias's gradient is a mean over time.",
        "dense",
        _bias_gradient(lambda dI, db: db / _as_batch_time_space_channel(dI).shape[1]),
    ),
    kernel_convention(
        "bias averaged over the batch",
        "The bias's gradient is a mean over the batch.",
        "dense",
        _bias_gradient(lambda dI, db: db / len(dI)),
    ),
    kernel_convention(
        "W not transposed",
        "The input gradient is dI W instead of dI W^T, where W is square.",
        "dense",
        with_backward(_untransposed_input_gradient),
    ),
    kernel_convention(
        "W reshaped instead of transposed",
        "The input gradient is dI W' with W' of the shape of W^T and the order of W.",
        "dense",
        with_backward(_reshaped_input_gradient),
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
    kernel_convention(
        "embedding gradient overwritten",
        "A repeated token keeps only its last gradient.",
        "embedding",
        with_backward(_overwritten_embedding),
    ),
    kernel_convention(
        "embedding gradient averaged",
        "A repeated token gets the mean of its gradients.",
        "embedding",
        with_backward(_averaged_embedding),
    ),
    kernel_convention(
        "padding row not trained",
        "The gradient of token 0 is zero.",
        "embedding",
        with_backward(_untrained_padding_row),
    ),
)
