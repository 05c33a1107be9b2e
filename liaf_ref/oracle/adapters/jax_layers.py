"""LIAF-Net's layers in JAX.

The paper's rule is one ``custom_vjp``: forward is the step of Eq. (4), backward the
window of Eq. (13).  JAX gives gradients in arguments alone, so the adjoint of a step is
the gradient in a zero that is added there: ``dU``, ``dV``, ``dA``.

``jax.nn`` holds to the paper where it has a kink: at 0 ``relu`` has slope 0 and ``selu``
its left one.  ``jnp.maximum(x, 0)`` does not, its slope there is 1/2.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from liaf_ref.oracle.adapters.graph import Op, Result, Tensor, Tensors, lookup_or_decline
from liaf_ref.oracle.adapters.optional_import import optional_import

with optional_import("jax"):
    import jax
    import jax.numpy as jnp
    from jax import lax

Options = Mapping[str, Any]
ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": jax.nn.relu,
    "selu": jax.nn.selu,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
}


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def spike(x: Tensor, mu: float) -> Tensor:
    """S of Eq. (4): 1 where ``x >= 0``."""
    return (x >= 0).astype(x.dtype)  # (4)


def _forward(x: Tensor, mu: float) -> tuple[Tensor, Tensor]:
    return spike(x, mu), x


def _backward(mu: float, x: Tensor, dF: Tensor) -> tuple[Tensor]:
    return (dF * (abs(x) < mu),)  # (13)


spike.defvjp(_forward, _backward)


_unstack = jax.jit(lambda x: tuple(jnp.moveaxis(x, 1, 0)))
_stack = jax.jit(lambda *steps: jnp.stack(steps, 1))


def scan_time(step: Callable[..., Any], state: Any, xs: Tensors, *rest: Any) -> tuple[Any, Tensors]:
    """``lax.scan`` along axis 1, as a Python loop.

    To train, take ``scan`` and ``jit`` it.  Here cases are short and no two alike, and
    compiling one takes longer than running it step by step, operation by operation.
    """
    unstacked = (_unstack(x) for x in xs.values())
    ys: list[Tensors] = []
    for x in zip(*unstacked, strict=True):
        state, y = step(state, dict(zip(xs, x, strict=True)), *rest)
        ys.append(y)
    return state, {name: _stack(*(y[name] for y in ys)) for name in ys[0]}


def neuron(
    options: Options,
    I: Tensor,
    *,
    V0: Tensor,
    dU: Tensor | None = None,
    dV: Tensor | None = None,
    **p: Tensor,
) -> Result:
    """LIAF on its drive, ``(B, T, *S, L)``."""
    # As wide as a step: what was shared is summed up once then, not at every step.
    p = {name: jnp.broadcast_to(value, V0.shape) for name, value in p.items()}
    xs = {"I": I, "dU": zeros_if_none(dU, I), "dV": zeros_if_none(dV, I)}
    V, shown = scan_time(neuron_step, V0, xs, p, options)
    return Result(shown["Y"], shown, {"V": V}, {"dU": I, "dV": I})


def neuron_step(V: Tensor, inputs: Tensors, p: Tensors, options: Options) -> tuple[Tensor, Tensors]:
    """One step: the new V, and what the step shows."""
    U = inputs["I"] + V + inputs["dU"]  # (3)
    x = U - p["v_th"]
    F = spike(x, options["mu"])  # (4)
    gate = lax.stop_gradient(F) if options["reset"] == "detached" else F
    R = gate * p["v_reset"] + (1 - gate) * U  # (5)
    V = p["alpha"] * R + p["beta"] + inputs["dV"]  # (6)
    return V, {"U": U, "F": F, "R": R, "V": V, "Y": output(options, F, x, U)}  # (7), (8)


def output(options: Options, F: Tensor, x: Tensor, U: Tensor) -> Tensor:
    """F for LIF; for LIAF Act, of ``x = U - v_th`` if threshold related, else of U."""
    if options["act"] == "spike":
        return F  # (7)
    act = lookup_or_decline("act", options["act"], ACTIVATIONS)
    return act(x if options["mode"] == "TR" else U)  # (8)


def dense(options: Options, X: Tensor, *, W: Tensor, b: Tensor = 0.0) -> Result:
    """Synapses."""
    I = X @ W + b  # (2)
    return Result(I, {"I": I})


def embedding(options: Options, ids: Tensor, *, E: Tensor) -> Result:
    """A row per token."""
    Y = E[ids]
    return Result(Y, {"Y": Y})


def rnn(options: Options, A: Tensor, *, c0: Tensor, U: Tensor, dA: Tensor | None = None) -> Result:
    """The Elman network on its drive ``W x + b``."""
    c, shown = scan_time(rnn_step, c0, {"A": A, "dA": zeros_if_none(dA, A)}, U)
    return Result(shown["c"], shown | {"Y": shown["c"]}, {"c": c}, {"dA": A})


def rnn_step(c: Tensor, x: Tensors, U: Tensor) -> tuple[Tensor, Tensors]:
    """One step: the new c, which is the output."""
    c = jnp.tanh(x["A"] + x["dA"] + c @ U)  # (14)
    return c, {"c": c}


def lstm(
    options: Options, A: Tensor, *, h0: Tensor, c0: Tensor, U: Tensor, dA: Tensor | None = None
) -> Result:
    """Long short-term memory, gates in the paper's order."""
    last, shown = scan_time(lstm_step, {"h": h0, "c": c0}, {"A": A, "dA": zeros_if_none(dA, A)}, U)
    return Result(shown["h"], shown | {"Y": shown["h"]}, last, {"dA": A})


