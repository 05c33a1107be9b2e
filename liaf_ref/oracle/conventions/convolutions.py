"""Other convolutions, and other gradients of them; one convolution in ConvLSTM and before it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params, Tape
from liaf_ref.kernels.grid import Grid, Pad, cropped, padded, taps
from liaf_ref.oracle.conventions.convention import (
    Convention,
    kernel_convention,
    replace_functions,
    with_backward,
)
from liaf_ref.oracle.reference.convlstm import ConvLSTM
from liaf_ref.oracle.reference.kernel_table import KernelTable

OPS = frozenset({"conv", "conv3d", "convlstm"})
SPATIAL_AXES, SPACETIME_AXES = 2, 3  # axes of a kernel
Gradients = tuple[Array, Params]


def _flip(p: Params) -> Params:
    return p._replace(W=np.flip(p.W, axis=tuple(range(p.W.ndim - 2))))


def _flipped(kernel: Any) -> Any:
    def forward(X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
        return kernel.forward(X, _flip(p), grid)[0], Tape(X, p)

    def backward(dI: Array, tape: Tape, grid: Grid) -> Gradients:
        dX, dp = kernel.backward(dI, tape._replace(p=_flip(tape.p)), grid)
        return dX, _flip(dp)

    return replace_functions(kernel, forward=forward, backward=backward)


def _with_padding(pad: Callable[..., Pad]) -> Callable[[Any], Any]:
    """Other zeros around; ``pad`` takes the grid, and the sizes of input and kernel."""

    def wrap(kernel: Any) -> Any:
        def other(grid: Grid, X: Array, p: Params) -> Grid:
            N = len(grid.pad)
            return grid._replace(pad=pad(grid, X.shape[-1 - N : -1], p.W.shape[:N]))

        return replace_functions(
            kernel,
            forward=lambda X, p, grid: kernel.forward(X, p, other(grid, X, p)),
            backward=lambda dI, tape, grid: kernel.backward(dI, tape, other(grid, tape.X, tape.p)),
        )

    return wrap


def _swapped_padding(grid: Grid, size: tuple[int, ...], kernel: tuple[int, ...]) -> Pad:
    return tuple((after, before) for before, after in grid.pad)


def _tensorflow_padding(grid: Grid, size: tuple[int, ...], kernel: tuple[int, ...]) -> Pad:
    """The minimum padding for one window per stride, the extra zero at the end."""
    zeros = [
        max((-(-n // s) - 1) * s + k - n, 0) if any(pair) else 0
        for n, s, k, pair in zip(size, grid.stride, kernel, grid.pad, strict=True)
    ]
    return tuple((z // 2, z - z // 2) for z in zeros)


def _time_padding(frames_before: Callable[[int], int]) -> Callable[..., Pad]:
    def pad(grid: Grid, size: tuple[int, ...], kernel: tuple[int, ...]) -> Pad:
        if len(kernel) < SPACETIME_AXES:
            return grid.pad
        front = frames_before(kernel[0])
        return (front, kernel[0] - 1 - front), *grid.pad[1:]

    return pad


def _overwritten_input_gradient(kernel: Any, dI: Array, tape: Tape, grid: Grid) -> Gradients:
    size = tape.p.W.shape[:-2]
    dX = np.zeros_like(padded(tape.X, grid.pad))
    for tap, under in taps(size, dI.shape[-1 - len(size) : -1], grid.stride):
        dX[under] = dI @ tape.p.W[tap].T
    return cropped(dX, grid.pad), kernel.backward(dI, tape, grid)[1]


def _unflipped_input_gradient(kernel: Any, dI: Array, tape: Tape, grid: Grid) -> Gradients:
    dX, _ = kernel.backward(dI, tape._replace(p=_flip(tape.p)), grid)
    return dX, kernel.backward(dI, tape, grid)[1]


def _kernel_gradient(change: Callable[[Array, Array], Array]) -> Callable[[Any], Any]:
    """Another gradient of the weights, of the right one and the gradient that comes from above."""

    def backward(kernel: Any, dI: Array, tape: Tape, grid: Grid) -> Gradients:
        dX, dp = kernel.backward(dI, tape, grid)
        return dX, dp._replace(W=change(dp.W, dI))

    return with_backward(backward)


def _without_entry(entry: int) -> Callable[[Array, Array], Array]:
    def change(dW: Array, dI: Array) -> Array:
        left = dW.copy()
        left.reshape(-1, *dW.shape[-2:])[entry] = 0
        return left

    return change


def convolution_convention(name: str, description: str, wrap: Callable[[Any], Any]) -> Convention:
    """A convention that wraps the convolution, wherever it stands."""

    def rules(given: KernelTable) -> KernelTable:
        lstm = given.convlstm
        if isinstance(lstm, ConvLSTM):
            lstm = lstm._replace(conv=wrap(lstm.conv))
        return given._replace(conv=wrap(given.conv), convlstm=lstm)

    return Convention(name, description, OPS, rules)


def _last_step(name: str, description: str, quantity: str) -> Convention:
    """Of a convolution of H and W, which sees all steps at once."""

    def backward(kernel: Any, dI: Array, tape: Tape, grid: Grid) -> Gradients:
        dX, dp = kernel.backward(dI, tape, grid)
        if len(grid.pad) != SPATIAL_AXES:
            return dX, dp
        _, last = kernel.backward(dI[:, -1:], tape._replace(X=tape.X[:, -1:]), grid)
        return dX, dp._replace(**{quantity: getattr(last, quantity)})

    wrapped = kernel_convention(name, description, "conv", with_backward(backward))
    return wrapped._replace(ops=frozenset({"conv"}))


def _previous_frame(kernel: Any, dI: Array, tape: Tape, grid: Grid) -> Gradients:
    """Of a convolution of H and W."""
    dX, dp = kernel.backward(dI, tape, grid)
    if len(grid.pad) != SPATIAL_AXES:
        return dX, dp
    _, shifted = kernel.backward(dI[:, 1:], tape._replace(X=tape.X[:, :-1]), grid)
    return dX, dp._replace(W=shifted.W)


CONVOLUTIONS: tuple[Convention, ...] = (
    convolution_convention(
        "convolution flipped",
        "The kernel is flipped, as in the mathematical convolution.",
        _flipped,
    ),
    convolution_convention(
        "padding sides swapped",
        "The padding is on the wrong side: the extra zero (even kernel) or all zeros (causal).",
        _with_padding(_swapped_padding),
    ),
    convolution_convention(
        "TensorFlow's padding with a stride",
        "Padding is the minimum for the number of windows, with the extra zero at the end.",
        _with_padding(_tensorflow_padding),
    ),
    convolution_convention(
        "Conv3D not causal",
        "The output of a causal Conv3D depends on the next step.",
        _with_padding(_time_padding(lambda k: (k - 1) // 2)),
    ),
    convolution_convention(
        "Conv3D causal",
        "The output of a Conv3D that is not causal ignores the next step.",
        _with_padding(_time_padding(lambda k: k - 1)),
    ),
    convolution_convention(
        "windows overwrite each other's gradient",
        "Where windows overlap, the gradient is that of the last window, not the sum.",
        with_backward(_overwritten_input_gradient),
    ),
    convolution_convention(
        "input gradient not flipped",
        "The input gradient is computed with a kernel that is not flipped.",
        with_backward(_unflipped_input_gradient),
    ),
    convolution_convention(
        "first kernel entry not trained",
        "The gradient of this kernel entry is zero.",
        _kernel_gradient(_without_entry(0)),
    ),
    convolution_convention(
        "last kernel entry not trained",
        "The gradient of this kernel entry is zero.",
        _kernel_gradient(_without_entry(-1)),
    ),
    convolution_convention(
        "kernel gradient averaged over the batch",
        "The kernel's gradient is a mean over the batch.",
        _kernel_gradient(lambda dW, dI: dW * (1 / len(dI))),
    ),
    convolution_convention(
        "kernel gradient averaged over positions",
        "The kernel's gradient is a mean over the windows of a frame.",
        _kernel_gradient(lambda dW, dI: dW * (1 / float(np.prod(dI.shape[-3:-1])))),
    ),
    _last_step(
        "kernel of the last step only", "The kernel's gradient is not summed over time.", "W"
    ),
    _last_step(
        "convolution's bias of the last step only",
        "The bias's gradient is not summed over time.",
        "b",
    ),
    kernel_convention(
        "kernel gradient with the previous input",
        "The kernel's gradient multiplies dI of step t with the input of step t - 1.",
        "conv",
        with_backward(_previous_frame),
    )._replace(ops=frozenset({"conv"})),
)
