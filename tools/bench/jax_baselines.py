"""The same computations in JAX, compiled by XLA: each with a scan over time and unrolled.

What is in :mod:`bench.torch_baselines` is here as users of JAX write it: the neuron's equations as
printed, ``lax.scan`` over time-major arrays, ``value_and_grad`` or ``vjp`` under ``jit``, images
with channels last.  XLA fuses the arithmetic of a step, or of several where the loop is unrolled.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.nn import sigmoid

from bench.cases import GATES, NEURON_PARAMS, Step
from liaf_ref.kernels.array import Array
from liaf_ref.layers import (
    Activation,
    AveragePool,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    Neurons,
    Params,
    TimeMean,
)
from liaf_ref.layers.sequential import group_by_prefix
from liaf_ref.networks import SequenceClassifier


def compiled(function: Callable[..., Any], *arguments: Any) -> Step:
    """A step that waits for its result: JAX computes in the background."""
    run = jax.jit(function)
    return lambda: jax.block_until_ready(run(*arguments))


def spike_function(mu: float) -> Callable[[Any], Any]:
    """S of Eq. (4) with the window of Eq. (13)."""

    def compare(x: Any) -> Any:
        return (x >= 0).astype(x.dtype)

    def differentiate(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
        (x,), (dx,) = primals, tangents
        return spike(x), dx * (jnp.abs(x) < mu)

    spike: Any = jax.custom_jvp(compare)
    spike.defjvp(differentiate)
    apply: Callable[[Any], Any] = spike
    return apply


def neuron_step(p: Any, spike: Any, output: str) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Eqs. (3)-(8) of one step; ``output`` is ``"U"``, ``"D"`` or ``"F"``."""
    v_th, v_reset, alpha, beta = p

    def step(V: Any, I_t: Any) -> tuple[Any, Any]:
        U = I_t + V
        D = U - v_th
        F = spike(D)
        R = F * v_reset + (1 - F) * U
        return alpha * R + beta, {"U": U, "D": D, "F": F}[output]

    return step


def neurons(arrays: Mapping[str, Array], mu: float, unroll: int) -> Step:
    """LIAF neurons, threshold related, Act the identity, on the arrays of ``neuron_case``."""
    spike = spike_function(mu)
    I, V, dY, *p = map(jax.device_put, (arrays[name] for name in ("I", "V", "dY", *NEURON_PARAMS)))

    def gradients(I: Any, V: Any, p: Any, dY: Any) -> Any:
        def run(I: Any, V: Any, p: Any) -> Any:
            return jax.lax.scan(neuron_step(p, spike, "D"), V, I, unroll=unroll)[1]

        return jax.vjp(run, I, V, p)[1](dY)

    return compiled(gradients, I, V, p, dY)


def babi(
    cell: str, arrays: Mapping[str, Array], sizes: tuple[int, int, int, float], unroll: int
) -> Step:
    """Fig. 5 with one of its temporal layers: the arguments of ``torch_baselines.babi``.

    A step gives the loss, and the gradients in the order of the parameters.
    """
    vocab, K, L, mu = sizes
    rng = np.random.default_rng(0)

    def new(*shape: int) -> Any:
        return jnp.asarray(0.1 * rng.standard_normal(shape), jnp.float32)

    neural = cell in {"liaf", "lif"}
    width = L * GATES[cell]
    values = [jnp.full(L, x, jnp.float32) for x in (0.5, 0.1, 0.3, 0.05)]
    branches = [
        (new(vocab, K), new(K, width), new(width), values if neural else new(L, width))
        for _ in range(2)
    ]
    params = branches, new(2 * L, vocab), new(vocab)
    tokens = [jnp.asarray(arrays[name].T) for name in ("story", "query")]
    answer = jnp.asarray(arrays["answer"])
    last = _last_neurons(mu, {"liaf": "U", "lif": "F"}[cell]) if neural else CELLS[cell]

    def loss(params: Any, tokens: Any, answer: Any) -> Any:
        branches, W, b = params
        states = [
            last(E[ids] @ W_in + b_in, inner, unroll)
            for ids, (E, W_in, b_in, inner) in zip(tokens, branches, strict=True)
        ]
        logits = jax.nn.log_softmax(jnp.concatenate(states, 1) @ W + b)
        return -jnp.take_along_axis(logits, answer[:, None], 1).mean()

    return compiled(jax.value_and_grad(loss), params, tokens, answer)


def _last_neurons(mu: float, output: str) -> Callable[..., Any]:
    """The last output of the neurons; the carry holds it, so that no other is kept."""
    spike = spike_function(mu)

    def last(I: Any, p: Any, unroll: int) -> Any:
        step, zero = neuron_step(p, spike, output), jnp.zeros_like(I[0])
        return _last_state(lambda at, I_t: step(at[0], I_t), (zero, zero), I, unroll)[1]

    return last


def _last_state(step: Callable[[Any, Any], Any], start: Any, A: Any, unroll: int) -> Any:

    return lax.scan(lambda state, a: (step(state, a), None), start, A, unroll=unroll)[0]


