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
