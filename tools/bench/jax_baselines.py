"""The same computations in JAX, compiled by XLA: each with a scan over time and unrolled.

What is in :mod:`bench.torch_baselines` is here as users of JAX write it: the neuron's equations as
printed, ``lax.scan`` over time-major arrays, ``value_and_grad`` or ``vjp`` under ``jit``.  XLA
fuses the arithmetic of a step, or of several where the loop is unrolled.  Importing this module
does not import JAX; calling it does.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from bench.torch_baselines import Baselines
from liaf_ref.kernels.array import Array

# Steps in one iteration of lax.scan; all 70 of Fig. 5 take XLA minutes to compile.
FORMS = {"JAX, scan": 1, "JAX, unrolled by 10": 10}
PARAMS = ("v_th", "v_reset", "alpha", "beta")
GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def spike_function(mu: float) -> Callable[[Any], Any]:
    """S of Eq. (4) with the window of Eq. (13)."""
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

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


def neuron_baselines(arrays: Mapping[str, Array], mu: float) -> Baselines:
    """LIAF neurons, threshold related, Act the identity, on the arrays of ``neuron_case``."""
    import jax  # noqa: PLC0415

    spike = spike_function(mu)
    I, V, dY, *p = map(jax.device_put, (arrays[name] for name in ("I", "V", "dY", *PARAMS)))

    def gradients(unroll: int, I: Any, V: Any, p: Any, dY: Any) -> Any:
        def run(I: Any, V: Any, p: Any) -> Any:
            return jax.lax.scan(neuron_step(p, spike, "D"), V, I, unroll=unroll)[1]

        return jax.vjp(run, I, V, p)[1](dY)

    return {name: compiled(partial(gradients, form), I, V, p, dY) for name, form in FORMS.items()}


def compiled(function: Callable[..., Any], *arguments: Any) -> Callable[[], object]:
    """A step that waits for its result: JAX computes in the background."""
    import jax  # noqa: PLC0415

    run = jax.jit(function)
    return lambda: jax.block_until_ready(run(*arguments))


def babi_baselines(
    cell: str, arrays: Mapping[str, Array], sizes: tuple[int, int, int, float]
) -> Baselines:
    """Fig. 5 with one of its temporal layers: the arguments of ``torch_baselines.babi_baselines``.

    Each returns the loss, and the gradients in the order of the parameters.
    """
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    vocab, K, L, mu = sizes
    rng = np.random.default_rng(0)

    def new(*shape: int) -> Any:
        return jnp.asarray(0.1 * rng.standard_normal(shape), jnp.float32)

    neural = cell in {"liaf", "lif"}
    width = L * GATES.get(cell, 1)
    values = [jnp.full(L, x, jnp.float32) for x in (0.5, 0.1, 0.3, 0.05)]
    branches = [
        (new(vocab, K), new(K, width), new(width), values if neural else new(L, width))
        for _ in range(2)
    ]
    params = branches, new(2 * L, vocab), new(vocab)
    tokens = [jnp.asarray(arrays[name].T) for name in ("story", "query")]
    answer = jnp.asarray(arrays["answer"])
    last = _last_neurons(mu, {"liaf": "U", "lif": "F"}[cell]) if neural else CELLS[cell]

    def loss(unroll: int, params: Any, tokens: Any, answer: Any) -> Any:
        branches, W, b = params
        states = [
            last(E[ids] @ W_in + b_in, inner, unroll)
            for ids, (E, W_in, b_in, inner) in zip(tokens, branches, strict=True)
        ]
        logits = jax.nn.log_softmax(jnp.concatenate(states, 1) @ W + b)
        return -jnp.take_along_axis(logits, answer[:, None], 1).mean()

    return {
        name: compiled(jax.value_and_grad(partial(loss, form)), params, tokens, answer)
        for name, form in FORMS.items()
    }


def _last_neurons(mu: float, output: str) -> Callable[..., Any]:
    """The last output of the neurons; the carry holds it, so that no other is kept."""
    import jax.numpy as jnp  # noqa: PLC0415
    from jax import lax  # noqa: PLC0415

    spike = spike_function(mu)

    def last(I: Any, p: Any, unroll: int) -> Any:
        step = neuron_step(p, spike, output)
        zero = jnp.zeros_like(I[0])
        return lax.scan(lambda at, I_t: (step(at[0], I_t), None), (zero, zero), I, unroll=unroll)[
            0
        ][1]

    return last


def _last_rnn(A: Any, U: Any, unroll: int) -> Any:
    """The last state of Eq. (14)."""
    import jax.numpy as jnp  # noqa: PLC0415
    from jax import lax  # noqa: PLC0415

    def step(h: Any, a: Any) -> tuple[Any, None]:
        return jnp.tanh(a + h @ U), None

    return lax.scan(step, jnp.zeros_like(A[0]), A, unroll=unroll)[0]


def _last_lstm(A: Any, U: Any, unroll: int) -> Any:
    """The last state of Eq. (15)."""
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    def step(state: Any, a: Any) -> tuple[Any, None]:
        h, c = state
        f, i, o, g = jnp.split(a + h @ U, 4, 1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    zero = jnp.zeros((A.shape[1], U.shape[0]), A.dtype)
    return jax.lax.scan(step, (zero, zero), A, unroll=unroll)[0][0]


def _last_gru(A: Any, U: Any, unroll: int) -> Any:
    """The last state of Eq. (16)."""
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    L = U.shape[0]
    U_zr, U_h = U[:, : 2 * L], U[:, 2 * L :]

    def step(h: Any, a: Any) -> tuple[Any, None]:
        z, r = jnp.split(jax.nn.sigmoid(a[:, : 2 * L] + h @ U_zr), 2, 1)
        return (1 - z) * h + z * jnp.tanh(a[:, 2 * L :] + (r * h) @ U_h), None

    return jax.lax.scan(step, jnp.zeros((A.shape[1], L), A.dtype), A, unroll=unroll)[0]


CELLS = {"rnn": _last_rnn, "lstm": _last_lstm, "gru": _last_gru}


def convolve(X: Any, W: Any, b: Any) -> Any:
    """Convolve (N, H, W, K) with stride 1 and same padding."""
    from jax import lax  # noqa: PLC0415

    axes = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(X, W, (1, 1), "SAME", dimension_numbers=axes) + b


def conv_baselines(arrays: Mapping[str, Array]) -> Baselines:
    """Convolve three by three, stride 1, same padding; the gradients in X, W and b."""
    import jax  # noqa: PLC0415

    X, W, b, dI = (jax.device_put(arrays[name]) for name in ("X", "W", "b", "dI"))

    def gradients(X: Any, W: Any, b: Any, dI: Any) -> Any:
        return jax.vjp(convolve, X, W, b)[1](dI)

    return {"JAX": compiled(gradients, X, W, b, dI)}