def _last_rnn(A: Any, U: Any, unroll: int) -> Any:
    """The last state of Eq. (14)."""
    return _last_state(lambda h, a: jnp.tanh(a + h @ U), jnp.zeros_like(A[0]), A, unroll)


def _last_lstm(A: Any, U: Any, unroll: int) -> Any:
    """The last state of Eq. (15)."""

    def step(state: Any, a: Any) -> Any:
        h, c = state
        f, i, o, g = jnp.split(a + h @ U, 4, 1)
        c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
        return sigmoid(o) * jnp.tanh(c), c

    zero = jnp.zeros((A.shape[1], U.shape[0]), A.dtype)
    return _last_state(step, (zero, zero), A, unroll)[0]


def _last_gru(A: Any, U: Any, unroll: int) -> Any:
    """The last state of Eq. (16)."""
    L = U.shape[0]
    U_zr, U_h = U[:, : 2 * L], U[:, 2 * L :]

    def step(h: Any, a: Any) -> Any:
        z, r = jnp.split(sigmoid(a[:, : 2 * L] + h @ U_zr), 2, 1)
        return (1 - z) * h + z * jnp.tanh(a[:, 2 * L :] + (r * h) @ U_h)

    return _last_state(step, jnp.zeros((A.shape[1], L), A.dtype), A, unroll)


CELLS = {"rnn": _last_rnn, "lstm": _last_lstm, "gru": _last_gru}


def convolve(X: Any, W: Any, b: Any) -> Any:
    """Convolve (N, H, W, K) with stride 1 and same padding."""
    axes = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(X, W, (1, 1), "SAME", dimension_numbers=axes) + b


def convolution(arrays: Mapping[str, Array]) -> Step:
    """Convolve three by three, stride 1, same padding; the gradients in X, W and b."""

    def gradients(X: Any, W: Any, b: Any, dI: Any) -> Any:
        return jax.vjp(convolve, X, W, b)[1](dI)

    return compiled(gradients, *(jax.device_put(arrays[name]) for name in ("X", "W", "b", "dI")))


def network(
    net: SequenceClassifier, params: Params, frames: Array, labels: Array, mu: float, unroll: int
) -> Step:
    """A network with its loss and all parameters' gradients, by name."""
    y, spike = jnp.asarray(labels), spike_function(mu)

    def loss(params: dict[str, Any], x: Any, key: Any) -> Any:
        for name, layer in net.sequential.stages:
            key, own = jax.random.split(key)
            x = _apply(layer, x, group_by_prefix(params)[name], own, spike, unroll)
        chosen = jax.nn.one_hot(y, x.shape[-1])
        log_p = jax.nn.log_softmax(x[0])
        if net.criterion == "softmax_bce":
            others = jnp.log1p(-jnp.exp(log_p))
            return -(chosen * log_p + (1 - chosen) * others).mean()
        return -(chosen * log_p).sum(1).mean()

    x0 = jnp.asarray(np.ascontiguousarray(frames.swapaxes(0, 1)))
    leaves = {name: jnp.asarray(value) for name, value in params.items()}
    return compiled(jax.value_and_grad(loss), leaves, x0, jax.random.key(0))


def _apply(layer: Layer, x: Any, p: dict[str, Any], key: Any, spike: Any, unroll: int) -> Any:  # noqa: PLR0911
    """A layer on (T, B, ...), all but the neurons at once."""
    match layer:
        case Conv2D():
            y = convolve(x.reshape(-1, *x.shape[2:]), p["W"], p["b"])
            return y.reshape(*x.shape[:-1], -1)
        case AveragePool():
            (h, w), (T, B, H, W, L) = layer.size, x.shape
            tiles = x[:, :, : H // h * h, : W // w * w]
            return tiles.reshape(T, B, H // h, h, W // w, w, L).mean((3, 5))
        case LayerNorm() | BatchNorm():
            axes = tuple(range(2, x.ndim) if isinstance(layer, LayerNorm) else range(x.ndim - 1))
            centred = x - x.mean(axes, keepdims=True)
            deviation = (x.var(axes, keepdims=True) + layer.eps) ** 0.5
            return centred / deviation * p["gamma"] + p["b"]
        case Neurons():
            own = layer.neuron
            output = "F" if own.sends_spikes else "D" if own.mode == "TR" else "U"
            step = neuron_step([p[name] for name in NEURON_PARAMS], spike, output)
            Y = jax.lax.scan(step, jax.numpy.zeros_like(x[0]), x, unroll=unroll)[1]
            return jax.nn.selu(Y) if str(own.act_name) == "selu" else Y
        case Activation():
            return getattr(jax.nn, layer.act)(x)
        case Dropout():
            keep = 1 - layer.rate
            return x * jax.random.bernoulli(key, keep, x.shape) / keep if layer.rate else x
        case Flatten():
            return x.reshape(*x.shape[:2], -1)
        case TimeMean():
            return x.mean(0, keepdims=True)
        case Dense():
            return x @ p["W"] + p["b"]
    raise TypeError(f"expected a layer that JAX has, got {layer}")
