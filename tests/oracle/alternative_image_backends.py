"""Correct backends on images that compute differently, in the case's own dtype."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.kernels import im2col, norm_running
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.classes import onehot
from liaf_ref.kernels.grid import cropped, out_size, padded, taps
from liaf_ref.kernels.norm import Params, Statistics
from liaf_ref.kernels.sharing import sum_to
from liaf_ref.oracle.case import Case
from oracle.alternative_backends import REARRANGED_KERNELS
from oracle.kernel_backend import PAPER_KERNELS, run
from oracle.wrong_backends.build import rebuild_on

VarianceFunction = Any  # from x, shape (n, ...), to mean and variance along the first axis


class ShuffledConv:
    """A convolution that sums places, channels and windows in another order."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def forward(self, X: Array, p: Any, grid: Any) -> Any:
        kernel, K = p.W.shape[:-2], p.W.shape[-2]
        X_pad = padded(X, grid.pad)
        out = out_size(X_pad.shape[-1 - len(kernel) : -1], kernel, grid.stride)
        I = np.zeros((*X.shape[: -1 - len(kernel)], *out, p.W.shape[-1]), X.dtype)
        for tap, under in self._order(taps(kernel, out, grid.stride)):
            for k in self.rng.permutation(K):
                I += X_pad[under][..., k, None] * p.W[tap][k]
        return p.b + I, (X, p)

    def backward(self, dI: Array, tape: Any, grid: Any) -> Any:
        X, p = tape
        kernel, (K, L) = p.W.shape[:-2], p.W.shape[-2:]
        X_pad = padded(X, grid.pad)
        dW, dX_pad = np.zeros_like(p.W), np.zeros_like(X_pad)
        rows = dI.reshape(-1, L)
        order = self.rng.permutation(len(rows))
        places = taps(kernel, dI.shape[-1 - len(kernel) : -1], grid.stride)
        for tap, under in self._order(places):
            seen = X_pad[under].reshape(-1, K)
            for i in order:
                dW[tap] += seen[i][:, None] * rows[i]
            for l in self.rng.permutation(L):
                dX_pad[under] += dI[..., l, None] * p.W[tap][:, l]
        db = np.zeros_like(rows[0])
        for i in order:
            db += rows[i]
        return cropped(dX_pad, grid.pad), p._replace(W=dW, b=sum_to(db, p.b.shape))

    def _order(self, places: Any) -> Any:
        every = list(places)
        return [every[i] for i in self.rng.permutation(len(every))]


def variance_from_squares(x: Array) -> tuple[Array, Array]:
    """The mean of the squares less the square of the mean."""
    m = x.mean(axis=0)
    return m, np.asarray((x * x).mean(axis=0) - m * m)


def welford_variance(x: Array) -> tuple[Array, Array]:
    """Welford's: one number after another."""
    m, S = np.zeros_like(x[0]), np.zeros_like(x[0])
    for k, x_k in enumerate(x, 1):
        delta = x_k - m
        m = m + delta / x.dtype.type(k)
        S = S + delta * (x_k - m)
    return m, np.asarray(S / x.dtype.type(len(x)))


