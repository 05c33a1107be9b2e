"""LIAF-Net's layers in HIPS autograd.

The paper's rule is one ``primitive``: forward is the step of Eq. (4), its ``defvjp`` the
window of Eq. (13).  What remains is NumPy, and autograd records it.  It gives gradients
in arguments alone, so the adjoint of a step is the gradient in a zero that is added
there: ``dU``, ``dV``, ``dA``.

autograd brings no activations, and ``np.maximum(x, 0)`` is not the paper's ReLU: its
slope at 0 is 1/2, for autograd shares a tie among the arguments.  Hence ``np.where``.
"""

from collections.abc import Mapping
from typing import Any

from liaf_ref.oracle.adapters.graph import Op, Result, Tensor, lookup_or_decline
from liaf_ref.oracle.adapters.optional_import import optional_import

with optional_import("autograd"):
    import autograd.numpy as np
    from autograd.extend import defvjp, notrace_primitive, primitive
    from autograd.scipy.special import expit, logsumexp

Options = Mapping[str, Any]
SELU_SCALE, SELU_ALPHA = 1.0507009873554804934, 1.6732632423543772848  # Klambauer et al. 2017


@primitive  # type: ignore[untyped-decorator]
def spike(x: Tensor, mu: float) -> Tensor:
    """S of Eq. (4): 1 where ``x >= 0``."""
    return (x >= 0).astype(x.dtype)  # (4)


defvjp(spike, lambda F, x, mu: lambda dF: dF * (abs(x) < mu), None)  # (13)


@notrace_primitive  # type: ignore[untyped-decorator]
def detached(x: Tensor) -> Tensor:
    """The value without its history."""
    return x


def relu(x: Tensor) -> Tensor:
    """Slope 0 at 0."""
    return np.where(x > 0, x, 0.0)


def selu(x: Tensor) -> Tensor:
    """The left slope at 0; the inner ``where`` keeps ``expm1`` from overflowing unseen."""
    negative = SELU_ALPHA * np.expm1(np.where(x > 0, 0.0, x))
    return SELU_SCALE * np.where(x > 0, x, negative)


ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": relu,
    "selu": selu,
    "tanh": np.tanh,
    "sigmoid": expit,
}


def neuron(
    options: Options,
    I: Tensor,
    *,
    V0: Tensor,
    v_th: Tensor,
    v_reset: Tensor,
    alpha: Tensor,
    beta: Tensor,
    dU: Tensor = 0.0,
    dV: Tensor = 0.0,
) -> Result:
    """LIAF on its drive, ``(B, T, *S, L)``."""
    V, steps = V0, []
    I, zeros = I + dU, np.zeros_like(I) + dV
    for t in range(I.shape[1]):
        U = I[:, t] + V  # (3)
        x = U - v_th
        F = spike(x, options["mu"])  # (4)
        gate = detached(F) if options["reset"] == "detached" else F
        R = gate * v_reset + (1 - gate) * U  # (5)
        V = alpha * R + beta + zeros[:, t]  # (6)
        Y = output(options, F, x, U)  # (7), (8)
        steps.append((U, F, R, V, Y))
    shown = {
        name: np.stack(values, 1)
        for name, values in zip("UFRVY", zip(*steps, strict=True), strict=True)
    }
    return Result(shown["Y"], shown, {"V": V}, {"dU": shown["U"], "dV": shown["V"]})


def output(options: Options, F: Tensor, x: Tensor, U: Tensor) -> Tensor:
    """F for LIF; for LIAF Act, of ``x = U - v_th`` if threshold related, else of U."""
    if options["act"] == "spike":
        return F  # (7)
    act = lookup_or_decline("act", options["act"], ACTIVATIONS)
    return act(x if options["mode"] == "TR" else U)  # (8)


def dense(options: Options, X: Tensor, *, W: Tensor, b: Tensor = 0.0) -> Result:
    """Synapses."""
    I = np.dot(X, W) + b  # (2)
    return Result(I, {"I": I})


def embedding(options: Options, ids: Tensor, *, E: Tensor) -> Result:
    """A row per token."""
    Y = E[ids]
    return Result(Y, {"Y": Y})


def rnn(options: Options, A: Tensor, *, c0: Tensor, U: Tensor, dA: Tensor = 0.0) -> Result:
    """The Elman network on its drive ``W x + b``."""
    A, c, states = A + dA, c0, []
    for t in range(A.shape[1]):
        c = np.tanh(A[:, t] + np.dot(c, U))  # (14)
        states.append(c)
    Y = np.stack(states, 1)
    return Result(Y, {"c": Y, "Y": Y}, {"c": c}, {"dA": A})


def lstm(
    options: Options, A: Tensor, *, h0: Tensor, c0: Tensor, U: Tensor, dA: Tensor = 0.0
) -> Result:
    """Long short-term memory, gates in the paper's order."""
    A, h, c, outputs, cells = A + dA, h0, c0, [], []
    for t in range(A.shape[1]):
        f, i, o, c_tilde = np.split(A[:, t] + np.dot(h, U), 4, axis=-1)
        c = expit(f) * c + expit(i) * np.tanh(c_tilde)  # (15)
        h = expit(o) * np.tanh(c)  # (15)
        outputs.append(h)
        cells.append(c)
    Y = np.stack(outputs, 1)
    return Result(Y, {"h": Y, "c": np.stack(cells, 1), "Y": Y}, {"h": h, "c": c}, {"dA": A})


def gru(options: Options, A: Tensor, *, h0: Tensor, U: Tensor, dA: Tensor = 0.0) -> Result:
    """The unit of Eq. (16): the reset before ``U_h``, z on the candidate."""
    U_z, U_r, U_h = np.split(U, 3, axis=-1)
    A, h, states = A + dA, h0, []
    for t in range(A.shape[1]):
        A_z, A_r, A_h = np.split(A[:, t], 3, axis=-1)
        z = expit(A_z + np.dot(h, U_z))  # (16)
        r = expit(A_r + np.dot(h, U_r))  # (16)
        h_tilde = np.tanh(A_h + np.dot(r * h, U_h))  # (16)
        h = (1 - z) * h + z * h_tilde  # (16)
        states.append(h)
    Y = np.stack(states, 1)
    return Result(Y, {"h": Y, "Y": Y}, {"h": h}, {"dA": A})


def activation(options: Options, X: Tensor) -> Result:
    """An activation by itself."""
    Y = lookup_or_decline("act", options["act"], ACTIVATIONS)(X)
    return Result(Y, {"Y": Y})


def last(options: Options, X: Tensor) -> Result:
    """The last step."""
    return Result(X[:, -1], {"Y": X[:, -1]})


def mean(options: Options, X: Tensor) -> Result:
    """The mean over time."""
    Y = np.mean(X, 1)
    return Result(Y, {"Y": Y})


def concat(options: Options, *X: Tensor) -> Result:
    """Side by side along the last axis."""
    Y = np.concatenate(X, -1)
    return Result(Y, {"Y": Y})


def softmax_ce(options: Options, Z: Tensor, y: Tensor) -> Result:
    """Cross-entropy of the logits, mean over the batch."""
    loss = np.mean(logsumexp(Z, axis=-1) - Z[np.arange(len(y)), y])
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
