"""The equations of the reference run, with bounds that cover other ways to write them."""

from typing import Any

import numpy as np

from liaf_ref.kernels import dense, gru, lstm, neuron, rnn
from liaf_ref.kernels.activation import sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.sharing import sum_to
from liaf_ref.oracle.error_bounds import images, losses, norm
from liaf_ref.oracle.error_bounds.activations import (
    DecisionRecorder,
    activation_pair,
    has_surrogate_gradient,
)
from liaf_ref.oracle.error_bounds.arithmetic import ArithmeticModel
from liaf_ref.oracle.error_bounds.arrays import (
    array_with_detour_error,
    as_bounded_array,
    evaluate_sums,
)
from liaf_ref.oracle.error_bounds.margin import MarginRecorder
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
        return images.MaxPool(options[NODE_NAME_KEY], recorder, model)

    def descent(options: Options) -> Any:
        return BOUNDED_OPTIMIZERS[options["name"]](options, model)

    return PAPER_KERNELS._replace(
        spike=spike,
        act=act,
        dense=Dense(model),
        neuron=Neuron(model),
        rnn=GatedKernel(rnn, model),
        lstm=GatedKernel(lstm, model),
        gru=GatedKernel(gru, model),
        loss=losses.SoftmaxCE(model),
        loss_softmax_bce=losses.SoftmaxBCE(model),
        loss_sigmoid_bce=losses.SigmoidBCE(model),
        loss_mse=losses.MSE(model),
        conv=images.Conv(model),
        convlstm=GatedKernel(ConvLSTM(images.Conv(model)), model),
        average_pool=images.AveragePool(model),
        max_pool=largest,
        norm=norm.Norm(model),
        norm_running=norm.NormRunning(model),
        optimizer=descent,
    )


class Dense:
    """A matrix product is taken of numbers, not of open sums."""

    def __init__(self, model: ArithmeticModel) -> None:
        self.model = model

    def forward(self, X: Array, p: dense.Params) -> tuple[Array, dense.Tape]:
        """As the kernel; NumPy sums objects to an array only if an axis remains."""
        p = p._replace(b=np.atleast_1d(p.b))
        return dense.forward(evaluate_sums(X, self.model), p)

    def backward(self, dI: Array, tape: dense.Tape) -> tuple[Array, dense.Params]:
        """As the kernel."""
        return dense.backward(evaluate_sums(dI, self.model), tape)


class Neuron:
    """The neuron, with the rounding of other forms that add a term and subtract it again.

    Forward, ``U - v_th`` may be the state instead of U.  Backward, a sum over all steps may
    be the sum of dU minus other sums: the fast kernel does this.
    """

    def __init__(self, model: ArithmeticModel) -> None:
        self.model = model

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