def chan_variance(x: Array) -> tuple[Array, Array]:
    """Chan's: two halves and their halves."""

    def sums(x: Array) -> tuple[Array, Array]:
        n = len(x)
        if n == 1:
            return x[0], np.zeros_like(x[0])
        (m, S), (m2, S2) = sums(x[: n // 2]), sums(x[n // 2 :])
        share, delta = x.dtype.type((n - n // 2) / n), m2 - m
        return m + share * delta, S + S2 + delta * delta * share * x.dtype.type(n // 2)

    m, S = sums(x)
    return m, np.asarray(S / x.dtype.type(len(x)))


class Norm:
    """Normalisation by other formulas: ``x a + c`` forward, ``r g + b x + c`` backward."""

    def __init__(self, variance: VarianceFunction) -> None:
        self.variance = variance

    def forward(self, X: Array, p: Params, axes: Any, eps: float) -> Any:
        whole = tuple(axis % X.ndim for axis in axes)
        rest = tuple(i for i in range(X.ndim) if i not in whole)
        shape = [X.shape[i] if i in rest else 1 for i in range(X.ndim)]
        flat = X.transpose(*whole, *rest).reshape(-1, *(X.shape[i] for i in rest))
        m, v = (a.reshape(shape).astype(X.dtype) for a in self.variance(flat))
        r = (v + X.dtype.type(eps)) ** X.dtype.type(-0.5)
        scale = r * p.gamma
        return X * scale + (p.b - m * scale), Statistics(m, v), (X, m, r, p)

    def backward(self, dY: Array, tape: Any, axes: Any) -> Any:
        X, m, r, p = tape
        g, n = dY * p.gamma, dY.dtype.type(dY.size // m.size)
        product, total = ((a).sum(axis=axes, keepdims=True) for a in (g * X, g))
        b = (total * m - product) * r * r * r / n
        c = -b * m - total * r / n
        dgamma = sum_to((dY * X) * r - dY * (m * r), p.gamma.shape)
        return r * g + b * X + c, Params(dgamma, sum_to(dY, p.b.shape))


class IncrementalRunning:
    """Running statistics moved by what they are off."""

    forward, backward = staticmethod(norm_running.forward), staticmethod(norm_running.backward)

    def follow_steps(self, running: Statistics, batch: Statistics, n: int, momentum: float) -> Any:
        weight, unbiased = batch.m.dtype.type(momentum), batch.m.dtype.type(n / (n - 1))
        for t in range(batch.m.shape[1]):
            m, v = batch.m[:, t : t + 1], batch.v[:, t : t + 1]
            running = Statistics(
                running.m + weight * (m - running.m),
                running.v - weight * (running.v - v * unbiased),
            )
        return running


class WeightedAveragePool:
    """Every input times a share, then summed."""

    def forward(self, X: Array, size: Any, stride: Any) -> Any:
        share = X.dtype.type(1 / (size[0] * size[1]))
        out = out_size(X.shape[-3:-1], size, stride)
        parts = [X[under] * share for _, under in taps(size, out, stride)]
        return sum(reversed(parts)), X.shape

    def backward(self, dY: Array, shape: Any, size: Any, stride: Any) -> Array:
        dX, share = np.zeros(shape, dY.dtype), dY.dtype.type(1 / (size[0] * size[1]))
        for _, under in reversed(list(taps(size, dY.shape[-3:-1], stride))):
            dX[under] += share * dY
        return dX


class BinaryCrossEntropy:
    """Binary cross-entropy by the probabilities, and by their gradient."""

    def __init__(self, probabilities: Any, logit_gradient: Any) -> None:
        self.probabilities, self.logit_gradient = probabilities, logit_gradient

    def forward(self, Z: Array, y: Array) -> Any:
        P, hot = self.probabilities(Z), onehot(y, Z)
        losses = -(hot * np.log(P) + (1 - hot) * np.log1p(-P))
        return losses.mean(axis=1).mean(), (P, hot)

    def backward(self, dloss: Array, tape: Any) -> Any:
        P, hot = tape
        dP = (P - hot) / ((1 - P) * P) / P.dtype.type(P.shape[1]) / P.dtype.type(len(P))
        return dloss * self.logit_gradient(P, dP)


def _softmax(Z: Array) -> Array:
    return np.asarray(np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True))


def _sigmoid(Z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-Z)))


def image_kernels(variance: VarianceFunction, conv: Any) -> Any:
    return REARRANGED_KERNELS._replace(
        conv=conv,
        convlstm=rebuild_on("convlstm", "conv", conv),
        norm=Norm(variance),
        norm_running=IncrementalRunning(),
        average_pool=WeightedAveragePool(),
        loss_softmax_bce=BinaryCrossEntropy(
            _softmax, lambda P, dP: P * (dP - (P * dP).sum(axis=1, keepdims=True))
        ),
        loss_sigmoid_bce=BinaryCrossEntropy(_sigmoid, lambda P, dP: dP * P * (1 - P)),
    )


BACKENDS: dict[str, Callable[[Case], dict[str, Array]]] = {
    "kernels": run,
    "matrix product": lambda case: run(
        case, PAPER_KERNELS._replace(conv=im2col, convlstm=rebuild_on("convlstm", "conv", im2col))
    ),
    "squares": lambda case: run(case, image_kernels(variance_from_squares, im2col)),
    "passing": lambda case: run(case, image_kernels(welford_variance, ShuffledConv(1))),
    "merged": lambda case: run(case, image_kernels(chan_variance, ShuffledConv(2))),
}
