"""What each operation of a case does: synapses, dynamics, readouts, and the table of all."""

from typing import Any

import numpy as np

from liaf_ref.kernels.activation import sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.dense import Params as DenseParams
from liaf_ref.kernels.neuron import NTR, TR
from liaf_ref.kernels.neuron import Params as NeuronParams
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.reference import images, losses
from liaf_ref.oracle.reference.op import Backward, Forward, Op
from liaf_ref.oracle.reference.rules import Rules

MODES = {"TR": TR, "NTR": NTR}


class Dense:
    """``I = X W + b``, Eq. (2)."""

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Integrate."""
        par = case.of(node)
        b = par["b"] if "b" in par else np.zeros((), par["W"].dtype)
        I, tape = rules.dense.forward(X[0], DenseParams(par["W"], b))
        return Forward(I, tape, {"I": I})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Differentiate."""
        dX, dp = rules.dense.backward(dY, tape)
        grads = {f"par.{name}": dp._asdict()[name] for name in case.of(node)}
        return Backward((dX,), grads, {})


class Embedding:
    """A row per token."""

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Look up."""
        Y, tape = rules.embedding.forward(X[0], case.of(node)["E"])
        return Forward(Y, tape, {"Y": Y})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Scatter-add."""
        return Backward((None,), {"par.E": rules.embedding.backward(dY, tape)}, {})


class Neuron:
    """LIAF and LIF, Eqs. (3)-(8), (10)-(13)."""

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Run, and once more step by step for the state that only steps show."""
        choices = _choices(node, rules)
        p = NeuronParams(**case.of(node))
        V0 = case.of(node, "in")["V0"]
        Y, _, tape = rules.neuron.forward(X[0], V0, p, *choices)
        V, after = np.empty_like(X[0]), V0
        for t in range(X[0].shape[1]):
            _, after, _ = rules.neuron.forward(X[0][:, t : t + 1], after, p, *choices)
            V[:, t] = after
        return Forward(Y, tape, {"U": tape.U, "F": tape.F, "R": tape.R, "V": V, "Y": Y})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Differentiate; V's adjoint is the next step's of U, Eq. (3)."""
        dVT = case.of(node, "up").get("VT", np.zeros_like(dY[:, 0]))
        dI, dV0, dp = rules.neuron.backward(dY, dVT, tape, *_choices(node, rules))
        dV = np.empty_like(dI)
        dV[:, :-1], dV[:, -1] = dI[:, 1:], dVT
        grads = {f"par.{name}": grad for name, grad in dp._asdict().items()}
        return Backward((dI,), grads | {"in.V0": dV0}, {"dU": dI, "dV": dV})


class Recurrence:
    """One of Eqs. (14), (15), (16) on its input drive; Eq. (15) with convolutions too.

    Parameters
    ----------
    kernel : str
        Field of :class:`Rules`.
    states : tuple of str
        The states in the kernel's order; ``h0`` starts what ends as ``hT``.
    sigmas : tuple of Pair
        The equations' activations.
    """

    def __init__(self, kernel: str, states: tuple[str, ...], sigmas: tuple[Pair, ...]) -> None:
        self.kernel, self.states, self.sigmas = kernel, states, sigmas

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Run over all steps."""
        first = case.of(node, "in")
        start = (first[f"{state}0"] for state in self.states)
        kernel = getattr(rules, self.kernel)
        Y, _, tape = kernel.forward(X[0], *start, case.of(node)["U"], *self.sigmas)
        shown = {state: getattr(tape, state)[:, 1:] for state in self.states}
        return Forward(Y, tape, shown | {"Y": Y})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Differentiate."""
        up = case.of(node, "up")
        last = (up.get(f"{state}T", np.zeros_like(dY[:, 0])) for state in self.states)
        kernel = getattr(rules, self.kernel)
        dA, first, dU = kernel.backward(dY, *last, tape, *self.sigmas)
        first = first if isinstance(first, tuple) else (first,)
        d0 = {f"in.{state}0": d for state, d in zip(self.states, first, strict=True)}
        return Backward((dA,), {"par.U": dU} | d0, {"dA": dA})


class Last:
    """The last step."""

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Read."""
        Y = rules.readout.last_forward(X[0])
        return Forward(Y, X[0].shape[1], {"Y": Y})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Differentiate."""
        return Backward((rules.readout.last_backward(dY, tape),), {}, {})


class Mean:
    """The mean over time."""

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Average."""
        Y = rules.readout.mean_forward(X[0])
        return Forward(Y, X[0].shape[1], {"Y": Y})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Differentiate."""
        return Backward((rules.readout.mean_backward(dY, tape),), {}, {})


class Concat:
    """Inputs side by side along the last axis, Fig. 5."""

    def forward(self, case: Case, node: Node, X: tuple[Array, ...], rules: Rules) -> Forward:
        """Join."""
        Y = np.concatenate(X, axis=-1)
        return Forward(Y, np.cumsum([x.shape[-1] for x in X[:-1]]), {"Y": Y})

    def backward(self, case: Case, node: Node, dY: Array, tape: Any, rules: Rules) -> Backward:
        """Take apart."""
        return Backward(tuple(np.split(dY, tape, axis=-1)), {}, {})


OPS: dict[str, Op] = {
    "dense": Dense(),
    "embedding": Embedding(),
    "neuron": Neuron(),
    "rnn": Recurrence("rnn", ("c",), (tanh,)),
    "lstm": Recurrence("lstm", ("h", "c"), (sigmoid, tanh, tanh)),
    "gru": Recurrence("gru", ("h",), (sigmoid, tanh)),
    "last": Last(),
    "mean": Mean(),
    "concat": Concat(),
    "convlstm": Recurrence("convlstm", ("h", "c"), (sigmoid, tanh, tanh)),
    **images.OPS,
    **losses.OPS,
}


def _choices(node: Node, rules: Rules) -> tuple[Pair, Pair, int]:
    options = node.options
    s = TR if options["act"] == "spike" else MODES[options["mode"]]  # (7): LIF puts out F
    return rules.spike(options), rules.act(options), s
