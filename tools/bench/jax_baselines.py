"""The same computations in JAX, compiled by XLA: each with a scan over time and unrolled.

What is in :mod:`bench.torch_baselines` is here as users of JAX write it: the neuron's equations as
printed, ``lax.scan`` over time-major arrays, ``value_and_grad`` or ``vjp`` under ``jit``, images
with channels last.  XLA fuses the arithmetic of a step, or of several where the loop is unrolled.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.nn import sigmoid

import bench
import liaf_ref.layers as ly
from bench import GATES, MU, NEURON_PARAMS, Step
from liaf_ref.kernels.array import Array
from liaf_ref.networks import SequenceClassifier
from liaf_ref.oracle.adapters import jax_backend


class Style(NamedTuple):
    """How many steps are in one iteration of a loop; images are (T, B, H, W, L)."""

    unroll: int = 1
    key: Any = None  # of dropout

    def activate(self, name: str, x: Any) -> Any:
        """An Act by its name."""
        return getattr(jax.nn, name)(x)

    def leak(self, U: Any, F: Any, *p: Any) -> Any:
        """Eqs. (5) and (6)."""
        return bench.leak(U, F, *p)

    def spike(self, x: Any) -> Any:
        """(4) and (13)."""
        return jax_backend.spike(x, MU)

    def scan(self, step: Callable[[Any, Any], tuple[Any, Any]], I: Any, start: Any = None) -> Any:
        """All outputs as one array."""
        start = jnp.zeros_like(I[0]) if start is None else start
        return lax.scan(step, start, I, unroll=self.unroll)[1]

    def last(self, step: Callable[[Any, Any], Any], start: Any, A: Any) -> Any:
        """The last state, so that no other is kept."""
        return lax.scan(lambda s, a: (step(s, a), None), start, A, unroll=self.unroll)[0]

    def flatten(self, x: Any) -> Any:
        """Images as rows."""
        return x.reshape(*x.shape[:2], -1)

    def layer(self, layer: ly.Layer, x: Any, p: Mapping[str, Any]) -> Any:
        """A layer without a state."""
        match layer:
            case ly.Conv2D():
                y = _convolve(x.reshape(-1, *x.shape[2:]), p["W"], p["b"])
                return y.reshape(*x.shape[:-1], -1)
            case ly.AveragePool():
                (h, w), (T, B, H, W, L) = layer.size, x.shape
                tiles = x[:, :, : H // h * h, : W // w * w]
                return tiles.reshape(T, B, H // h, h, W // w, w, L).mean((3, 5))
            case ly.LayerNorm() | ly.BatchNorm():
                own = isinstance(layer, ly.LayerNorm)
                axes = tuple(range(2, x.ndim) if own else range(x.ndim - 1))
                centred = x - x.mean(axes, keepdims=True)
                deviation = (x.var(axes, keepdims=True) + layer.eps) ** 0.5
                return centred / deviation * p["gamma"] + p["b"]
            case ly.Dropout():
                keep, key = 1 - layer.rate, jax.random.fold_in(self.key, x.size)
                return x * jax.random.bernoulli(key, keep, x.shape) / keep if layer.rate else x
            case ly.Dense():
                return x @ p["W"] + p["b"]
        raise TypeError(f"expected a layer that JAX has, got {layer}")


def compiled(function: Callable[..., Any], *arguments: Any) -> Step:
    """A step that waits for its result: JAX computes in the background."""
    run, given = jax.jit(function), jax.device_put(arguments)
    return lambda: jax.block_until_ready(run(*given))


def neurons(style: Style, arrays: Mapping[str, Array]) -> Step:
    """LIAF neurons, threshold related, Act the identity, on the arrays of ``neuron_case``."""

    def gradients(I: Any, V: Any, dY: Any, *p: Any) -> Any:
        def run(I: Any, V: Any, p: Any) -> Any:
            return style.scan(bench.neuron_step(style, p, "D"), I, V)

        return jax.vjp(run, I, V, p)[1](dY)

    return compiled(gradients, *(arrays[name] for name in ("I", "V", "dY", *NEURON_PARAMS)))


def babi(style: Style, cell: str, arrays: Mapping[str, Array], sizes: Sequence[int]) -> Step:
    """Fig. 5 with one of its temporal layers; sizes of vocabulary, embedding, layer."""
    vocab, K, L = sizes
    rng = np.random.default_rng(0)

    def new(*shape: int) -> Array:
        return (0.1 * rng.standard_normal(shape)).astype(np.float32)

    width, neural = L * GATES[cell], cell in {"liaf", "lif"}
    values = [np.full(L, x, np.float32) for x in NEURON_PARAMS.values()]
    branches = [
        (new(vocab, K), new(K, width), new(width), values if neural else new(L, width))
        for _ in range(2)
    ]
    tokens = [arrays[name].T for name in ("story", "query")]

    def loss(params: Any, tokens: Any, answer: Any) -> Any:
        branches, W, b = params
        states = [
            last_state(style, cell, E[ids] @ W_in + b_in, inner)
            for ids, (E, W_in, b_in, inner) in zip(tokens, branches, strict=True)
        ]
        logits = jax.nn.log_softmax(jnp.concatenate(states, 1) @ W + b)
        return -jnp.take_along_axis(logits, answer[:, None], 1).mean()

    params = branches, new(2 * L, vocab), new(vocab)
    return compiled(jax.value_and_grad(loss), params, tokens, arrays["answer"])


def last_state(style: Style, cell: str, A: Any, p: Any) -> Any:
    """The last output of a temporal layer: of the neurons, or of Eqs. (14)-(16)."""
    if cell in {"liaf", "lif"}:
        step, zero = bench.neuron_step(style, p, {"liaf": "U", "lif": "F"}[cell]), A[0] * 0
        return style.last(lambda at, I_t: step(at[0], I_t), (zero, zero), A)[1]
    L = p.shape[0]
    zero = jnp.zeros((A.shape[1], L), A.dtype)

    def lstm(state: Any, a: Any) -> Any:
        h, c = state
        f, i, o, g = jnp.split(a + h @ p, 4, 1)
        c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
        return sigmoid(o) * jnp.tanh(c), c

    def gru(h: Any, a: Any) -> Any:
        z, r = jnp.split(sigmoid(a[:, : 2 * L] + h @ p[:, : 2 * L]), 2, 1)
        return (1 - z) * h + z * jnp.tanh(a[:, 2 * L :] + (r * h) @ p[:, 2 * L :])

    match cell:
        case "rnn":
            return style.last(lambda h, a: jnp.tanh(a + h @ p), zero, A)
        case "lstm":
            return style.last(lstm, (zero, zero), A)[0]
    return style.last(gru, zero, A)


def _convolve(X: Any, W: Any, b: Any) -> Any:
    axes = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(X, W, (1, 1), "SAME", dimension_numbers=axes) + b


def convolution(_: Style, arrays: Mapping[str, Array]) -> Step:
    """Convolve three by three, stride 1, same padding; the gradients in X, W and b."""

    def gradients(X: Any, W: Any, b: Any, dI: Any) -> Any:
        return jax.vjp(_convolve, X, W, b)[1](dI)

    return compiled(gradients, *(arrays[name] for name in ("X", "W", "b", "dI")))


def network(
    style: Style, net: SequenceClassifier, params: ly.Params, frames: Array, labels: Array
) -> Step:
    """A network with its loss and all parameters' gradients, by name."""

    def loss(params: Any, x: Any, key: Any) -> Any:
        log_p = jax.nn.log_softmax(bench.run_network(style._replace(key=key), net, params, x))
        chosen = jax.nn.one_hot(labels, log_p.shape[-1])
        if net.criterion == "softmax_bce":
            others = jnp.log1p(-jnp.exp(log_p))
            return -(chosen * log_p + (1 - chosen) * others).mean()
        return -(chosen * log_p).sum(1).mean()

    x = np.ascontiguousarray(frames.swapaxes(0, 1))
    return compiled(jax.value_and_grad(loss), params, x, jax.random.key(0))
