"""Right backends that round elsewhere: fused, flushed to zero, or in other orders of summation."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from liaf_ref.kernels import convlstm, gru, lstm, neuron, rnn
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.dense import Params, Tape
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.sharing import sum_to
from liaf_ref.oracle.case import Case
from oracle.kernel_backend import PAPER_KERNELS, run


def multiply_add(a: Array, b: Array, c: Array) -> Array:
    """``a b + c``, rounded twice."""
    return a * b + c


def fused_multiply_add(a: Array, b: Array, c: Array) -> Array:
    """``a b + c``, rounded once (but for one case in 2^29 or 2^11, which is rounded again)."""
    wide = np.longdouble if a.dtype == np.float64 else np.float64
    fused: Array = (a.astype(wide) * b + c).astype(a.dtype)
    return fused


class DifferenceNeuron:
    """The neuron whose reset subtracts the difference, ``R = U - F (U - v_reset)``."""

    backward = staticmethod(neuron.backward)

    def __init__(self, fma: Callable[..., Array] = multiply_add) -> None:
        self.fma = fma

    def forward(self, I: Array, V: Array, p: Any, spike: Pair, act: Pair, s: int) -> Any:
        U, F, R = (np.empty_like(I) for _ in range(3))
        for t in range(I.shape[1]):
            U[:, t] = I[:, t] + V
            F[:, t] = spike.value(U[:, t] - p.v_th)
            R[:, t] = self.fma(-F[:, t], U[:, t] - p.v_reset, U[:, t])
            V = self.fma(p.alpha, R[:, t], p.beta)
        tape = neuron.Tape(U, F, R, p)
        return neuron.output(tape, act, s), V, tape


def reversed_product(a: Array, b: Array) -> Array:
    """The matrix product with the last term first."""
    total = np.zeros((*a.shape[:-1], b.shape[-1]), a.dtype)
    for k in reversed(range(a.shape[-1])):
        total += a[..., k, None] * b[k]
    return total


def pairwise_product(a: Array, b: Array) -> Array:
    """The matrix product by halves."""
    K = a.shape[-1]
    if K == 1:
        return np.asarray(a * b)
    left = pairwise_product(a[..., : K // 2], b[: K // 2])
    right = pairwise_product(a[..., K // 2 :], b[K // 2 :])
    return left + right


def fused_product(a: Array, b: Array) -> Array:
    """The matrix product by fused multiply-adds."""
    total = np.zeros((*a.shape[:-1], b.shape[-1]), a.dtype)
    for k in range(a.shape[-1]):
        total = fused_multiply_add(a[..., k, None], b[k], total)
    return total


class Dense:
    """The dense layer by another matrix product."""

    def __init__(self, product: Callable[[Array, Array], Array]) -> None:
        self.product = product

    def forward(self, X: Array, p: Params) -> Any:
        return self.product(X, p.W) + p.b, Tape(X, p)

    def backward(self, dI: Array, tape: Tape) -> Any:
        X, p = tape
        rows, above = X.reshape(-1, X.shape[-1]), dI.reshape(-1, dI.shape[-1])
        dW = self.product(rows.T, above)
        return self.product(dI, p.W.T), Params(dW, sum_to(dI, p.b.shape))


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -80, 80))))


def _sigmoid_slope(x: Array) -> Array:
    y = _sigmoid(x)
    return np.asarray(y * (1 - y))


def _tanh(x: Array) -> Array:
    return np.asarray(2 * _sigmoid(2 * x) - 1)


def _tanh_slope(x: Array) -> Array:
    """As automatic differentiation gives it."""
    return np.asarray(4 * _sigmoid_slope(2 * x))


SIGMOID, TANH = Pair(_sigmoid, _sigmoid_slope), Pair(_tanh, _tanh_slope)


class SigmoidGates:
    """A recurrent kernel with tanh computed from sigmoid."""

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel

    def forward(self, *args: Any) -> Any:
        return self.kernel.forward(*map(_by_sigmoid, args))

    def backward(self, *args: Any) -> Any:
        return self.kernel.backward(*map(_by_sigmoid, args))


def _by_sigmoid(argument: Any) -> Any:
    if not isinstance(argument, Pair):
        return argument
    return TANH if argument.value(np.zeros(1))[0] == 0 else SIGMOID


def _act(options: Any) -> Pair:
    return {"sigmoid": SIGMOID, "tanh": TANH}.get(options["act"]) or PAPER_KERNELS.act(options)


class Flushed:
    """A kernel whose results have no subnormal numbers."""

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel

    def __getattr__(self, name: str) -> Any:
        return lambda *args: flushed(getattr(self.kernel, name)(*args))


def flushed(result: Any) -> Any:
    """Zero for every subnormal number of a kernel's result."""
    if isinstance(result, tuple):
        parts = map(flushed, result)
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
    if not isinstance(result, np.ndarray | np.floating) or result.dtype.kind != "f":
        return result
    return np.where(abs(result) < np.finfo(result.dtype).tiny, 0, result).astype(result.dtype)


FLUSHED: dict[str, Any] = {
    name: Flushed(kernel)
    for name, kernel in PAPER_KERNELS._asdict().items()
    if name not in {"spike", "act", "max_pool", "optimizer"}
}
TABLES = {
    "reset by difference": PAPER_KERNELS._replace(neuron=DifferenceNeuron()),
    "fused": PAPER_KERNELS._replace(
        neuron=DifferenceNeuron(fused_multiply_add), dense=Dense(fused_product)
    ),
    "reversed sums": PAPER_KERNELS._replace(dense=Dense(reversed_product)),
    "pairwise sums": PAPER_KERNELS._replace(dense=Dense(pairwise_product)),
    "tanh from sigmoid": PAPER_KERNELS._replace(
        act=_act,
        rnn=SigmoidGates(rnn),
        lstm=SigmoidGates(lstm),
        gru=SigmoidGates(gru),
        convlstm=SigmoidGates(convlstm),
    ),
    "flushed to zero": PAPER_KERNELS._replace(**FLUSHED),
}
BACKENDS: dict[str, Callable[[Case], dict[str, Array]]] = {
    name: partial(run, kernels=table) for name, table in TABLES.items()
}
