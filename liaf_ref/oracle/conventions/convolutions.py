"""Other convolutions, and other gradients of them; one convolution in ConvLSTM and before it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params, Tape
from liaf_ref.kernels.grid import Grid, Pad, cropped, padded, taps
from liaf_ref.oracle.conventions.convention import Convention
from liaf_ref.oracle.reference.convlstm import ConvLSTM
from liaf_ref.oracle.reference.kernel_table import KernelTable

OPS = frozenset({"conv", "conv3d", "convlstm"})
SPATIAL_AXES, SPACETIME_AXES = 2, 3  # axes of a kernel
Gradients = tuple[Array, Params]


class FlippedKernel(NamedTuple):
    """A convolution with the kernel turned round."""

    kernel: Any

    def forward(self, X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
        """As the kernel's, with the mirrored weights."""
        return self.kernel.forward(X, _flip_kernel(p), grid)[0], Tape(X, p)

    def backward(self, dI: Array, tape: Tape, grid: Grid) -> Gradients:
        """As the kernel's, the gradient turned back."""
        dX, dp = self.kernel.backward(dI, tape._replace(p=_flip_kernel(tape.p)), grid)
        return dX, _flip_kernel(dp)


class OtherPadding(NamedTuple):
    """A convolution with other zeros around."""

    kernel: Any
    pad: Callable[[Grid, tuple[int, ...], tuple[int, ...]], Pad]

    def forward(self, X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
        """As the kernel's."""
        return self.kernel.forward(X, p, self._other_grid(grid, X, p))  # type: ignore[no-any-return]

    def backward(self, dI: Array, tape: Tape, grid: Grid) -> Gradients:
        """As the kernel's."""
        other = self._other_grid(grid, tape.X, tape.p)
        return self.kernel.backward(dI, tape, other)  # type: ignore[no-any-return]

    def _other_grid(self, grid: Grid, X: Array, p: Params) -> Grid:
        N = len(grid.pad)
        return grid._replace(pad=self.pad(grid, X.shape[-1 - N : -1], p.W.shape[:N]))


class ChangedGradient(NamedTuple):
    """A convolution whose gradients are changed after the fact."""

    kernel: Any
    change: Callable[[Array, Tape, Grid, Gradients], Gradients]

    def forward(self, X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
        """As the kernel's."""
        return self.kernel.forward(X, p, grid)  # type: ignore[no-any-return]

    def backward(self, dI: Array, tape: Tape, grid: Grid) -> Gradients:
        """As the kernel's, then changed."""
        return self.change(dI, tape, grid, self.kernel.backward(dI, tape, grid))


def _flip_kernel(p: Params) -> Params:
    return p._replace(W=np.flip(p.W, axis=tuple(range(p.W.ndim - 2))))


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


def _overwritten_input_gradient(dI: Array, tape: Tape, grid: Grid, correct: Gradients) -> Gradients:
    kernel = tape.p.W.shape[:-2]
    dX = np.zeros_like(padded(tape.X, grid.pad))
    for tap, under in taps(kernel, dI.shape[-1 - len(kernel) : -1], grid.stride):
        dX[under] = dI @ tape.p.W[tap].T
    return cropped(dX, grid.pad), correct[1]


def _zeroed_kernel_entry(entry: int) -> Callable[[Array, Tape, Grid, Gradients], Gradients]:
    def change(dI: Array, tape: Tape, grid: Grid, right: Gradients) -> Gradients:
        dX, dp = right
        dW = dp.W.copy()
        dW.reshape(-1, *dW.shape[-2:])[entry] = 0
        return dX, dp._replace(W=dW)

    return change


def _scaled_kernel_gradient(
    factor: Callable[[Array], float],
) -> Callable[[Array, Tape, Grid, Gradients], Gradients]:
    def change(dI: Array, tape: Tape, grid: Grid, right: Gradients) -> Gradients:
        return right[0], right[1]._replace(W=right[1].W * factor(dI))

    return change


def convolution_convention(name: str, description: str, wrap: Callable[[Any], Any]) -> Convention:
    """A convention that wraps the convolution, wherever it stands."""

    def rules(given: KernelTable) -> KernelTable:
        lstm = given.convlstm
        if isinstance(lstm, ConvLSTM):
            lstm = lstm._replace(conv=wrap(lstm.conv))
        return given._replace(conv=wrap(given.conv), convlstm=lstm)

    return Convention(name, description, OPS, rules)


def _changed_gradient(name: str, description: str, change: Any) -> Convention:
    return convolution_convention(name, description, lambda kernel: ChangedGradient(kernel, change))


def _last_step(name: str, description: str, *fields: str) -> Convention:
    """Of a convolution of H and W, which sees all steps at once."""

    def wrap(kernel: Any) -> Any:
        def change(dI: Array, tape: Tape, grid: Grid, right: Gradients) -> Gradients:
            if len(grid.pad) != SPATIAL_AXES or (tape.p.b.ndim == 0 and fields == ("b",)):
                return right
            _, last = kernel.backward(dI[:, -1:], tape._replace(X=tape.X[:, -1:]), grid)
            return right[0], right[1]._replace(**{name: getattr(last, name) for name in fields})

        return ChangedGradient(kernel, change)

    return Convention(
        name, description, frozenset({"conv"}), lambda given: given._replace(conv=wrap(given.conv))
    )


def _other_padding(name: str, description: str, pad: Callable[..., Pad]) -> Convention:
    return convolution_convention(name, description, lambda kernel: OtherPadding(kernel, pad))


def _unflipped_input_gradient(kernel: Any) -> Any:
    def change(dI: Array, tape: Tape, grid: Grid, right: Gradients) -> Gradients:
        return kernel.backward(dI, tape._replace(p=_flip_kernel(tape.p)), grid)[0], right[1]

    return ChangedGradient(kernel, change)


def _inverse_frame_size(dI: Array) -> float:
    return 1 / float(np.prod(dI.shape[-3:-1]))


CONVOLUTIONS: tuple[Convention, ...] = (
    convolution_convention(
        "convolution flipped",
        "The kernel is flipped, as in the mathematical convolution.",
        FlippedKernel,
    ),
    _other_padding(
        "padding sides swapped",
        "Padding goes to the other side: the extra zero (even kernel) or all zeros (causal).",
        _swapped_padding,
    ),
    _other_padding(
        "TensorFlow's padding with a stride",
        "The minimum padding for the number of windows, the extra zero at the end.",
        _tensorflow_padding,
    ),
    _other_padding(
        "Conv3D not causal",
        "A step depends on the next step where it must not.",
        _time_padding(lambda k: (k - 1) // 2),
    ),
    _other_padding(
        "Conv3D causal",
        "A step does not depend on the next step where it should.",
        _time_padding(lambda k: k - 1),
    ),
    _changed_gradient(
        "windows overwrite each other's gradient",
        "Where windows overlap, the gradient is that of the last window, not the sum.",
        _overwritten_input_gradient,
    ),
    convolution_convention(
        "input gradient not flipped",
        "The input gradient is a correlation with the kernel that is not flipped.",
        _unflipped_input_gradient,
    ),
    _changed_gradient(
        "first kernel entry not trained", "Its gradient is zero.", _zeroed_kernel_entry(0)
    ),
    _changed_gradient(
        "last kernel entry not trained", "Its gradient is zero.", _zeroed_kernel_entry(-1)
    ),
    _changed_gradient(
        "kernel gradient averaged over the batch",
        "The kernel's gradient is a mean over the batch.",
        _scaled_kernel_gradient(lambda dI: 1 / len(dI)),
    ),
    _changed_gradient(
        "kernel gradient averaged over positions",
        "The kernel's gradient is a mean over the windows of a frame.",
        _scaled_kernel_gradient(_inverse_frame_size),
    ),
    _last_step(
        "kernel of the last step only", "The kernel's gradient is not summed over time.", "W"
    ),
    _last_step(
        "convolution's bias of the last step only",
        "The bias's gradient is not summed over time.",
        "b",
    ),
)
