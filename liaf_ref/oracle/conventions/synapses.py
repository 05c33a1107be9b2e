"""Other dense layers and embeddings."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.conventions.convention import Convention, kernel_convention
from liaf_ref.oracle.conventions.convolutions import convolution_convention

Change = Callable[[Any, Array, Any, tuple[Any, Any]], tuple[Any, Any]]


class ChangedSynapseGradient(NamedTuple):
    """A dense layer or embedding whose gradients are changed after the fact."""

    kernel: Any
    change: Callable[[Array, Any, Any], Any]

    def forward(self, *args: Any) -> Any:
        """As the kernel's."""
        return self.kernel.forward(*args)

    def backward(self, dI: Array, tape: Any) -> Any:
        """As the kernel's, then changed."""
        return self.change(dI, tape, self.kernel.backward(dI, tape))


class RoundedProducts(NamedTuple):
    """Synapses whose products are of numbers with ``bits`` significant bits."""

    kernel: Any
    bits: int

    def forward(self, X: Array, p: Any, *grid: Any) -> Any:
        """As the kernel's."""
        return self.kernel.forward(self._round(X), p._replace(W=self._round(p.W)), *grid)

    def backward(self, dI: Array, tape: Any, *grid: Any) -> Any:
        """As the kernel's; the bias sums what was not rounded.

        A convolutional LSTM makes its tapes anew, of what it was given.
        """
        p = tape.p._replace(W=self._round(tape.p.W))
        tape = tape._replace(X=self._round(tape.X), p=p)
        _, exact = self.kernel.backward(dI, tape, *grid)
        dX, dp = self.kernel.backward(self._round(dI), tape, *grid)
        return dX, dp._replace(b=exact.b)

    def _round(self, x: Array) -> Array:
        mantissa, exponent = np.frexp(x)
        scale = 2.0**self.bits
        return np.asarray(np.ldexp(np.rint(mantissa * scale) / scale, exponent).astype(x.dtype))


def _weight_gradient(
    gradient: Callable[[Array, Array], Array],
) -> Callable[[Any], ChangedSynapseGradient]:
    def change(dI: Array, tape: Any, right: Any) -> Any:
        X, dI = (_as_batch_time_space_channel(x) for x in (tape.X, dI))
        return right[0], right[1]._replace(W=gradient(X, dI))

    return lambda kernel: ChangedSynapseGradient(kernel, change)


def _as_batch_time_space_channel(x: Array) -> Array:
    """As (batch, time, space, channel), with one step where there is no time."""
    B, T = (x.shape[0], x.shape[1]) if x.ndim > 2 else (len(x), 1)
    return x.reshape(B, T, -1, x.shape[-1])


def _outer(X: Array, dI: Array) -> Array:
    return np.asarray(np.einsum("btsk,btsl->kl", X, dI))


def _bias_gradient(
    gradient: Callable[[Array, Array], Array],
) -> Callable[[Any], ChangedSynapseGradient]:
    def change(dI: Array, tape: Any, right: Any) -> Any:
        dX, dp = right
        return dX, dp if dp.b.ndim == 0 else dp._replace(b=gradient(dI, dp.b))

    return lambda kernel: ChangedSynapseGradient(kernel, change)


def _outer_with_previous_input(X: Array, dI: Array) -> Array:
    return _outer(X[:, :-1], dI[:, 1:])


def _untransposed_input_gradient(dI: Array, tape: Any, correct: Any) -> Any:
    K, L = tape.p.W.shape
    return (dI @ tape.p.W if K == L else correct[0]), correct[1]


def _overwritten_embedding(dX: Array, tape: Any, _: Any) -> Array:
    dE: Array = np.zeros_like(tape.E)
    dE[tape.ids] = dX
    return dE


def _untrained_padding_row(dX: Array, tape: Any, correct: Array) -> Array:
    return np.asarray(np.where(np.arange(len(correct))[:, None] == 0, 0, correct))


def _averaged_embedding(dX: Array, tape: Any, correct: Array) -> Array:
    counts = np.bincount(tape.ids.ravel(), minlength=len(correct))
    return np.asarray(correct / np.maximum(counts, 1)[:, None])


def _rounded_products(name: str, description: str, bits: int) -> Convention:
    """In dense layers and in convolutions."""
    dense = kernel_convention(
        name, description, "dense", lambda kernel: RoundedProducts(kernel, bits)
    )
    return dense.combined_with(
        convolution_convention(name, description, lambda kernel: RoundedProducts(kernel, bits))
    )._replace(name=name, description=description)


SYNAPSES: tuple[Convention, ...] = (
    kernel_convention(
        "weight gradient with the previous input",
        "The weights' gradient pairs x^{t-1} with step t.",
        "dense",
        _weight_gradient(_outer_with_previous_input),
    ),
    kernel_convention(
        "W averaged over the batch",
        "The weights' gradient is a mean over the batch.",
        "dense",
        _weight_gradient(lambda X, dI: _outer(X, dI) / len(X)),
    ),
    kernel_convention(
        "W of the last step only",
        "The weights' gradient is not summed over time.",
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
        lambda kernel: ChangedSynapseGradient(kernel, _untransposed_input_gradient),
    ),
    _rounded_products(
        "products of 11 bits (TF32, float16)",
        "Both factors of every product of matrices are rounded to 11 significant bits.",
        11,
    ),
    _rounded_products(
        "products of 8 bits (bfloat16)",
        "Both factors of every product of matrices are rounded to 8 significant bits.",
        8,
    ),
    kernel_convention(
        "embedding gradient overwritten",
        "A repeated token keeps only its last gradient.",
        "embedding",
        lambda kernel: ChangedSynapseGradient(kernel, _overwritten_embedding),
    ),
    kernel_convention(
        "embedding gradient averaged",
        "A repeated token gets the mean of its gradients.",
        "embedding",
        lambda kernel: ChangedSynapseGradient(kernel, _averaged_embedding),
    ),
    kernel_convention(
        "padding row not trained",
        "The gradient of token 0 is zero.",
        "embedding",
        lambda kernel: ChangedSynapseGradient(kernel, _untrained_padding_row),
    ),
)
