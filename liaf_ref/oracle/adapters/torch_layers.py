"""LIAF-Net's layers in PyTorch.

The paper's rule is one ``autograd.Function``: forward is the step of Eq. (4),
backward the window of Eq. (13).  PyTorch differentiates the rest, the loop over
time included.

PyTorch's own functions hold to the paper where it has a kink: at 0 ``relu`` has slope
0 and ``selu`` its left one.  Others do not: there ``clamp(min=0)`` has slope 1 and
``maximum`` 1/2.
"""

from collections.abc import Mapping
from typing import Any

from liaf_ref.oracle.adapters.graph import Op, Result, Tensor, lookup_or_decline
from liaf_ref.oracle.adapters.optional_import import optional_import

with optional_import("torch"):
    import torch
    from torch.nn import functional

Options = Mapping[str, Any]
ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": functional.relu,
    "selu": functional.selu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


class Spike(torch.autograd.Function):  # type: ignore[misc]
    """S of Eq. (4); in the backward pass the window of Eq. (13) stands for its slope."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, mu: float) -> Tensor:
        """1 where ``x >= 0``."""
        ctx.save_for_backward(x)
        ctx.mu = mu
        return (x >= 0).to(x.dtype)  # (4)

    @staticmethod
    def backward(ctx: Any, dF: Tensor) -> tuple[Tensor, None]:
        """Let the gradient through where ``|x| < mu``."""
        (x,) = ctx.saved_tensors
        return dF * (x.abs() < ctx.mu), None  # (13)


def neuron(
    options: Options,
    I: Tensor,
    *,
    V0: Tensor,
    v_th: Tensor,
    v_reset: Tensor,
    alpha: Tensor,
    beta: Tensor,
) -> Result:
    """LIAF on its drive, ``(B, T, *S, L)``."""
    steps: dict[str, list[Tensor]] = {name: [] for name in "UFRVY"}
    V = V0
    for I_t in I.unbind(1):
        U = I_t + V  # (3)
        x = U - v_th
        spike = Spike.apply(x, options["mu"])  # (4)
        gate = spike.detach() if options["reset"] == "detached" else spike
        R = gate * v_reset + (1 - gate) * U  # (5)
        V = alpha * R + beta  # (6)
        Y = output(options, spike, x, U)  # (7), (8)
        for name, value in zip("UFRVY", (U, spike, R, V, Y), strict=True):
            steps[name].append(value)
    shown = {name: torch.stack(values, 1) for name, values in steps.items()}
    return Result(shown["Y"], shown, {"V": V}, {"dU": steps["U"], "dV": steps["V"]})


def output(options: Options, F: Tensor, x: Tensor, U: Tensor) -> Tensor:
    """F for LIF; for LIAF Act, of ``x = U - v_th`` if threshold related, else of U."""
    if options["act"] == "spike":
        return F  # (7)
    act = lookup_or_decline("act", options["act"], ACTIVATIONS)
    return act(x if options["mode"] == "TR" else U)  # (8)


def dense(options: Options, X: Tensor, *, W: Tensor, b: Tensor | None = None) -> Result:
    """Synapses; PyTorch keeps the weights the other way round."""
    I = functional.linear(X, W.T, b)  # (2)
    return Result(I, {"I": I})


def embedding(options: Options, ids: Tensor, *, E: Tensor) -> Result:
    """A row per token."""
    Y = functional.embedding(ids, E)
    return Result(Y, {"Y": Y})


def rnn(options: Options, A: Tensor, *, c0: Tensor, U: Tensor) -> Result:
    """The Elman network on its drive ``W x + b``."""
    drive, c, states = A.unbind(1), c0, []
    for A_t in drive:
        c = torch.tanh(A_t + c @ U)  # (14)
        states.append(c)
    Y = torch.stack(states, 1)
    return Result(Y, {"c": Y, "Y": Y}, {"c": c}, {"dA": drive})


def lstm(options: Options, A: Tensor, *, h0: Tensor, c0: Tensor, U: Tensor) -> Result:
    """Long short-term memory, gates in the paper's order."""
    drive, h, c = A.unbind(1), h0, c0
    outputs, cells = [], []
    for A_t in drive:
        f, i, o, c_tilde = (A_t + h @ U).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(c_tilde)  # (15)
        h = torch.sigmoid(o) * torch.tanh(c)  # (15)
        outputs.append(h)
        cells.append(c)
    Y = torch.stack(outputs, 1)
    shown = {"h": Y, "c": torch.stack(cells, 1), "Y": Y}
    return Result(Y, shown, {"h": h, "c": c}, {"dA": drive})


def gru(options: Options, A: Tensor, *, h0: Tensor, U: Tensor) -> Result:
    """The unit as printed; ``nn.GRU`` resets behind ``U_h`` and swaps z with 1 - z."""
    U_z, U_r, U_h = U.chunk(3, -1)
    drive, h, states = A.unbind(1), h0, []
    for A_t in drive:
        A_z, A_r, A_h = A_t.chunk(3, -1)
        z = torch.sigmoid(A_z + h @ U_z)  # (16)
        r = torch.sigmoid(A_r + h @ U_r)  # (16)
        h_tilde = torch.tanh(A_h + (r * h) @ U_h)  # (16)
        h = (1 - z) * h + z * h_tilde  # (16)
        states.append(h)
    Y = torch.stack(states, 1)
    return Result(Y, {"h": Y, "Y": Y}, {"h": h}, {"dA": drive})


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
    Y = torch.cat(X, -1)
    return Result(Y, {"Y": Y})


def softmax_ce(options: Options, Z: Tensor, y: Tensor) -> Result:
    """Cross-entropy of the logits, mean over the batch."""
    loss = functional.cross_entropy(Z, y)
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
