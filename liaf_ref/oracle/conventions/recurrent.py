"""Other recurrent layers that go by the same names, ConvLSTM among them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.kernels import conv
from liaf_ref.kernels.activation import identity, relu
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, same
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers.cells import HARD_SIGMOID
from liaf_ref.oracle.conventions import gru_reset_after
from liaf_ref.oracle.conventions.convention import (
    Convention,
    kernel_convention,
    replace_functions,
    with_backward,
)


def _reordered_gates(kernel: Any, order: tuple[int, ...]) -> Any:
    """Gates stacked in another order; ``order`` leads to the kernel's."""

    def to_kernel(x: Array) -> Array:
        parts = np.split(x, len(order), axis=-1)
        return np.concatenate([parts[i] for i in order], axis=-1)

    def from_kernel(x: Array) -> Array:
        parts = np.split(x, len(order), axis=-1)
        return np.concatenate([parts[order.index(i)] for i in range(len(parts))], axis=-1)

    def forward(A: Array, *args: Any) -> Any:
        states, U, sigmas = _split_arguments(args)
        return kernel.forward(to_kernel(A), *states, to_kernel(U), *sigmas)

    def backward(dY: Array, *args: Any) -> Any:
        dA, first, dU = kernel.backward(dY, *args)
        return from_kernel(dA), first, from_kernel(dU)

    return replace_functions(kernel, forward=forward, backward=backward)


def _scaled_gates(kernel: Any, scales: tuple[float, ...], shifts: tuple[float, ...]) -> Any:
    """Drive and recurrent weights scaled gate by gate, and shifted."""

    def forward(A: Array, *args: Any) -> Any:
        states, U, sigmas = _split_arguments(args)
        scale, shift = (np.repeat(w, U.shape[-2]) for w in (scales, shifts))
        return kernel.forward(A * scale + shift, *states, U * scale, *sigmas)

    def backward(dY: Array, *args: Any) -> Any:
        dA, first, dU = kernel.backward(dY, *args)
        scale = np.repeat(scales, dU.shape[-2])
        return dA * scale, first, dU * scale

    return replace_functions(kernel, forward=forward, backward=backward)


def _split_arguments(args: tuple[Any, ...]) -> tuple[list[Array], Array, tuple[Pair, ...]]:
    """Initial states, recurrent weights and activations of a forward pass."""
    *states, U = [g for g in args if isinstance(g, np.ndarray)]
    return states, U, args[len(states) + 1 :]


def _with_activations(
    change: Callable[[tuple[Pair, ...]], tuple[Pair, ...]],
) -> Callable[[Any], Any]:
    def changed(args: tuple[Any, ...]) -> tuple[Any, ...]:
        pairs = tuple(g for g in args if isinstance(g, Pair))
        return args[: len(args) - len(pairs)] + change(pairs)

    return lambda kernel: replace_functions(
        kernel,
        forward=lambda *args: kernel.forward(*changed(args)),
        backward=lambda *args: kernel.backward(*changed(args)),
    )


def _gradient_from_next_state(kernel: Any, dY: Array, *args: Any) -> Any:
    dA, first, _ = kernel.backward(dY, *args)
    tape = next(g for g in args if hasattr(g, "U"))
    after = (tape.h if hasattr(tape, "h") else tape.c)[:, 1:]
    return dA, first, np.einsum("btk,btl->kl", after, dA)


def _convlstm_gradient_from(
    select_steps: Callable[[Array, Array], tuple[Array, Array]],
) -> Callable[[Any], Any]:
    """The recurrent weights' gradient from other pairs, of the states 0..T and the drive's."""

    def backward(kernel: Any, dY: Array, *args: Any) -> Any:
        dA, first, dU = kernel.backward(dY, *args)
        tape = next(g for g in args if hasattr(g, "U"))
        h, d = select_steps(tape.h, dA)
        grid = Grid((1, 1), same(dU.shape[:2]))
        p = conv.Params(tape.U, np.zeros(dU.shape[-1]))
        return dA, first, conv.backward(d, conv.Tape(h, p), grid)[1].W

    return with_backward(backward)


