"""Backpropagation through less than all of time: the neuron and the recurrent layers alike."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.conventions.convention import Convention
from liaf_ref.oracle.reference.rules import Rules

RECURRENT = {"rnn": 1, "lstm": 2, "gru": 1, "convlstm": 2}  # states of each
_NEURON, _LAYERS = frozenset({"neuron"}), frozenset(RECURRENT)
Wrap = Callable[[Any, int], Any]


class Truncated(NamedTuple):
    """A recurrent kernel whose gradient does not pass from a chunk of ``k`` steps to the last."""

    kernel: Any
    states: int
    k: int

    def forward(self, *given: Any) -> Any:
        """As the kernel's."""
        return self.kernel.forward(*given)

    def backward(self, dY: Array, *given: Any) -> Any:
        """As the kernel's, chunk by chunk."""
        last, tape, sigmas = given[: self.states], given[self.states], given[self.states + 1 :]
        dA, dU, first = [], np.zeros_like(tape.U), last
        for start in reversed(range(0, dY.shape[1], self.k)):
            first = last if start + self.k >= dY.shape[1] else tuple(map(np.zeros_like, last))
            dA_, first, dU_ = self.kernel.backward(
                dY[:, start : start + self.k], *first, _part(tape, start, self.k), *sigmas
            )
            dA.append(dA_)
            dU += dU_
        return np.concatenate(dA[::-1], axis=1), first, dU


def _part(tape: Any, start: int, k: int) -> Any:
    T = tape.a.shape[1]
    cut = {
        name: value[:, start : start + k + (value.shape[1] > T)]
        for name, value in tape._asdict().items()
        if name != "U"
    }
    return tape._replace(**cut)


class Ends(NamedTuple):
    """A recurrent kernel that loses the adjoint of its last state, or of its first."""

    kernel: Any
    states: int
    last: float
    first: float

    def forward(self, *given: Any) -> Any:
        """As the kernel's."""
        return self.kernel.forward(*given)

    def backward(self, dY: Array, *given: Any) -> Any:
        """As the kernel's, the ends weighed."""
        last = (self.last * d for d in given[: self.states])
        dA, first, dU = self.kernel.backward(dY, *last, *given[self.states :])
        if isinstance(first, tuple):
            return dA, tuple(self.first * d for d in first), dU
        return dA, self.first * first, dU


def _each(name: str, says: str, wrap: Wrap, **lines: Any) -> tuple[Convention, ...]:
    """In all nodes with a state, in neurons alone, in recurrent layers alone."""

    def neurons(given: Rules) -> Rules:
        return given._replace(neuron=given.neuron.but(**lines))

    def layers(given: Rules) -> Rules:
        kernels = RECURRENT.items()
        return given._replace(**{op: wrap(getattr(given, op), states) for op, states in kernels})

    return (
        Convention(name, says, _NEURON | _LAYERS, lambda given: neurons(layers(given))),
        Convention(f"{name}, in neurons", f"{says}  Recurrent layers are right.", _NEURON, neurons),
        Convention(f"{name}, in recurrent layers", f"{says}  Neurons are right.", _LAYERS, layers),
    )


def _truncated(k: int) -> tuple[Convention, ...]:
    return _each(
        f"truncated BPTT, k = {k}" if k > 1 else "carry forgotten (truncated BPTT, k = 1)",
        f"No gradient passes from step {k}, {2 * k}, {3 * k}, ... to the step before it.",
        lambda kernel, states: Truncated(kernel, states, k),
        carry=lambda z: z.dU * (z.t % k > 0 or z.t == 0),
    )


TIME: tuple[Convention, ...] = (
    *(convention for k in range(1, 6) for convention in _truncated(k)),
    *_each(
        "adjoint of the last state forgotten",
        "What comes from above on V^T, or on a recurrent layer's last state, is dropped.",
        lambda kernel, states: Ends(kernel, states, 0.0, 1.0),
        dVT=lambda z: np.zeros_like(z.dV),
    ),
    *_each(
        "adjoint of the first state forgotten",
        "The gradient in V^0, or in a recurrent layer's first state, is zero.",
        lambda kernel, states: Ends(kernel, states, 1.0, 0.0),
        dV0=lambda z: np.zeros_like(z.dV),
    ),
)
