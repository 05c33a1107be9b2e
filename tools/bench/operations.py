"""The computations that are measured, written once in the operations of a framework.

Each is a function ``run(ops, p, data)`` of the operations, the parameters whose gradients are asked
for, and other data.  Sequences are (T, B, ...), and images have their channels last, as ours have.
"""

from collections.abc import Callable, Mapping
from typing import Any

import liaf_ref.layers as ly
from liaf_ref.kernels.array import Array
from liaf_ref.networks import SequenceClassifier

MU = 0.5
Values = Mapping[str, Any]  # arrays of a framework
Arrays = Mapping[str, Array]
Run = Callable[[Any, Values, Values], Any]
GATES = {"liaf": 1, "lif": 1, "rnn": 1, "lstm": 4, "gru": 3}


class Operations:
    """What the frameworks write in the same way; each adds, or overrides, what it does better.

    ``xp`` has elementwise functions, ``functions`` those of networks, ``spike`` is Eqs. (4), (13).
    ``scan`` gives the output of each step, ``last`` the last state; ``layer`` runs convolutions,
    pools, norms and dropout.
    """

    xp: Any
    functions: Any
    spike: Any
    scan: Any
    last: Any
    layer: Any

    def leak(self, U: Any, F: Any, v_reset: Any, alpha: Any, beta: Any) -> Any:
        """Eqs. (5) and (6) as printed."""
        return alpha * (F * v_reset + (1 - F) * U) + beta

    def neuron(self, p: Values, output: str) -> Callable[[Any, Any], tuple[Any, Any]]:
        """Eqs. (3)-(8) of one step; ``output`` is ``"U"``, ``"D"`` or ``"F"``."""

        def step(V: Any, I_t: Any) -> tuple[Any, Any]:
            U = I_t + V
            D = U - p["v_th"]
            F = self.spike(D, MU)
            V = self.leak(U, F, p["v_reset"], p["alpha"], p["beta"])
            return V, {"U": U, "D": D, "F": F}[output]

        return step

    def embed(self, E: Any, tokens: Any) -> Any:
        """The vector of each token."""
        return E[tokens]

    def dense(self, x: Any, p: Values) -> Any:
        """A product with weights, and a bias."""
        return x @ p["W"] + p["b"]

    def temporal(self, cell: str, x: Any, p: Values) -> Any:
        """The last output of a layer of Fig. 5: of the neurons, or of Eqs. (14)-(16)."""
        A = self.dense(x, p)
        L = A.shape[-1] // GATES[cell]
        zero = self.xp.zeros_like(A[0, :, :L])
        if cell in {"liaf", "lif"}:
            step = self.neuron(p, {"liaf": "U", "lif": "F"}[cell])
            return self.last(lambda state, I_t: step(state[0], I_t), (zero, zero), A)[1]
        U, tanh = p["U"], self.xp.tanh
        sigmoid = self.functions.sigmoid

        def rnn(state: Any, a: Any) -> Any:
            return (tanh(a + state[0] @ U),)

        def lstm(state: Any, a: Any) -> Any:
            h, c = state
            a = a + h @ U
            f, i, o = (sigmoid(a[:, k * L : (k + 1) * L]) for k in range(3))
            c = f * c + i * tanh(a[:, 3 * L :])
            return o * tanh(c), c

        def gru(state: Any, a: Any) -> Any:
            (h,) = state
            gates = sigmoid(a[:, : 2 * L] + h @ U[:, : 2 * L])
            z, r = gates[:, :L], gates[:, L:]
            return ((1 - z) * h + z * tanh(a[:, 2 * L :] + (r * h) @ U[:, 2 * L :]),)

        start = (zero, zero) if cell == "lstm" else (zero,)
        return self.last({"rnn": rnn, "lstm": lstm, "gru": gru}[cell], start, A)[0]

    def run_layer(self, layer: ly.Layer, x: Any, p: Values) -> Any:
        """A layer of a network: all but the neurons see all steps at once."""
        match layer:
            case ly.Neurons():
                own = layer.neuron
                output = "F" if own.sends_spikes else "D" if own.mode == "TR" else "U"
                Y = self.xp.stack(self.scan(self.neuron(p, output), self.xp.zeros_like(x[0]), x))
                return self.functions.selu(Y) if str(own.act_name) == "selu" else Y
            case ly.Activation():
                return getattr(self.functions, layer.act)(x)
            case ly.TimeMean():
                return x.mean(0)[None]
            case ly.Flatten():
                return x.reshape(*x.shape[:2], -1)
            case ly.Dense():
                return self.dense(x, p)
        return self.layer(layer, x, p)

    def loss(self, logits: Any, labels: Any, criterion: str = "ce") -> Any:
        """The mean of cross-entropies, or of the binary ones of all classes."""
        log_p = self.functions.log_softmax(logits, -1)
        chosen = self.functions.one_hot(labels, logits.shape[-1])
        if criterion == "softmax_bce":
            others = self.xp.log1p(-self.xp.exp(log_p))
            return -(chosen * log_p + (1 - chosen) * others).mean()
        return -(chosen * log_p).sum(1).mean()


def neurons(ops: Operations, p: Values, _: Values) -> Any:
    """LIAF neurons, threshold related, Act the identity."""
    return ops.scan(ops.neuron(p, "D"), p["V"], p["I"])


def layer(given: ly.Layer, ops: Operations, p: Values, _: Values) -> Any:
    """A layer on its input X."""
    return ops.run_layer(given, p["X"], p)


def babi(cell: str, ops: Operations, p: Values, data: Values) -> Any:
    """The loss of the network of Fig. 5."""
    grouped, last = ly.sequential.group_by_prefix(p), []
    for branch in ("story", "query"):
        own = grouped[branch]
        last.append(ops.temporal(cell, ops.embed(own["E"], data[branch]), own))
    logits = ops.dense(ops.xp.concatenate(last, 1), grouped["head"])
    return ops.loss(logits, data["answer"])


def network(net: SequenceClassifier, ops: Operations, p: Values, data: Values) -> Any:
    """The loss of a network on images."""
    grouped, x = ly.sequential.group_by_prefix(p), data["frames"]
    for name, given in net.sequential.stages:
        x = ops.run_layer(given, x, grouped[name])
    return ops.loss(x[0], data["labels"], net.criterion)
