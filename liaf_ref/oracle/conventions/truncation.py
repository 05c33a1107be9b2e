"""Backpropagation through less than all of time: the neuron and the recurrent layers alike."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.conventions.convention import Convention, with_backward
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.reference.kernel_table import KernelTable

STATE_COUNT = {op: len(OPS[op].states) for op in ("rnn", "lstm", "gru", "convlstm")}
_NEURON, _LAYERS = frozenset({"neuron"}), frozenset(STATE_COUNT)
MAX_LISTED_K = 5  # of the catalog; others are tried where the steps of a case allow them
KernelWrapper = Callable[[Any, int], Any]


def _truncated(kernel: Any, states: int, k: int) -> Any:
    """Backward, no gradient passes from a chunk of ``k`` steps to the previous one."""

    def backward(kernel: Any, dY: Array, *args: Any) -> Any:
        last, tape, sigmas = args[:states], args[states], args[states + 1 :]
        dA, dU, first = [], np.zeros_like(tape.U), last
        for start in reversed(range(0, dY.shape[1], k)):
            first = last if start + k >= dY.shape[1] else tuple(map(np.zeros_like, last))
            dA_, first, dU_ = kernel.backward(
                dY[:, start : start + k], *first, _tape_chunk(tape, start, k), *sigmas
            )
            dA.append(dA_)
            dU += dU_
        return np.concatenate(dA[::-1], axis=1), first, dU

    return with_backward(backward)(kernel)


def _tape_chunk(tape: Any, start: int, k: int) -> Any:
    T = tape.a.shape[1]
    cut = {
        name: value[:, start : start + k + (value.shape[1] > T)]
        for name, value in tape._asdict().items()
        if name != "U"
    }
    return tape._replace(**cut)


def _scaled_ends(kernel: Any, states: int, last_factor: float, first_factor: float) -> Any:
    """The adjoints of the last and of the first states are scaled."""

    def backward(kernel: Any, dY: Array, *args: Any) -> Any:
        last = (last_factor * d for d in args[:states])
        dA, first, dU = kernel.backward(dY, *last, *args[states:])
        if isinstance(first, tuple):
            return dA, tuple(first_factor * d for d in first), dU
        return dA, first_factor * first, dU

    return with_backward(backward)(kernel)


def _neurons_and_layers(
    name: str, description: str, wrap: KernelWrapper, **equations: Any
) -> tuple[Convention, ...]:
    """In all nodes with a state, in neurons alone, in recurrent layers alone."""

    def neurons(given: KernelTable) -> KernelTable:
        return given._replace(neuron=given.neuron.replace(**equations))

    def layers(given: KernelTable) -> KernelTable:
        kernels = STATE_COUNT.items()
        return given._replace(**{op: wrap(getattr(given, op), states) for op, states in kernels})

    return (
        Convention(name, description, _NEURON | _LAYERS, lambda given: neurons(layers(given))),
        Convention(
            f"{name}, in neurons", f"{description}  Recurrent layers are correct.", _NEURON, neurons
        ),
        Convention(
            f"{name}, in recurrent layers", f"{description}  Neurons are correct.", _LAYERS, layers
        ),
    )


def truncated_bptt(k: int) -> tuple[Convention, ...]:
    """BPTT through k steps: in all nodes with a state, in neurons, in recurrent layers."""
    return _neurons_and_layers(
        f"truncated BPTT, k = {k}",
        f"No gradient flows from step {k + 1}, {2 * k + 1}, {3 * k + 1}, ... to the previous step.",
        lambda kernel, states: _truncated(kernel, states, k),
        carry=lambda z: z.dU * (z.t % k > 0 or z.t == 0),
    )


TRUNCATION: tuple[Convention, ...] = (
    *(convention for k in range(1, MAX_LISTED_K + 1) for convention in truncated_bptt(k)),
    *_neurons_and_layers(
        "gradient of the final state missing",
        "The upstream gradient of V^T, or of a recurrent layer's final state, is dropped.",
        lambda kernel, states: _scaled_ends(kernel, states, 0.0, 1.0),
        dVT=lambda z: np.zeros_like(z.dV),
    ),
    *_neurons_and_layers(
        "gradient of the initial state missing",
        "The gradient of V^0, or of a recurrent layer's initial state, is zero.",
        lambda kernel, states: _scaled_ends(kernel, states, 1.0, 0.0),
        dV0=lambda z: np.zeros_like(z.dV),
    ),
)
