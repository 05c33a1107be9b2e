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
from liaf_ref.oracle.reference.kernel_table import KernelTable
from liaf_ref.oracle.reference.op import BackwardResult, ForwardResult, Op

MODES = {"TR": TR, "NTR": NTR}


class Dense:
    """``I = X W + b``, Eq. (2)."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Integrate."""
        par = case.node_arrays(node)
        b = par["b"] if "b" in par else np.zeros((), par["W"].dtype)
        I, tape = kernels.dense.forward(X[0], DenseParams(par["W"], b))
        return ForwardResult(I, tape, {"I": I})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Differentiate."""
        dX, dp = kernels.dense.backward(dY, tape)
        grads = {f"par.{name}": dp._asdict()[name] for name in case.node_arrays(node)}
        return BackwardResult((dX,), grads, {})


class Embedding:
    """A row per token."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Look up."""
        Y, tape = kernels.embedding.forward(X[0], case.node_arrays(node)["E"])
        return ForwardResult(Y, tape, {"Y": Y})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Scatter-add."""
        return BackwardResult((None,), {"par.E": kernels.embedding.backward(dY, tape)}, {})


class Neuron:
    """LIAF and LIF, Eqs. (3)-(8), (10)-(13)."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Run, and once more step by step for the state that only steps show."""
        choices = _spike_act_mode(node, kernels)
        p = NeuronParams(**case.node_arrays(node))
        V0 = case.node_arrays(node, "in")["V0"]
        Y, _, tape = kernels.neuron.forward(X[0], V0, p, *choices)
        V, after = np.empty_like(X[0]), V0
        for t in range(X[0].shape[1]):
            _, after, _ = kernels.neuron.forward(X[0][:, t : t + 1], after, p, *choices)
            V[:, t] = after
        return ForwardResult(Y, tape, {"U": tape.U, "F": tape.F, "R": tape.R, "V": V, "Y": Y})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Differentiate; V's adjoint is the next step's of U, Eq. (3)."""
        dVT = case.node_arrays(node, "up").get("VT", np.zeros_like(dY[:, 0]))
        dI, dV0, dp = kernels.neuron.backward(dY, dVT, tape, *_spike_act_mode(node, kernels))
        dV = np.empty_like(dI)
        dV[:, :-1], dV[:, -1] = dI[:, 1:], dVT
        grads = {f"par.{name}": grad for name, grad in dp._asdict().items()}
        return BackwardResult((dI,), grads | {"in.V0": dV0}, {"dU": dI, "dV": dV})


class Recurrence:
    """One of Eqs. (14), (15), (16) on its input drive; Eq. (15) with convolutions too."""

    def __init__(self, kernel: str, states: tuple[str, ...], sigmas: tuple[Pair, ...]) -> None:
        self.kernel, self.num_states, self.sigmas = kernel, states, sigmas

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Run over all steps."""
        first = case.node_arrays(node, "in")
        start = (first[f"{state}0"] for state in self.num_states)
        kernel = getattr(kernels, self.kernel)
        Y, _, tape = kernel.forward(X[0], *start, case.node_arrays(node)["U"], *self.sigmas)
        shown = {state: getattr(tape, state)[:, 1:] for state in self.num_states}
        return ForwardResult(Y, tape, shown | {"Y": Y})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Differentiate."""
        up = case.node_arrays(node, "up")
        last = (up.get(f"{state}T", np.zeros_like(dY[:, 0])) for state in self.num_states)
        kernel = getattr(kernels, self.kernel)
        dA, first, dU = kernel.backward(dY, *last, tape, *self.sigmas)
        first = first if isinstance(first, tuple) else (first,)
        d0 = {f"in.{state}0": d for state, d in zip(self.num_states, first, strict=True)}
        return BackwardResult((dA,), {"par.U": dU} | d0, {"dA": dA})


class Last:
    """The last step."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Read."""
        Y = kernels.readout.last_forward(X[0])
        return ForwardResult(Y, X[0].shape[1], {"Y": Y})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Differentiate."""
        return BackwardResult((kernels.readout.last_backward(dY, tape),), {}, {})


class Mean:
    """The mean over time."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Average."""
        Y = kernels.readout.mean_forward(X[0])
        return ForwardResult(Y, X[0].shape[1], {"Y": Y})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Differentiate."""
        return BackwardResult((kernels.readout.mean_backward(dY, tape),), {}, {})


class Concat:
    """Inputs side by side along the last axis, Fig. 5."""

    def forward(
        self, case: Case, node: Node, X: tuple[Array, ...], kernels: KernelTable
    ) -> ForwardResult:
        """Join."""
        Y = np.concatenate(X, axis=-1)
        return ForwardResult(Y, np.cumsum([x.shape[-1] for x in X[:-1]]), {"Y": Y})

    def backward(
        self, case: Case, node: Node, dY: Array, tape: Any, kernels: KernelTable
    ) -> BackwardResult:
        """Take apart."""
        return BackwardResult(tuple(np.split(dY, tape, axis=-1)), {}, {})


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


def _spike_act_mode(node: Node, kernels: KernelTable) -> tuple[Pair, Pair, int]:
    options = node.options
    s = TR if options["act"] == "spike" else MODES[options["mode"]]  # (7): LIF puts out F
    return kernels.spike(options), kernels.act(options), s
