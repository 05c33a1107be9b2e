"""Right backends that compute differently: other orders, forms and associations."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import gru, im2col, lstm, neuron, rnn
from liaf_ref.kernels.array import Array
from liaf_ref.layers.kernel_set import FAST
from liaf_ref.oracle import table
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.table import PAPER, Text, layers
from liaf_ref.oracle.table.functions import (
    SELU_ALPHA,
    SELU_SCALE,
    exp,
    log,
    number,
    rsqrt,
    sigmoid,
    tanh,
    value,
)
from liaf_ref.oracle.table.tape import T, as_if, lift, pad
from oracle.kernel_backend import PAPER_KERNELS, run
from oracle.wrong_backends.build import rebuild_on

Backend = Callable[[Case], dict[str, Array]]


class FastKernel:
    """A fast kernel; the reference kernel gives the traces that its tape lacks."""

    class Tape(NamedTuple):
        fast: Any
        shown: Any

        def __getattr__(self, name: str) -> Any:
            return getattr(self.shown, name)

    def __init__(self, fast: Any, reference: Any) -> None:
        self.fast, self.reference = fast, reference

    def forward(self, *args: Any) -> Any:
        *results, tape = self.fast.forward(*args)
        *_, shown = self.reference.forward(*args)
        Y, last = results
        return np.asarray(Y), last, self.Tape(tape, shown)

    def backward(self, *args: Any) -> Any:
        return self.fast.backward(*(g.fast if isinstance(g, self.Tape) else g for g in args))


FAST_KERNELS = PAPER_KERNELS._replace(
    neuron=FastKernel(FAST.neuron, neuron),
    rnn=FastKernel(FAST.rnn, rnn),
    lstm=FastKernel(FAST.lstm, lstm),
    gru=FastKernel(FAST.gru, gru),
)
MATRIX_PRODUCT = PAPER_KERNELS._replace(
    conv=im2col, convlstm=rebuild_on("convlstm", "conv", im2col)
)


def rewritten(parts: Text) -> Backend:
    """The oracle's text with other parts, in the case's own dtype."""
    return lambda case: table.run(case, text={**PAPER, **parts})


def total(terms: list[T], seed: int) -> T:
    """The sum in another order."""
    first, *rest = np.random.default_rng(seed).permutation(len(terms)).tolist()
    return sum((terms[k] for k in rest), terms[first])  # type: ignore[no-any-return]


def product(a: T, b: T) -> T:
    return total([a[..., k : k + 1] * b[k] for k in range(b.shape[0])], 3)


def convolve(X: T, W: T, stride: Any, padding: Any) -> T:
    seen = layers.windows(pad(X, padding), W.shape[:-2], stride)
    return total([product(x, W[at]) for at, x in seen], 1)


def sigmoid_by_tanh(x: T) -> T:
    return (tanh(x * 0.5) + 1) * 0.5


def tanh_by_sigmoid(x: T) -> T:
    return sigmoid(x * 2) * 2 - 1


def selu_by_exp(x: T, positive: Any = None) -> T:
    on = number(value(x) > 0 if positive is None else positive)
    both = SELU_SCALE * SELU_ALPHA
    below = (exp(x * lift(1 - on)) - 1) * both
    return x * lift(on) * SELU_SCALE + below * lift(1 - on)


def one_hot(z: Any, Z: T) -> T:
    return lift(number(np.arange(Z.shape[-1]) == z.y[:, None]))


def softmax_ce(z: Any, Z: T) -> dict[str, T]:
    """The logarithm of a sum without a shift."""
    log_P = Z - log(exp(Z).sum(-1, True))
    return {"loss": -(log_P * one_hot(z, Z) * (1 / len(z.y))).sum((0, 1))}


def binary_cross_entropy(probabilities: Callable[[T], T], z: Any, Z: T) -> dict[str, T]:
    P, hot = probabilities(Z), one_hot(z, Z)
    losses = -(hot * log(P) + (1 - hot) * log(1 - P))
    return {"loss": (losses.sum(-1) / Z.shape[-1]).sum(0) / len(z.y)}


OTHERWISE: Text = {
    "U": lambda z: as_if((z.I + (z.V - z.v_th)) + z.v_th, z.I + z.V),
    "R": lambda z: z.U * (1 - z.F) + z.v_reset * z.F,
    "V": lambda z: z.beta + z.R * z.alpha,
    "act:sigmoid": lambda x, positive=None: sigmoid_by_tanh(x),
    "act:tanh": lambda x, positive=None: tanh_by_sigmoid(x),
    "act:selu": selu_by_exp,
    "cell:rnn": partial(layers.rnn, act=tanh_by_sigmoid),
    "cell:lstm": partial(layers.lstm, gate=sigmoid_by_tanh, output=tanh_by_sigmoid),
    "cell:convlstm": partial(layers.convlstm, gate=sigmoid_by_tanh, output=tanh_by_sigmoid),
    "softmax_ce": softmax_ce,
    "softmax_bce": partial(binary_cross_entropy, lambda Z: exp(Z) / exp(Z).sum(-1, True)),
    "sigmoid_bce": partial(binary_cross_entropy, lambda Z: 1 / (1 + exp(-Z))),
}


def normalize(of_squares: bool, X: T, axes: tuple[int, ...], eps: float) -> tuple[T, T, T, int]:
    """``x a + c``; the variance maybe as the mean of the squares less the square of the mean."""
    n = int(np.prod([X.shape[a] for a in axes]))
    m = X.sum(axes, True) / n
    v = (X * X).sum(axes, True) / n - m * m if of_squares else ((X - m) * X).sum(axes, True) / n
    scale = rsqrt(v + eps)
    return X * scale - m * scale, m, v, n


def follow(m: T, v: T, batch_m: T, batch_v: T, n: int, momentum: float) -> tuple[T, T]:
    """Moved by what they are off."""
    return m + momentum * (batch_m - m), v - momentum * (v - batch_v * (n / (n - 1)))


def average_pool(z: Any, X: T, *, size: Any, stride: Any) -> dict[str, T]:
    """Every input times a share, then summed."""
    return {
        "Y": total([x * (1 / (size[0] * size[1])) for _, x in layers.windows(X, size, stride)], 2)
    }


IMAGES = {"follow": follow, "average_pool": average_pool, "convolve": convolve}
NODES: Mapping[str, Backend] = {
    "kernels": run,
    "twins": lambda case: run(case, FAST_KERNELS),
    "otherwise": rewritten(OTHERWISE),
    "difference": rewritten({"R": lambda z: z.U - z.F * (z.U - z.v_reset)}),
    "shuffled": rewritten({"matmul": product}),
}
ON_IMAGES: Mapping[str, Backend] = {
    "kernels": run,
    "matrix product": lambda case: run(case, MATRIX_PRODUCT),
    "squares": rewritten({**OTHERWISE, **IMAGES, "normalize": partial(normalize, True)}),
    "centred": rewritten({**OTHERWISE, "normalize": partial(normalize, False)}),
}
