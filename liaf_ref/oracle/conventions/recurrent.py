"""Other recurrent layers that go by the same names."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.activation import identity, relu
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.oracle.conventions import gru
from liaf_ref.oracle.conventions.convention import Convention, of_field


class Gates(NamedTuple):
    """A kernel whose gates are stacked in another order; ``order`` leads to its own."""

    kernel: Any
    order: tuple[int, ...]

    def forward(self, A: Array, *given: Any) -> Any:
        """As the kernel's."""
        *states, U = [g for g in given if isinstance(g, np.ndarray)]
        sigmas = given[len(states) + 1 :]
        Y, last, tape = self.kernel.forward(self._put(A), *states, self._put(U), *sigmas)
        return Y, last, tape

    def backward(self, dY: Array, *given: Any) -> Any:
        """As the kernel's."""
        dA, first, dU = self.kernel.backward(dY, *given)
        return self._back(dA), first, self._back(dU)

    def _put(self, x: Array) -> Array:
        parts = np.split(x, len(self.order), axis=-1)
        return np.concatenate([parts[i] for i in self.order], axis=-1)

    def _back(self, x: Array) -> Array:
        parts = np.split(x, len(self.order), axis=-1)
        return np.concatenate([parts[self.order.index(i)] for i in range(len(parts))], axis=-1)


class Scaled(NamedTuple):
    """A kernel whose drive and recurrent weights are scaled gate by gate, and shifted."""

    kernel: Any
    scales: tuple[float, ...]
    shifts: tuple[float, ...]

    def forward(self, A: Array, *given: Any) -> Any:
        """As the kernel's."""
        *states, U = [g for g in given if isinstance(g, np.ndarray)]
        sigmas = given[len(states) + 1 :]
        scale, shift = (np.repeat(w, U.shape[-2]) for w in (self.scales, self.shifts))
        return self.kernel.forward(A * scale + shift, *states, U * scale, *sigmas)

    def backward(self, dY: Array, *given: Any) -> Any:
        """As the kernel's."""
        dA, first, dU = self.kernel.backward(dY, *given)
        scale = np.repeat(self.scales, dU.shape[-2])
        return dA * scale, first, dU * scale


class Activated(NamedTuple):
    """A kernel whose activations are exchanged."""

    kernel: Any
    change: Callable[[tuple[Pair, ...]], tuple[Pair, ...]]

    def forward(self, *given: Any) -> Any:
        """As the kernel's."""
        return self.kernel.forward(*self._changed(given))

    def backward(self, *given: Any) -> Any:
        """As the kernel's."""
        return self.kernel.backward(*self._changed(given))

    def _changed(self, given: tuple[Any, ...]) -> tuple[Any, ...]:
        pairs = tuple(g for g in given if isinstance(g, Pair))
        return given[: len(given) - len(pairs)] + self.change(pairs)


class NextState(NamedTuple):
    """A kernel whose recurrent weights' gradient reads the state after the step."""

    kernel: Any

    def forward(self, *given: Any) -> Any:
        """As the kernel's."""
        return self.kernel.forward(*given)

    def backward(self, dY: Array, *given: Any) -> Any:
        """As the kernel's, but for dU."""
        dA, first, _ = self.kernel.backward(dY, *given)
        tape = next(g for g in given if hasattr(g, "U"))
        after = (tape.h if hasattr(tape, "h") else tape.c)[:, 1:]
        return dA, first, np.einsum("btk,btl->kl", after, dA)


def _hard(x: Array) -> Array:
    return np.asarray(np.clip(0.2 * x + 0.5, 0, 1))


def _hard_slope(x: Array) -> Array:
    return 0.2 * (abs(x) < 2.5)


HARD = Pair(_hard, _hard_slope)

RECURRENCES: tuple[Convention, ...] = (
    of_field(
        "GRU resets after the product",
        "a_h = A_h + r (h U_h), as PyTorch and Keras have it.",
        "gru",
        lambda _: gru,
    ),
    of_field(
        "GRU with z for 1 - z",
        "h = z h + (1 - z) h~, as PyTorch and Keras have it.",
        "gru",
        lambda kernel: Scaled(kernel, (-1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),
    ),
    of_field(
        "GRU of PyTorch's form",
        "Resets after the product, and z for 1 - z.",
        "gru",
        lambda _: Scaled(gru, (-1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),
    ),
    of_field(
        "GRU gates stacked r, z, h",
        "The first two gates are exchanged, as PyTorch stacks them.",
        "gru",
        lambda kernel: Gates(kernel, (1, 0, 2)),
    ),
    of_field(
        "GRU of PyTorch's form and stacking",
        "Resets after the product, z for 1 - z, gates stacked r, z, h.",
        "gru",
        lambda _: Gates(Scaled(gru, (-1.0, 1.0, 1.0), (0.0, 0.0, 0.0)), (1, 0, 2)),
    ),
    of_field(
        "LSTM gates stacked i, f, c, o",
        "PyTorch's and Keras's order for the paper's f, i, o, c.",
        "lstm",
        lambda kernel: Gates(kernel, (1, 0, 3, 2)),
    ),
    of_field(
        "LSTM gates stacked i, f, o, c",
        "i and f exchanged.",
        "lstm",
        lambda kernel: Gates(kernel, (1, 0, 2, 3)),
    ),
    of_field(
        "LSTM forget bias",
        "1 is added to the forget gate's argument.",
        "lstm",
        lambda kernel: Scaled(kernel, (1.0,) * 4, (1.0, 0.0, 0.0, 0.0)),
    ),
    of_field(
        "LSTM without the output's tanh",
        "h = o c.",
        "lstm",
        lambda kernel: Activated(kernel, lambda s: (s[0], s[1], identity)),
    ),
    of_field(
        "LSTM with hard sigmoid gates",
        "clip(0.2 x + 0.5, 0, 1) for the gates' sigmoid.",
        "lstm",
        lambda kernel: Activated(kernel, lambda s: (HARD, *s[1:])),
    ),
    of_field(
        "RNN with ReLU",
        "ReLU for tanh.",
        "rnn",
        lambda kernel: Activated(kernel, lambda _: (relu,)),
    ),
    of_field(
        "RNN's dU from the state after",
        "The recurrent weights' gradient reads c^t for c^{t-1}.",
        "rnn",
        NextState,
    ),
    of_field(
        "LSTM's dU from the state after",
        "The recurrent weights' gradient reads h^t for h^{t-1}.",
        "lstm",
        NextState,
    ),
)
