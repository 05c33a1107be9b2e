"""Other dense layers and embeddings."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.conventions.convention import Convention, of_field
from liaf_ref.oracle.conventions.convolutions import everywhere

Change = Callable[[Any, Array, Any, tuple[Any, Any]], tuple[Any, Any]]


class Synapse(NamedTuple):
    """A dense layer or embedding whose gradients are changed after the fact."""

    kernel: Any
    change: Callable[[Array, Any, Any], Any]

    def forward(self, *given: Any) -> Any:
        """As the kernel's."""
        return self.kernel.forward(*given)

    def backward(self, dI: Array, tape: Any) -> Any:
        """As the kernel's, then changed."""
        return self.change(dI, tape, self.kernel.backward(dI, tape))


class Rounded(NamedTuple):
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


def _dW(of: Callable[[Array, Array], Array]) -> Callable[[Any], Synapse]:
    def change(dI: Array, tape: Any, right: Any) -> Any:
        X, dI = (_spread(x) for x in (tape.X, dI))
        return right[0], right[1]._replace(W=of(X, dI))

    return lambda kernel: Synapse(kernel, change)


def _spread(x: Array) -> Array:
    """As (batch, time, space, channel), with one step where there is no time."""
    B, T = (x.shape[0], x.shape[1]) if x.ndim > 2 else (len(x), 1)
    return x.reshape(B, T, -1, x.shape[-1])


def _outer(X: Array, dI: Array) -> Array:
    return np.asarray(np.einsum("btsk,btsl->kl", X, dI))


def _db(of: Callable[[Array, Array], Array]) -> Callable[[Any], Synapse]:
    def change(dI: Array, tape: Any, right: Any) -> Any:
        dX, dp = right
        return dX, dp if dp.b.ndim == 0 else dp._replace(b=of(dI, dp.b))

    return lambda kernel: Synapse(kernel, change)


def _before(X: Array, dI: Array) -> Array:
    return _outer(X[:, :-1], dI[:, 1:])


def _untransposed(dI: Array, tape: Any, right: Any) -> Any:
    K, L = tape.p.W.shape
    return (dI @ tape.p.W if K == L else right[0]), right[1]


def _overwritten(dX: Array, tape: Any, _: Any) -> Array:
    dE: Array = np.zeros_like(tape.E)
    dE[tape.ids] = dX
    return dE


def _padding(dX: Array, tape: Any, right: Array) -> Array:
    return np.asarray(np.where(np.arange(len(right))[:, None] == 0, 0, right))


def _averaged(dX: Array, tape: Any, right: Array) -> Array:
    counts = np.bincount(tape.ids.ravel(), minlength=len(right))
    return np.asarray(right / np.maximum(counts, 1)[:, None])


def _rounded(name: str, says: str, bits: int) -> Convention:
    """In dense layers and in convolutions."""
    dense = of_field(name, says, "dense", lambda kernel: Rounded(kernel, bits))
    return dense.and_(everywhere(name, says, lambda kernel: Rounded(kernel, bits)))._replace(
        name=name, says=says
    )


SYNAPSES: tuple[Convention, ...] = (
    of_field(
        "W with the x before",
        "The weights' gradient pairs x^{t-1} with step t.",
        "dense",
        _dW(_before),
    ),
    of_field(
        "W averaged over the batch",
        "The weights' gradient is a mean over the batch.",
        "dense",
        _dW(lambda X, dI: _outer(X, dI) / len(X)),
    ),
    of_field(
        "W of the last step only",
        "The weights' gradient is not summed over time.",
        "dense",
        _dW(lambda X, dI: _outer(X[:, -1:], dI[:, -1:])),
    ),
    of_field(
        "bias of the last step only",
        "The bias's gradient is not summed over time.",
        "dense",
        _db(lambda dI, db: _spread(dI)[:, -1].sum(axis=(0, 1))),
    ),
    of_field(
        "bias averaged over time",
        "The bias's gradient is a mean over time.",
        "dense",
        _db(lambda dI, db: db / _spread(dI).shape[1]),
    ),
    of_field(
        "bias averaged over the batch",
        "The bias's gradient is a mean over the batch.",
        "dense",
        _db(lambda dI, db: db / len(dI)),
    ),
    of_field(
        "W not transposed",
        "The layer below gets dI W for dI W^T, where W is square.",
        "dense",
        lambda kernel: Synapse(kernel, _untransposed),
    ),
    _rounded(
        "products of 11 bits (TF32, float16)",
        "Both factors of every product of matrices are rounded to 11 significant bits.",
        11,
    ),
    _rounded(
        "products of 8 bits (bfloat16)",
        "Both factors of every product of matrices are rounded to 8 significant bits.",
        8,
    ),
    of_field(
        "embedding gradient overwritten",
        "A token that came twice keeps the last gradient only.",
        "embedding",
        lambda kernel: Synapse(kernel, _overwritten),
    ),
    of_field(
        "embedding gradient averaged",
        "A token that came twice gets the mean.",
        "embedding",
        lambda kernel: Synapse(kernel, _averaged),
    ),
    of_field(
        "padding row not trained",
        "The gradient of token 0 is zero.",
        "embedding",
        lambda kernel: Synapse(kernel, _padding),
    ),
)
