"""The paper's equations again, differentiated by HIPS autograd and not by us.

Only the spike has a rule of our own, because it has no derivative: the window
of Eq. (13).  All else, also every sum over shared axes, is autograd's.
"""

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
from autograd.extend import defvjp, primitive

from independent.comparison import Array, Arrays

Function = Callable[[Any], Any]
# Same sums in another order: see complex_step.TOLERANCE.
TOLERANCE = 1e-12


def gradients(value: Callable[[Any], Any], arrays: Arrays) -> dict[str, Array]:
    """Gradient of the scalar ``value`` in every array of ``at``."""
    found = autograd.grad(value)({name: array.copy() for name, array in arrays.items()})
    return {name: np.asarray(g) for name, g in found.items()}


def spike(mu: float) -> Function:
    """Fire at or above zero, with the window of half width ``mu`` for a derivative."""
    fire = primitive(lambda x: np.where(x >= 0, 1.0, 0.0))
    defvjp(fire, lambda _, x: lambda g: np.where((x > -mu) & (x < mu), g, 0.0))
    function: Function = fire
    return function


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + anp.exp(-x))


def _selu(x: Any) -> Any:
    negative = 1.6732632423543772 * (anp.exp(anp.minimum(x, 0.0)) - 1)
    return 1.0507009873554805 * anp.where(x > 0, x, negative)


ACTIVATIONS: dict[str, Function] = {
    "identity": lambda x: x,
    "relu": lambda x: anp.where(x > 0, x, 0.0),
    "selu": _selu,
    "tanh": anp.tanh,
    "sigmoid": _sigmoid,
}


def stack(steps: list[Any]) -> Any:
    """Put a list of time steps on axis 1."""
    return anp.stack(steps, axis=1)


def neuron(at: Any, fire: Function, act: Function, threshold_related: bool) -> tuple[Any, Any]:
    """Y and V^T of Eqs. (3)-(8)."""
    V = at["V"]
    Y = []
    for t in range(at["I"].shape[1]):
        U = at["I"][:, t] + V
        F = fire(U - at["v_th"])
        V = at["alpha"] * (F * at["v_reset"] + (1 - F) * U) + at["beta"]
        Y.append(act(U - at["v_th"]) if threshold_related else act(U))
    return stack(Y), V


def dense(X: Any, W: Any, b: Any) -> Any:
    """Weighted sums of the last axis."""
    return anp.dot(X, W) + b


def rnn(A: Any, c: Any, U: Any) -> tuple[Any, Any]:
    """First line of Eq. (14): all states and the last."""
    C = []
    for t in range(A.shape[1]):
        c = anp.tanh(A[:, t] + anp.dot(c, U))
        C.append(c)
    return stack(C), c


def lstm(A: Any, h: Any, c: Any, U: Any) -> tuple[Any, Any, Any]:
    """Eq. (15): all outputs, the last output and the last cell state."""
    L = h.shape[-1]
    f_, i_, o_, c_ = (slice(k * L, (k + 1) * L) for k in range(4))
    H = []
    for t in range(A.shape[1]):
        f = _sigmoid(A[:, t, f_] + anp.dot(h, U[:, f_]))
        i = _sigmoid(A[:, t, i_] + anp.dot(h, U[:, i_]))
        o = _sigmoid(A[:, t, o_] + anp.dot(h, U[:, o_]))
        c = f * c + i * anp.tanh(A[:, t, c_] + anp.dot(h, U[:, c_]))
        h = o * anp.tanh(c)
        H.append(h)
    return stack(H), h, c


def gru(A: Any, h: Any, U: Any) -> tuple[Any, Any]:
    """Eq. (16): all outputs and the last."""
    L = h.shape[-1]
    z_, r_, h_ = (slice(k * L, (k + 1) * L) for k in range(3))
    H = []
    for t in range(A.shape[1]):
        z = _sigmoid(A[:, t, z_] + anp.dot(h, U[:, z_]))
        r = _sigmoid(A[:, t, r_] + anp.dot(h, U[:, r_]))
        h = (1 - z) * h + z * anp.tanh(A[:, t, h_] + anp.dot(r * h, U[:, h_]))
        H.append(h)
    return stack(H), h


def cross_entropy(Z: Any, y: Array) -> Any:
    """Mean over the batch of minus the log of the true class's softmax."""
    P = anp.exp(Z) / anp.sum(anp.exp(Z), axis=1, keepdims=True)
    return -anp.mean(anp.log(P[np.arange(len(y)), y]))


def join(*parts: Any) -> Any:
    """Vectors side by side."""
    return anp.concatenate(parts, axis=-1)