def _lstm_conventions(field: str, title: str) -> tuple[Convention, ...]:
    """What an LSTM and a ConvLSTM have in common."""

    def convention(name: str, description: str, wrap: Callable[[Any], Any]) -> Convention:
        return kernel_convention(f"{title} {name}", description, field, wrap)

    return (
        convention(
            "gates stacked i, f, c, o",
            "The order of PyTorch and Keras instead of the paper's f, i, o, c.",
            lambda kernel: _reordered_gates(kernel, (1, 0, 3, 2)),
        ),
        convention(
            "gates stacked i, f, o, c",
            "The gates i and f are swapped.",
            lambda kernel: _reordered_gates(kernel, (1, 0, 2, 3)),
        ),
        convention(
            "forget bias",
            "1 is added to the forget gate's argument.",
            lambda kernel: _scaled_gates(kernel, (1.0,) * 4, (1.0, 0.0, 0.0, 0.0)),
        ),
        convention(
            "without the output's tanh",
            "The output is h = o c instead of h = o tanh(c).",
            _with_activations(lambda s: (s[0], s[1], identity)),
        ),
        convention(
            "with hard sigmoid gates",
            "The gates use clip(0.2 x + 0.5, 0, 1) instead of the sigmoid, as in Keras.",
            _with_activations(lambda s: (HARD_SIGMOID, *s[1:])),
        ),
    )


def _z_for_one_minus_z(kernel: Any) -> Any:
    return _scaled_gates(kernel, (-1.0, 1.0, 1.0), (0.0, 0.0, 0.0))


RECURRENT_LAYERS: tuple[Convention, ...] = (
    kernel_convention(
        "GRU with reset_after (Keras, PyTorch)",
        "The reset gate follows the product: a_h = A_h + r (h U_h).",
        "gru",
        lambda _: gru_reset_after,
    ),
    kernel_convention(
        "GRU with z for 1 - z",
        "z weights the old state: h = z h + (1 - z) h~, as in PyTorch and Keras.",
        "gru",
        _z_for_one_minus_z,
    ),
    kernel_convention(
        "PyTorch GRU",
        "reset_after, and z instead of 1 - z.",
        "gru",
        lambda _: _z_for_one_minus_z(gru_reset_after),
    ),
    kernel_convention(
        "GRU gates stacked r, z, h",
        "The first two gates are swapped: r, z, h, as in PyTorch.",
        "gru",
        lambda kernel: _reordered_gates(kernel, (1, 0, 2)),
    ),
    kernel_convention(
        "PyTorch GRU, gates stacked r, z, h",
        "reset_after, z instead of 1 - z, and gates in the order r, z, h.",
        "gru",
        lambda _: _reordered_gates(_z_for_one_minus_z(gru_reset_after), (1, 0, 2)),
    ),
    *_lstm_conventions("lstm", "LSTM"),
    kernel_convention(
        "RNN with ReLU",
        "The activation is ReLU instead of tanh.",
        "rnn",
        _with_activations(lambda _: (relu,)),
    ),
    kernel_convention(
        "RNN dU from the next state",
        "The gradient of the recurrent weights uses c^t instead of c^{t-1}.",
        "rnn",
        with_backward(_gradient_from_next_state),
    ),
    kernel_convention(
        "LSTM dU from the next state",
        "The gradient of the recurrent weights uses h^t instead of h^{t-1}.",
        "lstm",
        with_backward(_gradient_from_next_state),
    ),
    *_lstm_conventions("convlstm", "ConvLSTM"),
    kernel_convention(
        "ConvLSTM dU of the last step only",
        "The gradient of the recurrent weights is not summed over time.",
        "convlstm",
        _convlstm_gradient_from(lambda h, d: (h[:, -2:-1], d[:, -1:])),
    ),
    kernel_convention(
        "ConvLSTM dU from the next state",
        "The gradient of the recurrent weights uses h^t instead of h^{t-1}.",
        "convlstm",
        _convlstm_gradient_from(lambda h, d: (h[:, 1:], d)),
    ),
)
