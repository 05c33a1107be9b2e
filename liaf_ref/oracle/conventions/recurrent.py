"""Other recurrent layers that go by the same names."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.activation import identity, relu
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.conventions import gru_reset_after
from liaf_ref.oracle.conventions.convention import Convention, kernel_convention


class ReorderedGates(NamedTuple):
    """A kernel whose gates are stacked in another order; ``order`` leads to its own."""

    kernel: Any
    order: tuple[int, ...]

    def forward(self, A: Array, *args: Any) -> Any:
        """As the kernel's."""
        *states, U = [g for g in args if isinstance(g, np.ndarray)]
        sigmas = args[len(states) + 1 :]
        Y, last, tape = self.kernel.forward(
            self._to_kernel_order(A), *states, self._to_kernel_order(U), *sigmas
        )
        return Y, last, tape

    def backward(self, dY: Array, *args: Any) -> Any:
        """As the kernel's."""
        dA, first, dU = self.kernel.backward(dY, *args)
        return self._to_own_order(dA), first, self._to_own_order(dU)

    def _to_kernel_order(self, x: Array) -> Array:
        parts = np.split(x, len(self.order), axis=-1)
        return np.concatenate([parts[i] for i in self.order], axis=-1)

    def _to_own_order(self, x: Array) -> Array:
        parts = np.split(x, len(self.order), axis=-1)
        return np.concatenate([parts[self.order.index(i)] for i in range(len(parts))], axis=-1)


class ScaledGates(NamedTuple):
    """A kernel whose drive and recurrent weights are scaled gate by gate, and shifted."""

    kernel: Any
    scales: tuple[float, ...]
    shifts: tuple[float, ...]

    def forward(self, A: Array, *args: Any) -> Any:
        """As the kernel's."""
        *states, U = [g for g in args if isinstance(g, np.ndarray)]
        sigmas = args[len(states) + 1 :]
        scale, shift = (np.repeat(w, U.shape[-2]) for w in (self.scales, self.shifts))
        return self.kernel.forward(A * scale + shift, *states, U * scale, *sigmas)

    def backward(self, dY: Array, *args: Any) -> Any:
        """As the kernel's."""
        dA, first, dU = self.kernel.backward(dY, *args)
        scale = np.repeat(self.scales, dU.shape[-2])
        return dA * scale, first, dU * scale


class SwappedActivations(NamedTuple):
    """A kernel whose activations are exchanged."""

    kernel: Any
    change: Callable[[tuple[Pair, ...]], tuple[Pair, ...]]

    def forward(self, *args: Any) -> Any:
        """As the kernel's."""
        return self.kernel.forward(*self._changed(args))

    def backward(self, *args: Any) -> Any:
        """As the kernel's."""
        return self.kernel.backward(*self._changed(args))

    def _changed(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        pairs = tuple(g for g in args if isinstance(g, Pair))
        return args[: len(args) - len(pairs)] + self.change(pairs)


class NextStateGradient(NamedTuple):
    """A kernel whose recurrent weights' gradient reads the state after the step."""

    kernel: Any

    def forward(self, *args: Any) -> Any:
        """As the kernel's."""
        return self.kernel.forward(*args)

    def backward(self, dY: Array, *args: Any) -> Any:
        """As the kernel's, but for dU."""
        dA, first, _ = self.kernel.backward(dY, *args)
        tape = next(g for g in args if hasattr(g, "U"))
        after = (tape.h if hasattr(tape, "h") else tape.c)[:, 1:]
        return dA, first, np.einsum("btk,btl->kl", after, dA)


def _hard_sigmoid(x: Array) -> Array:
    return np.asarray(np.clip(0.2 * x + 0.5, 0, 1))


def _hard_sigmoid_slope(x: Array) -> Array:
    return 0.2 * (abs(x) < 2.5)


HARD_SIGMOID = Pair(_hard_sigmoid, _hard_sigmoid_slope)

RECURRENT_LAYERS: tuple[Convention, ...] = (
    kernel_convention(
        "GRU with reset_after (Keras, PyTorch)",
        "a_h = A_h + r (h U_h), as in PyTorch and Keras.",
        "gru",
        lambda _: gru_reset_after,
    ),
    kernel_convention(
        "GRU with z for 1 - z",
        "h = z h + (1 - z) h~, as in PyTorch and Keras.",
        "gru",
        lambda kernel: ScaledGates(kernel, (-1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),
    ),
    kernel_convention(
        "PyTorch GRU",
        "reset_after, and z for 1 - z.",
        "gru",
        lambda _: ScaledGates(gru_reset_after, (-1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),
    ),
    kernel_convention(
        "GRU gates stacked r, z, h",
        "The first two gates are swapped, as in PyTorch.",
        "gru",
        lambda kernel: ReorderedGates(kernel, (1, 0, 2)),
    ),
    kernel_convention(
        "PyTorch GRU, gates stacked r, z, h",
        "reset_after, z for 1 - z, gates stacked r, z, h.",
        "gru",
        lambda _: ReorderedGates(
            ScaledGates(gru_reset_after, (-1.0, 1.0, 1.0), (0.0, 0.0, 0.0)), (1, 0, 2)
        ),
    ),
    kernel_convention(
        "LSTM gates stacked i, f, c, o",
        "PyTorch's and Keras's order for the paper's f, i, o, c.",
        "lstm",
        lambda kernel: ReorderedGates(kernel, (1, 0, 3, 2)),
    ),
    kernel_convention(
        "LSTM gates stacked i, f, o, c",
        "i and f swapped.",
        "lstm",
        lambda kernel: ReorderedGates(kernel, (1, 0, 2, 3)),
    ),
    kernel_convention(
        "LSTM forget bias",
        "1 is added to the forget gate's argument.",
        "lstm",
        lambda kernel: ScaledGates(kernel, (1.0,) * 4, (1.0, 0.0, 0.0, 0.0)),
    ),
    kernel_convention(
        "LSTM without the output's tanh",
        "h = o c.",
        "lstm",
        lambda kernel: SwappedActivations(kernel, lambda s: (s[0], s[1], identity)),
    ),
    kernel_convention(
        "LSTM with hard sigmoid gates",
        "clip(0.2 x + 0.5, 0, 1) for the gates' sigmoid.",
        "lstm",
        lambda kernel: SwappedActivations(kernel, lambda s: (HARD_SIGMOID, *s[1:])),
    ),
    kernel_convention(
        "RNN with ReLU",
        "ReLU for tanh.",
        "rnn",
        lambda kernel: SwappedActivations(kernel, lambda _: (relu,)),
    ),
    kernel_convention(
        "RNN dU from the next state",
        "The gradient of the recurrent weights uses c^t instead of c^{t-1}.",
        "rnn",
        NextStateGradient,
    ),
    kernel_convention(
        "LSTM dU from the next state",
        "The gradient of the recurrent weights uses h^t instead of h^{t-1}.",
        "lstm",
        NextStateGradient,
    ),
)
