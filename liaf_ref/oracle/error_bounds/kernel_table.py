"""The equations of the reference run, with bounds that cover other ways to write them."""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import average_pool, conv, dense, gru, lstm, max_pool, neuron, rnn
from liaf_ref.kernels.activation import sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size, taps
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.sharing import sum_to
from liaf_ref.oracle.error_bounds import losses, norm
from liaf_ref.oracle.error_bounds.activations import (
    DecisionRecorder,
    activation_pair,
    has_surrogate_gradient,
)
from liaf_ref.oracle.error_bounds.arrays import (
    array_with_detour_error,
    as_bounded_array,
    errors,
    evaluate_sums,
    values,
)
from liaf_ref.oracle.error_bounds.margin import MarginRecorder
from liaf_ref.oracle.error_bounds.number import ArithmeticModel
from liaf_ref.oracle.error_bounds.optimizers import BOUNDED_OPTIMIZERS, Options
from liaf_ref.oracle.reference.convlstm import ConvLSTM
from liaf_ref.oracle.reference.kernel_table import (
    PAPER_KERNELS,
    KernelTable,
    output_activation,
    reset_spike,
)

GATE_ACTIVATIONS = {sigmoid: "sigmoid", tanh: "tanh"}
NODE_NAME_KEY = "bound.node"  # the option under which a node finds its own name


def bounded_kernels(model: ArithmeticModel, recorder: MarginRecorder) -> KernelTable:
    """The paper's kernels for numbers that carry their error."""

    def spike(options: Options) -> Pair:
        return DecisionRecorder(options[NODE_NAME_KEY], recorder, model).spike(reset_spike(options))

    def act(options: Options) -> Pair:
        sight = DecisionRecorder(options[NODE_NAME_KEY], recorder, model)
        if options["act"] == "spike":
            return sight.spike(output_activation(options))
        return sight.activation(options["act"])

    def largest(options: Options) -> Any:
        return MaxPool(options[NODE_NAME_KEY], recorder, model)

    def descent(options: Options) -> Any:
        return BOUNDED_OPTIMIZERS[options["name"]](options, model)

    return PAPER_KERNELS._replace(
        spike=spike,
        act=act,
        dense=SummedInput(dense, model),
        neuron=Neuron(model),
        rnn=GatedKernel(rnn, model),
        lstm=GatedKernel(lstm, model),
        gru=GatedKernel(gru, model),
        loss=losses.SoftmaxCE(model),
        loss_softmax_bce=losses.SoftmaxBCE(model),
        loss_sigmoid_bce=losses.SigmoidBCE(model),
        loss_mse=losses.MSE(model),
        conv=SummedInput(conv, model),
        convlstm=GatedKernel(ConvLSTM(SummedInput(conv, model)), model),
        average_pool=AveragePool(model),
        max_pool=largest,
        norm=norm.Norm(model),
        norm_running=norm.NormRunning(model),
        optimizer=descent,
    )


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


class AveragePool(NamedTuple):
    """A mean of numbers."""

    model: ArithmeticModel

    def forward(self, X: Array, size: Size, stride: Size) -> tuple[Array, average_pool.Tape]:
        """As the kernel."""
        return average_pool.forward(as_bounded_array(X, self.model), size, stride)

    def backward(self, dY: Array, tape: average_pool.Tape, size: Size, stride: Size) -> Array:
        """As the kernel."""
        return average_pool.backward(as_bounded_array(dY, self.model), tape, size, stride)


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
        self.recorder.record(self.node, "tie", np.where(itself | (unsure == 0), np.inf, behind))
        return Y, tape

    def backward(self, dY: Array, tape: max_pool.Tape, size: Size, stride: Size) -> Array:
        """As the kernel."""
        return max_pool.backward(as_bounded_array(dY, self.model), tape, size, stride)


class Neuron(NamedTuple):
    """The neuron, with the rounding of other forms that add a term and subtract it again."""

    # Forward, ``U - v_th`` may be the state instead of U.  Backward, a sum over all steps may be
    # the sum of dU minus other sums: the fast kernel does this.

    model: ArithmeticModel

    def forward(
        self, I: Array, V: Array, p: neuron.Params, spike: Pair, act: Pair, s: int
    ) -> tuple[Array, Array, neuron.Tape]:
        """As the kernel."""
        drive = array_with_detour_error(as_bounded_array(I, self.model), p.v_th)
        Y, V, tape = neuron.forward(drive, V, p, spike, act, s)
        tape = tape._replace(U=evaluate_sums(tape.U, self.model))
        return as_bounded_array(Y, self.model), array_with_detour_error(V, p.v_th), tape

    def backward(
        self, dY: Array, dV: Array, tape: neuron.Tape, spike: Pair, act: Pair, s: int
    ) -> tuple[Array, Array, neuron.Params]:
        """As the kernel."""
        p = tape.p
        reset = evaluate_sums(array_with_detour_error(p.v_reset, p.v_th), self.model)
        tape = tape._replace(p=p._replace(v_reset=reset))
        dI, dV0, dp = neuron.backward(dY, dV, tape, spike, act, s)
        V = evaluate_sums(np.concatenate((dI[:, 1:], dV[:, None]), axis=1), self.model)
        silent = abs(V * (1 - tape.F))
        rest = p.alpha * silent
        if s or has_surrogate_gradient(spike):
            dA = evaluate_sums(dY * act.slope(tape.U - s * p.v_th), self.model)
            left = (rest + (1 - s) * abs(dA)).sum(axis=1) + abs(V[:, -1])
            dp = dp._replace(v_th=self._with_detour_error(dp.v_th, left))
        carried = ((abs(p.v_reset) + abs(p.v_th)) * silent).sum(axis=1)
        return (
            dI,
            dV0,
            dp._replace(
                v_reset=self._with_detour_error(dp.v_reset, rest.sum(axis=1)),
                alpha=self._with_detour_error(dp.alpha, carried),
            ),
        )

    def _with_detour_error(self, d: Array, magnitudes: Array) -> Array:
        total = sum_to(magnitudes, d.shape)
        return array_with_detour_error(
            as_bounded_array(d, self.model), as_bounded_array(total, self.model)
        )


class GatedKernel:
    """A recurrent kernel whose gates' functions carry errors."""

    def __init__(self, kernel: Any, model: ArithmeticModel) -> None:
        self.kernel = kernel
        self.pairs = {pair: activation_pair(name, model) for pair, name in GATE_ACTIVATIONS.items()}

    def forward(self, *arguments: Any) -> Any:
        """As the kernel."""
        return self.kernel.forward(*self._with_errors(arguments))

    def backward(self, *arguments: Any) -> Any:
        """As the kernel."""
        return self.kernel.backward(*self._with_errors(arguments))

    def _with_errors(self, arguments: tuple[Any, ...]) -> list[Any]:
        return [self.pairs[a] if isinstance(a, Pair) else a for a in arguments]
