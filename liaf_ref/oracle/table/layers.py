"""Synapses, recurrent cells, pools, norms and readouts, forward."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product as each
from types import SimpleNamespace
from typing import Any

import numpy as np

from liaf_ref.oracle.opset import norm_axes
from liaf_ref.oracle.table.functions import difference, number, rsqrt, sigmoid, stored, tanh, value
from liaf_ref.oracle.table.tape import T, concat, current, pad, select, stack

States = dict[str, T]


def dense(z: SimpleNamespace, X: T, **_: Any) -> States:
    """``I = X W + b``, Eq. (1)."""
    return {"I": _biased(z.text["matmul"](X, z.W), z)}


def embedding(z: SimpleNamespace, ids: T, **_: Any) -> States:
    """A row of E for each token."""
    return {"Y": z.E[ids.v]}


def conv(z: SimpleNamespace, X: T, *, stride: Any, pad: Any, **_: Any) -> States:
    """A convolution over the axes of the kernel, Eq. (2)."""
    return {"I": _biased(z.text["convolve"](X, z.W, stride, pad), z)}


def _biased(I: T, z: SimpleNamespace) -> T:
    return I + z.b if hasattr(z, "b") else I


def convolve(X: T, W: T, stride: Sequence[int], padding: Sequence[Sequence[int]]) -> T:
    """The sum over all taps of a kernel."""
    terms = [seen @ W[at] for at, seen in windows(pad(X, padding), W.shape[:-2], stride)]
    return sum(terms[1:], terms[0])


def windows(
    X: T, size: Sequence[int], stride: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], T]]:
    """What each tap of a window sees, taps in row-major order."""
    space = X.shape[-1 - len(size) : -1]
    counts = [(n - k) // s + 1 for n, k, s in zip(space, size, stride, strict=True)]
    for at in each(*map(range, size)):
        steps = (slice(a, a + n * s, s) for a, n, s in zip(at, counts, stride, strict=True))
        yield at, X[(..., *steps, slice(None))]


def synaptic_current(z: SimpleNamespace, X: T, **_: Any) -> States:
    """What is left of the current, and the input."""
    I, steps, sums = z.states["I"], list[T](), list[T]()
    for t in range(X.shape[1]):
        sums.append(z.decay * I + X[:, t])
        I = stored(sums[-1], z.text["store"])
        steps.append(I)
    z.final["I"] = I
    z.adjoints["dI"] = sums
    return {"I": stack(steps)}


def recurrent(z: SimpleNamespace, A: T, **_: Any) -> States:
    """A cell over all steps; its output is its first state."""
    states, steps, drives = z.states, list[States](), [A[:, t] for t in range(A.shape[1])]
    for A_t in drives:
        states = z.text[f"cell:{z.op}"](A_t, states, z.U, z)
        steps.append(states)
    z.final |= states
    z.adjoints["dA"] = drives
    traces = {name: stack(s[name] for s in steps) for name in states}
    return traces | {"Y": next(iter(traces.values()))}


Function = Callable[[T], T]


def rnn(A: T, s: States, U: T, z: Any = None, act: Function = tanh) -> States:
    """Eq. (14)."""
    return {"c": act(A + s["c"] @ U)}


def lstm(A: T, s: States, U: T, z: Any = None, **functions: Function) -> States:
    """Eq. (15): gates f, i, o and the candidate g side by side."""
    return gated(A + s["h"] @ U, s["c"], **functions)


def convlstm(A: T, s: States, U: T, z: SimpleNamespace, **functions: Function) -> States:
    """The same with convolutions, Eq. (17)."""
    return gated(A + same(z, s["h"], U), s["c"], **functions)


def gated(a: T, c: T, gate: Function = sigmoid, output: Function = tanh) -> States:
    """The states of an LSTM, of what its gates and its candidate see."""
    f, i, o, g = split(a, 4)
    c = gate(f) * c + gate(i) * tanh(g)
    return {"h": gate(o) * output(c), "c": c}


def same(z: SimpleNamespace, h: T, U: T) -> T:
    """A convolution that keeps the size."""
    return z.text["convolve"](h, U, (1, 1), [((k - 1) // 2, k // 2) for k in U.shape[:2]])  # type: ignore[no-any-return]


def gru(A: T, s: States, U: T, z: Any = None, reset_after: bool = False) -> States:
    """Eq. (16); elsewhere r follows the product."""
    (Az, Ar, Ah), (Uz, Ur, Uh), h = split(A, 3), split(U, 3), s["h"]
    u, r = sigmoid(Az + h @ Uz), sigmoid(Ar + h @ Ur)
    return {"h": (1 - u) * h + u * tanh(Ah + (r * (h @ Uh) if reset_after else (r * h) @ Uh))}


def split(a: T, n: int) -> list[T]:
    """Equal parts of the last axis."""
    L = a.shape[-1] // n
    return [a[..., k * L : (k + 1) * L] for k in range(n)]


def pool(z: SimpleNamespace, X: T, *, size: Any, stride: Any) -> States:
    """One number of each window."""
    return {"Y": z.text[f"window:{z.op}"](z, [seen for _, seen in windows(X, size, stride)])}


def average(z: SimpleNamespace, seen: Sequence[T]) -> T:
    """The mean of a window."""
    return sum(seen[1:], seen[0]) / len(seen)


def largest(z: SimpleNamespace, seen: Sequence[T]) -> T:
    """The first of the largest, or the one that is given."""
    first = z.gates.get("first", np.stack([value(s) for s in seen]).argmax(axis=0))
    most = select(first, seen)
    for k, s in enumerate(seen if not z.gates else ()):  # the maximum itself is no rival
        current().decided((most.v - s.v) + number(first == k))
    return most


def layer_norm(z: SimpleNamespace, X: T, *, axes: str, eps: float) -> States:
    """Mean 0 and variance 1 of a step, or of each place of it."""
    Y = z.text["normalize"](X, norm_axes(axes, len(X.shape)), eps)[0]
    return {"Y": z.gamma * Y + z.b}


def batch_norm(
    z: SimpleNamespace, X: T, *, axes: str, eps: float, statistics: str, momentum: float
) -> States:
    """With the statistics of the batch, which the running ones follow, or with those."""
    m, v = z.m, z.v
    if statistics == "running":
        return {"Y": z.gamma * (difference(X, m) * rsqrt(v + eps)) + z.b}
    Y, batch_m, batch_v, n = z.text["normalize"](X, norm_axes(axes, len(X.shape)), eps)
    for t in range(batch_m.shape[1]):
        of_step = batch_m[:, t].reshape(-1), batch_v[:, t].reshape(-1)
        m, v = z.text["follow"](m, v, *of_step, n, momentum)
    return {"Y": z.gamma * Y + z.b, "m": m, "v": v}


def follow(m: T, v: T, batch_m: T, batch_v: T, n: int, momentum: float) -> tuple[T, T]:
    """The running statistics after a step: the variance is unbiased."""
    unbiased = momentum * n / (n - 1)
    return (1 - momentum) * m + momentum * batch_m, (1 - momentum) * v + unbiased * batch_v


def normalize(X: T, axes: tuple[int, ...], eps: Any) -> tuple[T, T, T, int]:
    """Mean 0 and variance 1; the mean, the variance and the number of the numbers."""
    n = math.prod(X.shape[a] for a in axes)
    m = X.sum(axes, True) / n
    centred = difference(X, m)
    v = (centred * centred).sum(axes, True) / n
    return centred * rsqrt(v + eps), m, v, n


def dropout(z: SimpleNamespace, X: T, **_: Any) -> States:
    """With the mask that is given."""
    return {"Y": X * z.M}


def activation(z: SimpleNamespace, X: T, *, act: str) -> States:
    """An activation without a neuron."""
    return {"Y": z.text[f"act:{act}"](X, z.gates.get("positive"))}


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


WINDOWS = {"average_pool": average, "max_pool": largest}
CELLS = {"rnn": rnn, "lstm": lstm, "gru": gru, "convlstm": convlstm}
PLAIN = (dense, embedding, conv, layer_norm, batch_norm, dropout, flatten, last, mean)
OPERATIONS = {
    **{operation.__name__: operation for operation in PLAIN},
    **dict.fromkeys(CELLS, recurrent),
    **dict.fromkeys(WINDOWS, pool),
    "conv3d": conv,
    "current": synaptic_current,
    "act": activation,
    "concat": join,
}
STORED = {"dense", "embedding", "conv", "conv3d", *WINDOWS, "last", "mean"}  # in fixed point
