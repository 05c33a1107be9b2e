"""Synapses, recurrent cells, pools, norms and readouts, forward."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.oracle.table.functions import ACTIVATIONS, number, rsqrt, sigmoid, tanh, value
from liaf_ref.oracle.table.numbers import current
from liaf_ref.oracle.table.tape import T, concat, lift, pad, select, stack

States = dict[str, T]
AXES = {"BTHW": (0, 1, 2, 3), "BHW": (0, 2, 3), "BT": (0, 1), "B": (0,)}  # of batch norm


def dense(z: SimpleNamespace, X: T, **_: Any) -> States:
    """``I = X W + b``, Eq. (1)."""
    return {"I": _biased(X @ z.parameters["W"], z)}


def embedding(z: SimpleNamespace, ids: T, **_: Any) -> States:
    """A row of E for each token."""
    return {"Y": z.parameters["E"][ids.v]}


def conv(z: SimpleNamespace, X: T, *, stride: Any, pad: Any, **_: Any) -> States:
    """A convolution over the axes of the kernel, Eq. (2)."""
    return {"I": _biased(_convolve(X, z.parameters["W"], stride, pad), z)}


def _biased(I: T, z: SimpleNamespace) -> T:
    return I + z.parameters["b"] if "b" in z.parameters else I


def _convolve(X: T, W: T, stride: Sequence[int], padding: Sequence[Sequence[int]]) -> T:
    terms = [seen @ W[at] for at, seen in _windows(pad(X, padding), W.shape[:-2], stride)]
    return sum(terms[1:], terms[0])


def _windows(
    X: T, size: Sequence[int], stride: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], T]]:
    """What each tap of a window sees, taps in row-major order."""
    space = X.shape[-1 - len(size) : -1]
    counts = [(n - k) // s + 1 for n, k, s in zip(space, size, stride, strict=True)]
    for at in product(*map(range, size)):
        steps = (
            slice(a, a + (n - 1) * s + 1, s) for a, n, s in zip(at, counts, stride, strict=True)
        )
        yield at, X[(..., *steps, slice(None))]


def recurrent(step: Callable[[T, States, T], States]) -> Callable[..., States]:
    """A cell over all steps; its output is its first state."""

    def layer(z: SimpleNamespace, A: T, **_: Any) -> States:
        states, steps, drives = z.states, [], [A[:, t] for t in range(A.shape[1])]
        for t, A_t in enumerate(drives):
            if t in z.cuts:
                states = {name: lift(state.v) for name, state in states.items()}
            states = step(A_t, states, z.parameters["U"])
            steps.append(states)
        z.final |= states
        z.adjoints["dA"] = drives
        traces = {name: stack(s[name] for s in steps) for name in states}
        return traces | {"Y": next(iter(traces.values()))}

    return layer


def rnn(A: T, s: States, U: T) -> States:
    """Eq. (14)."""
    return {"c": tanh(A + s["c"] @ U)}


def lstm(A: T, s: States, U: T) -> States:
    """Eq. (15)."""
    return lstm_cell(A + s["h"] @ U, s)


def convlstm(A: T, s: States, U: T) -> States:
    """The same with convolutions, Eq. (17)."""
    same = [((k - 1) // 2, k // 2) for k in U.shape[:2]]
    return lstm_cell(A + _convolve(s["h"], U, (1, 1), same), s)


def lstm_cell(a: T, s: States) -> States:
    """Gates f, i, o and the candidate g side by side."""
    f, i, o, g = _split(a, 4)
    c = sigmoid(f) * s["c"] + sigmoid(i) * tanh(g)
    return {"h": sigmoid(o) * tanh(c), "c": c}


def gru(A: T, s: States, U: T) -> States:
    """Eq. (16)."""
    (Az, Ar, Ah), (Uz, Ur, Uh), h = _split(A, 3), _split(U, 3), s["h"]
    u, r = sigmoid(Az + h @ Uz), sigmoid(Ar + h @ Ur)
    return {"h": (1 - u) * h + u * tanh(Ah + (r * h) @ Uh)}


def _split(a: T, n: int) -> list[T]:
    L = a.shape[-1] // n
    return [a[..., k * L : (k + 1) * L] for k in range(n)]


def average_pool(z: SimpleNamespace, X: T, *, size: Any, stride: Any) -> States:
    """The mean of each window."""
    terms = [seen for _, seen in _windows(X, size, stride)]
    return {"Y": sum(terms[1:], terms[0]) / math.prod(size)}


def max_pool(z: SimpleNamespace, X: T, *, size: Any, stride: Any) -> States:
    """The first of the largest, or the one that is given."""
    seen = [s for _, s in _windows(X, size, stride)]
    first = z.gates.get("first", np.stack([value(s) for s in seen]).argmax(axis=0))
    most = select(first, seen)
    for k, s in enumerate(seen if not z.gates else ()):  # the maximum itself is no rival
        current().decided((most.v - s.v) + number(first == k))
    return {"Y": most}


def layer_norm(z: SimpleNamespace, X: T, *, axes: str, eps: float) -> States:
    """Mean 0 and variance 1 of a step, or of each place of it."""
    last = len(X.shape) - 1
    Y = normalize(X, (last,) if axes == "L" else tuple(range(2, last + 1)), eps)[0]
    return {"Y": z.parameters["gamma"] * Y + z.parameters["b"]}


def batch_norm(
    z: SimpleNamespace, X: T, *, axes: str, eps: float, statistics: str, momentum: float
) -> States:
    """With the statistics of the batch, which the running ones follow, or with those."""
    gamma, b, m, v = z.parameters["gamma"], z.parameters["b"], z.constants["m"], z.constants["v"]
    if statistics == "running":
        return {"Y": gamma * ((X - m) * rsqrt(v + eps)) + b}
    Y, batch_m, batch_v, n = normalize(X, AXES[axes], eps)
    for t in range(batch_m.shape[1]):
        m = (1 - momentum) * m + momentum * batch_m[:, t].reshape(-1)
        v = (1 - momentum) * v + momentum * n / (n - 1) * batch_v[:, t].reshape(-1)
    return {"Y": gamma * Y + b, "m": m, "v": v}


def normalize(X: T, axes: tuple[int, ...], eps: Any) -> tuple[T, T, T, int]:
    """Mean 0 and variance 1; the mean, the variance and the number of the numbers."""
    n = math.prod(X.shape[a] for a in axes)
    m = X.sum(axes, True) / n
    v = ((X - m) * (X - m)).sum(axes, True) / n
    return (X - m) * rsqrt(v + eps), m, v, n


def dropout(z: SimpleNamespace, X: T, **_: Any) -> States:
    """With the mask that is given."""
    return {"Y": X * z.constants["M"]}


def activation(z: SimpleNamespace, X: T, *, act: str) -> States:
    """An activation without a neuron."""
    return {"Y": ACTIVATIONS[act](X, z.gates.get("positive"))}


def flatten(z: SimpleNamespace, X: T) -> States:
    """H, W and L as one axis."""
    return {"Y": X.reshape(*X.shape[:-3], -1)}


def last(z: SimpleNamespace, X: T) -> States:
    """The last step."""
    return {"Y": X[:, -1]}


def mean(z: SimpleNamespace, X: T) -> States:
    """The mean over all steps."""
    return {"Y": X.sum(1) / X.shape[1]}


def join(z: SimpleNamespace, *X: T) -> States:
    """Several inputs side by side."""
    return {"Y": concat(X)}