def lstm_step(state: Tensors, x: Tensors, U: Tensor) -> tuple[Tensors, Tensors]:
    """One step: the new h and c."""
    f, i, o, c_tilde = jnp.split(x["A"] + x["dA"] + state["h"] @ U, 4, -1)
    c = jax.nn.sigmoid(f) * state["c"] + jax.nn.sigmoid(i) * jnp.tanh(c_tilde)  # (15)
    state = {"h": jax.nn.sigmoid(o) * jnp.tanh(c), "c": c}  # (15)
    return state, state


def gru(options: Options, A: Tensor, *, h0: Tensor, U: Tensor, dA: Tensor | None = None) -> Result:
    """The gated recurrent unit."""
    h, shown = scan_time(gru_step, h0, {"A": A, "dA": zeros_if_none(dA, A)}, U)
    return Result(shown["h"], shown | {"Y": shown["h"]}, {"h": h}, {"dA": A})


def gru_step(h: Tensor, x: Tensors, U: Tensor) -> tuple[Tensor, Tensors]:
    """One step: the reset before ``U_h``, z on the candidate."""
    U_z, U_r, U_h = jnp.split(U, 3, -1)
    A_z, A_r, A_h = jnp.split(x["A"] + x["dA"], 3, -1)
    z = jax.nn.sigmoid(A_z + h @ U_z)  # (16)
    r = jax.nn.sigmoid(A_r + h @ U_r)  # (16)
    h_tilde = jnp.tanh(A_h + (r * h) @ U_h)  # (16)
    h = (1 - z) * h + z * h_tilde  # (16)
    return h, {"h": h}


def activation(options: Options, X: Tensor) -> Result:
    """An activation by itself."""
    Y = lookup_or_decline("act", options["act"], ACTIVATIONS)(X)
    return Result(Y, {"Y": Y})


def last(options: Options, X: Tensor) -> Result:
    """The last step."""
    return Result(X[:, -1], {"Y": X[:, -1]})


def mean(options: Options, X: Tensor) -> Result:
    """The mean over time."""
    Y = X.mean(1)
    return Result(Y, {"Y": Y})


def concat(options: Options, *X: Tensor) -> Result:
    """Side by side along the last axis."""
    Y = jnp.concatenate(X, -1)
    return Result(Y, {"Y": Y})


def softmax_ce(options: Options, Z: Tensor, y: Tensor) -> Result:
    """Cross-entropy of the logits, mean over the batch."""
    loss = -jnp.take_along_axis(jax.nn.log_softmax(Z), y[:, None], -1).mean()
    return Result(loss, {"loss": loss})


OPS: dict[str, Op] = {
    "dense": dense,
    "embedding": embedding,
    "neuron": neuron,
    "rnn": rnn,
    "lstm": lstm,
    "gru": gru,
    "act": activation,
    "last": last,
    "mean": mean,
    "concat": concat,
    "softmax_ce": softmax_ce,
}


def zeros_if_none(value: Tensor | None, like: Tensor) -> Tensor:
    """The given zeros, whose gradient is an adjoint, or new zeros that are not differentiated."""
    return np.zeros(like.shape, like.dtype) if value is None else value
