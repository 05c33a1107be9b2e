"""How each operation of a case calls its kernel.

No array has a name here: what goes in and comes out is in the order of the op table.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from liaf_ref.kernels.activation import sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params as ConvParams
from liaf_ref.kernels.dense import Params as DenseParams
from liaf_ref.kernels.grid import Grid, Size
from liaf_ref.kernels.neuron import NTR, TR
from liaf_ref.kernels.neuron import Params as NeuronParams
from liaf_ref.kernels.norm import Params as NormParams
from liaf_ref.kernels.norm import Statistics
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.opset import AXES, LOSSES
from liaf_ref.oracle.opset import OPS as TABLE
from liaf_ref.oracle.reference.kernel_table import KernelTable, Options

Arrays = tuple[Array, ...]


class Call(NamedTuple):
    """What an operation is called with: the kernels, and all that its node is given."""

    kernels: KernelTable
    options: Options
    X: Arrays
    parameters: Arrays
    states: Arrays
    final_gradients: Arrays  # of the states after the last step
    constants: Arrays
    target: Array | None


class ForwardResult(NamedTuple):
    """The traces, and what the backward pass reads."""

    traces: Arrays
    tape: Any


class BackwardResult(NamedTuple):
    """Gradients, and the adjoints of each step."""

    dX: tuple[Array | None, ...]  # None: of token numbers
    grads: Arrays = ()  # in parameters, then in initial states
    adjoints: Arrays = ()


class Op(Protocol):
    """One operation of a case."""

    def forward(self, call: Call) -> ForwardResult:
        """Compute the traces."""

    def backward(self, call: Call, dY: Array, tape: Any) -> BackwardResult:
        """Differentiate :meth:`forward`."""


class Kernel(NamedTuple):
    """A kernel without parameters."""

    kernel: Callable[[Call], Any]
    arguments: Callable[[Call], tuple[Any, ...]] = lambda _: ()  # of both passes
    inputs: Callable[[Call], tuple[Any, ...]] = lambda _: ()  # of the forward pass alone

    def forward(self, call: Call) -> ForwardResult:
        """Run."""
        rest = (*self.inputs(call), *self.arguments(call))
        Y, tape = self.kernel(call).forward(call.X[0], *rest)
        return ForwardResult((Y,), tape)

    def backward(self, call: Call, dY: Array, tape: Any) -> BackwardResult:
        """Differentiate."""
        return BackwardResult((self.kernel(call).backward(dY, tape, *self.arguments(call)),))


class Synapses(NamedTuple):
    """Eq. (2): dense, or a convolution; where there is no bias it is 0."""

    kernel: str
    params: Callable[..., Any]
    arguments: Callable[[Call], tuple[Any, ...]] = lambda _: ()

    def forward(self, call: Call) -> ForwardResult:
        """Integrate."""
        W, *b = call.parameters
        p = self.params(W, *(b or [np.zeros(W.shape[-1], W.dtype)]))
        I, tape = getattr(call.kernels, self.kernel).forward(call.X[0], p, *self.arguments(call))
        return ForwardResult((I,), tape)

    def backward(self, call: Call, dY: Array, tape: Any) -> BackwardResult:
        """Differentiate."""
        kernel = getattr(call.kernels, self.kernel)
        dX, dp = kernel.backward(dY, tape, *self.arguments(call))
        return BackwardResult((dX,), dp)


class Embedding:
    """A row per token."""

    def forward(self, call: Call) -> ForwardResult:
        """Look up."""
        Y, tape = call.kernels.embedding.forward(call.X[0], *call.parameters)
        return ForwardResult((Y,), tape)

    def backward(self, call: Call, dY: Array, tape: Any) -> BackwardResult:
        """Scatter-add."""
        return BackwardResult((None,), (call.kernels.embedding.backward(dY, tape),))


class Neuron:
    """LIAF and LIF, Eqs. (3)-(8), (10)-(13)."""

    def forward(self, call: Call) -> ForwardResult:
        """Run; the state is that of Eq. (6)."""
        (I,), (V0,), choices = call.X, call.states, _spike_act_mode(call)
        p = NeuronParams(*call.parameters)
        Y, _, tape = call.kernels.neuron.forward(I, V0, p, *choices)
        V = p.alpha * tape.R + p.beta
        return ForwardResult((tape.U, tape.F, tape.R, V, Y), tape)

    def backward(self, call: Call, dY: Array, tape: Any) -> BackwardResult:
        """Differentiate; V's adjoint is the next step's of U, Eq. (3)."""
        (dVT,) = call.final_gradients
        dI, dV0, dp = call.kernels.neuron.backward(dY, dVT, tape, *_spike_act_mode(call))
        dV = np.empty_like(dI)
        dV[:, :-1], dV[:, -1] = dI[:, 1:], dVT
        return BackwardResult((dI,), (*dp, dV0), (dI, dV))


class Recurrence:
    """One of Eqs. (14), (15), (16) on its input drive; Eq. (15) with convolutions too."""

    def __init__(self, op: str, *sigmas: Pair) -> None:
        self.kernel, self.states, self.sigmas = op, TABLE[op].states, sigmas

    def forward(self, call: Call) -> ForwardResult:
        """Run over all steps."""
        kernel = getattr(call.kernels, self.kernel)
        Y, _, tape = kernel.forward(call.X[0], *call.states, *call.parameters, *self.sigmas)
        return ForwardResult((*(getattr(tape, state)[:, 1:] for state in self.states), Y), tape)

    def backward(self, call: Call, dY: Array, tape: Any) -> BackwardResult:
        """Differentiate."""
        kernel = getattr(call.kernels, self.kernel)
        dA, first, dU = kernel.backward(dY, *call.final_gradients, tape, *self.sigmas)
        first = first if len(self.states) > 1 else (first,)
        return BackwardResult((dA,), (dU, *first), (dA,))


class LayerNorm:
    """Mean 0 and variance 1 in each step of each sample."""

    def forward(self, call: Call) -> ForwardResult:
        """Normalise."""
        p, axes = NormParams(*call.parameters), AXES[call.options["axes"]]
        Y, _, tape = call.kernels.norm.forward(call.X[0], p, axes, call.options["eps"])
        return ForwardResult((Y,), tape)

    def backward(self, call: Call, dY: Array, tape: Any) -> BackwardResult:
        """Differentiate."""
        dX, dp = call.kernels.norm.backward(dY, tape, AXES[call.options["axes"]])
        return BackwardResult((dX,), dp)


class BatchNorm(LayerNorm):
    """Mean 0 and variance 1 of each channel; shows the running statistics it leaves."""

    def forward(self, call: Call) -> ForwardResult:
        """Normalise by the batch and follow it, or by the running statistics."""
        (X,), p, saved = call.X, NormParams(*call.parameters), Statistics(*call.constants)
        eps, momentum = call.options["eps"], call.options["momentum"]
        if call.options["statistics"] == "running":
            Y, tape = call.kernels.norm_running.forward(X, p, saved, eps)
            return ForwardResult((Y,), tape)
        Y, batch, tape = call.kernels.norm.forward(X, p, AXES[call.options["axes"]], eps)
        n = X.size // batch.m.size
        m, v = call.kernels.norm_running.follow_steps(saved, batch, n, momentum)
        return ForwardResult((Y, m.reshape(-1), v.reshape(-1)), tape)

    def backward(self, call: Call, dY: Array, tape: Any) -> BackwardResult:
        """Differentiate; running statistics are constants."""
        if call.options["statistics"] == "batch":
            return super().backward(call, dY, tape)
        dX, dp = call.kernels.norm_running.backward(dY, tape)
        return BackwardResult((dX,), dp)


class Act:
    """An activation by itself, entry by entry."""

    def forward(self, call: Call) -> ForwardResult:
        """Activate."""
        return ForwardResult((call.kernels.act(call.options).value(call.X[0]),), call.X[0])

    def backward(self, call: Call, dY: Array, tape: Any) -> BackwardResult:
        """Differentiate."""
        return BackwardResult((dY * call.kernels.act(call.options).slope(tape),))


class Readout(NamedTuple):
    """The last step, or the mean over time."""

    name: str

    def forward(self, call: Call) -> ForwardResult:
        """Read."""
        Y = getattr(call.kernels.readout, f"{self.name}_forward")(call.X[0])
        return ForwardResult((Y,), call.X[0].shape[1])

    def backward(self, call: Call, dY: Array, tape: Any) -> BackwardResult:
        """Differentiate."""
        return BackwardResult((getattr(call.kernels.readout, f"{self.name}_backward")(dY, tape),))


class Concat:
    """Inputs side by side along the last axis, Fig. 5."""

    def forward(self, call: Call) -> ForwardResult:
        """Join."""
        ends = np.cumsum([x.shape[-1] for x in call.X[:-1]])
        return ForwardResult((np.concatenate(call.X, axis=-1),), ends)

    def backward(self, call: Call, dY: Array, tape: Any) -> BackwardResult:
        """Take apart."""
        return BackwardResult(tuple(np.split(dY, tape, axis=-1)))


def _spike_act_mode(call: Call) -> tuple[Pair, Pair, int]:
    options = call.options
    s = TR if options["act"] == "spike" or options["mode"] == "TR" else NTR  # (7): LIF puts out F
    return call.kernels.spike(options), call.kernels.act(options), s


def _grid(call: Call) -> tuple[Grid]:
    stride, pad = call.options["stride"], call.options["pad"]
    return (Grid(tuple(stride), tuple((before, after) for before, after in pad)),)


def _windows(call: Call) -> tuple[Size, Size]:
    return tuple(call.options["size"]), tuple(call.options["stride"])


def _loss(op: str) -> Op:
    kernel = "loss" if op == "softmax_ce" else f"loss_{op}"
    return Kernel(lambda call: getattr(call.kernels, kernel), inputs=lambda call: (call.target,))


OPS: dict[str, Op] = {
    "dense": Synapses("dense", DenseParams),
    "embedding": Embedding(),
    "neuron": Neuron(),
    "rnn": Recurrence("rnn", tanh),
    "lstm": Recurrence("lstm", sigmoid, tanh, tanh),
    "gru": Recurrence("gru", sigmoid, tanh),
    "conv": Synapses("conv", ConvParams, _grid),
    "conv3d": Synapses("conv", ConvParams, _grid),
    "convlstm": Recurrence("convlstm", sigmoid, tanh, tanh),
    "average_pool": Kernel(lambda call: call.kernels.average_pool, _windows),
    "max_pool": Kernel(lambda call: call.kernels.max_pool, _windows),
    "layer_norm": LayerNorm(),
    "batch_norm": BatchNorm(),
    "dropout": Kernel(lambda call: call.kernels.dropout, inputs=lambda call: call.constants),
    "act": Act(),
    "flatten": Kernel(lambda call: call.kernels.flatten),
    "last": Readout("last"),
    "mean": Readout("mean"),
    "concat": Concat(),
    **{op: _loss(op) for op in LOSSES},
}
