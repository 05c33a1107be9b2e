"""Other ConvLSTMs, and another gradient of its recurrent weights."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import conv
from liaf_ref.kernels.activation import identity
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, same
from liaf_ref.oracle.conventions.convention import Convention, kernel_convention
from liaf_ref.oracle.conventions.recurrent import (
    HARD_SIGMOID,
    ReorderedGates,
    ScaledGates,
    SwappedActivations,
)


class RecurrentWeightGradient(NamedTuple):
    """A ConvLSTM whose recurrent weights' gradient is taken from other steps.

    ``read`` takes the states 0..T and the drive's gradient and gives those that are paired.
    """

    kernel: Any
    select_steps: Callable[[Array, Array], tuple[Array, Array]]

    def forward(self, *args: Any) -> Any:
        """As the kernel's."""
        return self.kernel.forward(*args)

    def backward(self, dY: Array, *args: Any) -> Any:
        """As the kernel's, but for dU."""
        dA, first, dU = self.kernel.backward(dY, *args)
        tape = next(g for g in args if hasattr(g, "U"))
        h, d = self.select_steps(tape.h, dA)
        grid = Grid((1, 1), same(dU.shape[:2]))
        p = conv.Params(tape.U, np.zeros(dU.shape[-1]))
        return dA, first, conv.backward(d, conv.Tape(h, p), grid)[1].W


def _convlstm_convention(name: str, description: str, wrap: Callable[[Any], Any]) -> Convention:
    return kernel_convention(name, description, "convlstm", wrap)


CONVLSTM: tuple[Convention, ...] = (
    _convlstm_convention(
        "ConvLSTM gates stacked i, f, c, o",
        "PyTorch's and Keras's order for the paper's f, i, o, c.",
        lambda kernel: ReorderedGates(kernel, (1, 0, 3, 2)),
    ),
    _convlstm_convention(
        "ConvLSTM gates stacked i, f, o, c",
        "i and f swapped.",
        lambda kernel: ReorderedGates(kernel, (1, 0, 2, 3)),
    ),
    _convlstm_convention(
        "ConvLSTM forget bias",
        "1 is added to the forget gate's argument.",
        lambda kernel: ScaledGates(kernel, (1.0,) * 4, (1.0, 0.0, 0.0, 0.0)),
    ),
    _convlstm_convention(
        "ConvLSTM without the output's tanh",
        "h = o c.",
        lambda kernel: SwappedActivations(kernel, lambda s: (s[0], s[1], identity)),
    ),
    _convlstm_convention(
        "ConvLSTM with hard sigmoid gates",
        "clip(0.2 x + 0.5, 0, 1) for the gates' sigmoid, as in Keras.",
        lambda kernel: SwappedActivations(kernel, lambda s: (HARD_SIGMOID, *s[1:])),
    ),
    _convlstm_convention(
        "ConvLSTM dU of the last step only",
        "The recurrent weights' gradient is not summed over time.",
        lambda kernel: RecurrentWeightGradient(kernel, lambda h, d: (h[:, -2:-1], d[:, -1:])),
    ),
    _convlstm_convention(
        "ConvLSTM dU from the next state",
        "The gradient of the recurrent weights uses h^t instead of h^{t-1}.",
        lambda kernel: RecurrentWeightGradient(kernel, lambda h, d: (h[:, 1:], d)),
    ),
)
