"""Correct backends that compute differently: other orders, forms and associations."""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import gru, loss, lstm, neuron, rnn
from liaf_ref.kernels.activation import SELU_ALPHA, SELU_SCALE
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.sharing import sum_to
from liaf_ref.layers.kernel_set import FAST
from liaf_ref.oracle.case import Case
from oracle.kernel_backend import PAPER_KERNELS, KernelTable, run


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


class ThresholdRelativeNeuron:
    """The neuron that carries ``x = U - v_th``, selects with where, and factors (12)."""

    def forward(
        self, I: Array, V: Array, p: neuron.Params, spike: Pair, act: Pair, s: int
    ) -> tuple[Array, Array, neuron.Tape]:
        x, F, R, Y = (np.empty_like(I) for _ in range(4))
        w = V - p.v_th
        fired = p.alpha * p.v_reset + (p.beta - p.v_th)
        silent = p.alpha * p.v_th + (p.beta - p.v_th)
        for t in range(I.shape[1]):
            x[:, t] = I[:, t] + w
            F[:, t] = spike.value(x[:, t])
            w = np.where(F[:, t] == 1, fired, p.alpha * x[:, t] + silent)
            U = x[:, t] + p.v_th
            R[:, t] = np.where(F[:, t] == 1, p.v_reset, U)
            Y[:, t] = act.value(x[:, t] if s else U)
        return Y, w + p.v_th, neuron.Tape(x + p.v_th, F, R, p)

    def backward(
        self, dY: Array, dV: Array, tape: neuron.Tape, spike: Pair, act: Pair, s: int
    ) -> tuple[Array, Array, neuron.Params]:
        U, F, _, p = tape
        window = spike.slope(U - p.v_th)
        dA = dY * act.slope(U - s * p.v_th)
        slope = (p.alpha * p.v_reset - p.alpha * U) * window
        J = np.where(F == 1, slope, slope + p.alpha)  # (12)
        dU = np.empty_like(dY)
        dVs = np.empty_like(dY)
        for t in reversed(range(dY.shape[1])):
            dVs[:, t] = dV
            dV = dU[:, t] = dA[:, t] + J[:, t] * dV
        gone = slope * dVs
        fired = dVs.sum(axis=1) - (dVs * (1 - F)).sum(axis=1)
        dp = neuron.Params(
            -(s * dA + gone).sum(axis=1),
            p.alpha * fired,
            (dVs * F).sum(axis=1) * p.v_reset + (dVs * (1 - F) * U).sum(axis=1),
            dVs.sum(axis=1),
        )
        return dU, dV, neuron.Params(*(sum_to(d, x.shape) for d, x in zip(dp, p, strict=True)))


class LogSoftmax:
    """The loss by way of logsumexp without a shift, probabilities by exp of the logarithm."""

    def forward(self, Z: Array, y: Array) -> tuple[Array, loss.Tape]:
        log_P = Z - np.log(np.exp(Z).sum(axis=-1, keepdims=True))
        share = 1 / Z.dtype.type(len(y))
        picked: Array = -(log_P[np.arange(len(y)), y] * share).sum()
        return picked, loss.Tape(np.exp(log_P), y)

    def backward(self, dloss: Array, tape: loss.Tape) -> Array:
        onehot = np.eye(tape.P.shape[1], dtype=tape.P.dtype)[tape.y]
        share = dloss * (1 / tape.P.dtype.type(len(tape.y)))
        dZ: Array = tape.P * share - onehot * share
        return dZ


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def _sigmoid_slope(x: Array) -> Array:
    e = np.exp(-abs(x))
    return np.asarray(e / (1 + e) ** 2)


def _tanh_slope(x: Array) -> Array:
    return np.asarray(1 / np.cosh(x) ** 2)


def _selu(x: Array) -> Array:
    scale, both = map(x.dtype.type, (SELU_SCALE, SELU_SCALE * SELU_ALPHA))
    return np.asarray(np.where(x > 0, scale * x, both * np.exp(np.minimum(x, 0)) - both))


def _selu_slope(x: Array) -> Array:
    scale, both = map(x.dtype.type, (SELU_SCALE, SELU_SCALE * SELU_ALPHA))
    return np.asarray(np.where(x > 0, scale, _selu(x) + both))


REWRITTEN = {
    "sigmoid": Pair(_sigmoid, _sigmoid_slope),
    "tanh": Pair(np.tanh, _tanh_slope),
    "selu": Pair(_selu, _selu_slope),
}


class RewrittenGates:
    """A recurrent kernel with the gates' functions computed otherwise."""

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel

    def forward(self, *args: Any) -> Any:
        return self.kernel.forward(*map(self._rewritten, args))

    def backward(self, *args: Any) -> Any:
        return self.kernel.backward(*map(self._rewritten, args))

    def _rewritten(self, argument: Any) -> Any:
        if not isinstance(argument, Pair):
            return argument
        return REWRITTEN["tanh" if argument.value(np.zeros(1))[0] == 0 else "sigmoid"]


def _act(options: Any) -> Pair:
    return REWRITTEN.get(options["act"], PAPER_KERNELS.act(options))


REARRANGED_KERNELS = PAPER_KERNELS._replace(
    act=_act,
    neuron=ThresholdRelativeNeuron(),
    rnn=RewrittenGates(rnn),
    lstm=RewrittenGates(lstm),
    gru=RewrittenGates(gru),
    loss=LogSoftmax(),
)


class ShuffledDense:
    """The matrix product over its inputs and its samples in another order."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def forward(self, X: Array, p: Any) -> Any:
        order = self.rng.permutation(X.shape[-1])
        I = np.broadcast_to(p.b, (*X.shape[:-1], p.W.shape[1])).copy()
        for k in order:
            I += X[..., k, None] * p.W[k]
        return I, (X, p)

    def backward(self, dI: Array, tape: Any) -> Any:
        X, p = tape
        flat, above = X.reshape(-1, X.shape[-1]), dI.reshape(-1, dI.shape[-1])
        order = self.rng.permutation(len(flat))
        dW, db = np.zeros_like(p.W), np.zeros_like(above[0])
        for i in order:
            dW += flat[i][:, None] * above[i]
            db += above[i]
        columns = self.rng.permutation(dI.shape[-1])
        dX = dI[..., columns] @ p.W.T[columns]
        return dX, type(p)(dW, db)


def run_shuffled(case: Case) -> dict[str, Array]:
    """Samples, inputs and time steps summed in another order."""
    rules: KernelTable = PAPER_KERNELS._replace(dense=ShuffledDense(np.random.default_rng(3)))
    return run(case, rules)


BACKENDS = {
    "kernels": run,
    "twins": lambda case: run(case, FAST_KERNELS),
    "otherwise": lambda case: run(case, REARRANGED_KERNELS),
    "shuffled": run_shuffled,
}
