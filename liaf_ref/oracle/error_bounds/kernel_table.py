"""The equations of the reference run, with bounds that cover other ways to write them."""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import conv, dense, gru, lstm, max_pool, rnn
from liaf_ref.kernels.activation import sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size, taps
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.error_bounds import losses, norm
from liaf_ref.oracle.error_bounds.activations import (
    BOUNDED_ACTIVATIONS,
    DecisionRecorder,
)
from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel
from liaf_ref.oracle.error_bounds.arrays import (
    bounded,
    errors,
    evaluate_sums,
    values,
)
from liaf_ref.oracle.error_bounds.margin import MarginRecorder
from liaf_ref.oracle.error_bounds.neuron import Neuron
from liaf_ref.oracle.error_bounds.neuron_of_lines import NeuronOfLines
from liaf_ref.oracle.error_bounds.optimizers import BOUNDED_OPTIMIZERS, Options
from liaf_ref.oracle.error_bounds.tiled_convolution import EitherConvolution
from liaf_ref.oracle.reference.convlstm import ConvLSTM
from liaf_ref.oracle.reference.kernel_table import (
    PAPER_KERNELS,
    KernelTable,
)
from liaf_ref.oracle.reference.winograd import TiledConvolution

GATE_ACTIVATIONS = {
    sigmoid: BOUNDED_ACTIVATIONS["sigmoid"],
    tanh: BOUNDED_ACTIVATIONS["tanh"],
}
NODE_NAME_KEY = "bound.node"  # the option under which a node finds its own name


def bounded_kernels(
    model: ArithmeticModel, recorder: MarginRecorder, given: KernelTable = PAPER_KERNELS
) -> KernelTable:
    """The paper's kernels for numbers that carry their error; of others, neuron and convolution."""
    tiled = isinstance(given.conv, TiledConvolution)
    either = EitherConvolution(given.conv.tiles.m, model) if tiled else conv
    convolution = SummedInput(either, model)

    def spike(options: Options) -> Pair:
        return DecisionRecorder(options[NODE_NAME_KEY], recorder, model).spike(given.spike(options))

    def act(options: Options) -> Pair:
        sight = DecisionRecorder(options[NODE_NAME_KEY], recorder, model)
        if options["act"] == "spike":
            return sight.spike(given.act(options))
        return sight.activation(options["act"])

    def largest(options: Options) -> Any:
        return BoundedResults(MaxPool(options[NODE_NAME_KEY], recorder, model), model)

    def descent(options: Options) -> Any:
        return BOUNDED_OPTIMIZERS[options["name"]](options, model)

    table = PAPER_KERNELS._replace(
        dense=SummedInput(dense, model),
        neuron=Neuron(model)
        if given.neuron is PAPER_KERNELS.neuron
        else NeuronOfLines(given.neuron, model),
        rnn=GatedKernel(rnn),
        lstm=GatedKernel(lstm),
        gru=GatedKernel(gru),
        loss=losses.SoftmaxCE(model),
        loss_softmax_bce=losses.SoftmaxBCE(model),
        loss_sigmoid_bce=losses.SigmoidBCE(model),
        loss_mse=losses.MSE(model),
        conv=convolution,
        convlstm=GatedKernel(ConvLSTM(convolution)),
        norm=norm.Norm(model),
        norm_running=norm.NormRunning(model),
    )
    choices: dict[str, Any] = {
        "spike": spike, "act": act, "max_pool": largest, "optimizer": descent,
        "chunks": PAPER_KERNELS.chunks,
    }  # fmt: skip
    bounded_table = {name: BoundedResults(k, model) for name, k in table._asdict().items()}
    return KernelTable(**bounded_table | choices)


class SummedInput(NamedTuple):
    """A kernel of numbers, not of open sums: a matrix product, or a convolution."""

    kernel: Any
    model: ArithmeticModel

    def forward(self, X: Array, p: Any, *rest: Any) -> Any:
        """As the kernel."""
        return self.kernel.forward(evaluate_sums(X, self.model), p, *rest)

    def backward(self, dI: Array, *rest: Any) -> Any:
        """As the kernel."""
        return self.kernel.backward(evaluate_sums(dI, self.model), *rest)


class MaxPool(NamedTuple):
    """Max pooling: the choice of the maximum is a decision, and its margin is recorded."""

    node: str
    recorder: MarginRecorder
    model: ArithmeticModel

    def forward(self, X: Array, size: Size, stride: Size) -> tuple[Array, max_pool.Tape]:
        """As the kernel."""
        X = evaluate_sums(X, self.model)
        Y, tape = max_pool.forward(X, size, stride)
        windows = taps(size, Y.shape[-1 - len(size) : -1], stride)
        seen = np.stack([X[under] for _, under in windows])
        unsure = errors(seen) + errors(Y)
        behind = values(Y) - values(seen) - unsure
        itself = np.arange(len(seen)).reshape(-1, *[1] * Y.ndim) == tape.first
        margin = np.where(itself | (unsure == 0), np.inf, behind).min(axis=0, initial=np.inf)
        self.recorder.record(self.node, "tie", margin)
        return Y, tape

    def backward(self, dY: Array, tape: max_pool.Tape, size: Size, stride: Size) -> Array:
        """As the kernel."""
        return max_pool.backward(dY, tape, size, stride)


class GatedKernel(NamedTuple):
    """A recurrent kernel whose gates' functions carry errors."""

    kernel: Any

    def forward(self, *arguments: Any) -> Any:
        """As the kernel."""
        return self.kernel.forward(*map(_with_errors, arguments))

    def backward(self, *arguments: Any) -> Any:
        """As the kernel."""
        return self.kernel.backward(*map(_with_errors, arguments))


class BoundedResults(NamedTuple):
    """A kernel, of whose results every array carries errors: those too that NumPy made."""

    kernel: Any
    model: ArithmeticModel

    def __getattr__(self, name: str) -> Any:
        """The kernel's function."""
        function = getattr(self.kernel, name)
        return lambda *arguments: bounded(function(*arguments), self.model)


def _with_errors(argument: Any) -> Any:
    """An activation by its way with errors; anything else as it is."""
    return GATE_ACTIVATIONS[argument] if isinstance(argument, Pair) else argument
