"""The paper's forward equations for one number at a time, in Python's own floats."""

import math
from collections.abc import Callable

import numpy as np

from independent.comparison import Array, Arrays

Scalar = Callable[[float], float]


def heaviside(x: float) -> float:
    """S: a neuron at its threshold fires."""
    return 1.0 if x >= 0 else 0.0


def relaxed_spike(mu: float) -> Scalar:
    """A function whose derivative is the window of half width ``mu``."""
    return lambda x: min(max(x + mu, 0.0), 2 * mu)


def sigmoid(x: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-x))


def selu(x: float) -> float:
    """Scaled exponential linear unit of Klambauer et al. 2017."""
    return 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (math.exp(x) - 1))


ACTIVATIONS: dict[str, Scalar] = {
    "identity": lambda x: x,
    "relu": lambda x: max(x, 0.0),
    "selu": selu,
    "tanh": math.tanh,
    "sigmoid": sigmoid,
}


def neuron(at: Arrays, spike: Scalar, act: Scalar, threshold_related: bool) -> dict[str, Array]:
    """Every U, F, R, V and Y of Eqs. (3)-(8), in arrays shaped as I."""
    I, V = at["I"], at["V"]
    step = (I.shape[0], *I.shape[2:])
    v_th, v_reset, alpha, beta = (
        np.broadcast_to(at[name], step) for name in ("v_th", "v_reset", "alpha", "beta")
    )
    run = {name: np.full(I.shape, math.nan) for name in "UFRVY"}
    for b, *place in np.ndindex(step):
        unit = (b, *place)
        potential = float(V[unit])
        threshold = float(v_th[unit])
        for t in range(I.shape[1]):
            now = (b, t, *place)
            u = float(I[now]) + potential
            fired = spike(u - threshold)
            rest = fired * float(v_reset[unit]) + (1 - fired) * u
            potential = float(alpha[unit]) * rest + float(beta[unit])
            seen = u - threshold if threshold_related else u
            for name, number in zip("UFRVY", (u, fired, rest, potential, act(seen)), strict=True):
                run[name][now] = number
    return run


def _weighted_sum(x: list[float], W: Array, column: int) -> float:
    return sum(x[k] * float(W[k, column]) for k in range(len(x)))


def rnn(A: Array, c: list[float], U: Array) -> list[list[float]]:
    """First line of Eq. (14) for one sample: the states after each step."""
    states = []
    for drive in A.tolist():
        c = [math.tanh(drive[j] + _weighted_sum(c, U, j)) for j in range(len(c))]
        states.append(c)
    return states


def lstm(A: Array, h: list[float], c: list[float], U: Array) -> list[tuple[list[float], ...]]:
    """Eq. (15) for one sample: h and c after each step; gate columns f, i, o, c."""
    L = len(h)
    states: list[tuple[list[float], ...]] = []
    for drive in A.tolist():
        a = [drive[j] + _weighted_sum(h, U, j) for j in range(4 * L)]
        f = [sigmoid(x) for x in a[:L]]
        i = [sigmoid(x) for x in a[L : 2 * L]]
        o = [sigmoid(x) for x in a[2 * L : 3 * L]]
        candidate = [math.tanh(x) for x in a[3 * L :]]
        c = [f[j] * c[j] + i[j] * candidate[j] for j in range(L)]
        h = [o[j] * math.tanh(c[j]) for j in range(L)]
        states.append((h, c))
    return states


def gru(A: Array, h: list[float], U: Array) -> list[list[float]]:
    """Eq. (16) for one sample: h after each step; gate columns z, r, h."""
    L = len(h)
    states = []
    for drive in A.tolist():
        z = [sigmoid(drive[j] + _weighted_sum(h, U, j)) for j in range(L)]
        r = [sigmoid(drive[L + j] + _weighted_sum(h, U, L + j)) for j in range(L)]
        reset = [r[j] * h[j] for j in range(L)]
        candidate = [
            math.tanh(drive[2 * L + j] + _weighted_sum(reset, U, 2 * L + j)) for j in range(L)
        ]
        h = [(1 - z[j]) * h[j] + z[j] * candidate[j] for j in range(L)]
        states.append(h)
    return states
