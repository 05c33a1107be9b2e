"""Other convolutions, and other gradients of them; one convolution in ConvLSTM and before it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params, Tape
from liaf_ref.kernels.grid import Grid, Pad, cropped, padded, taps
from liaf_ref.oracle.conventions.convention import Convention
from liaf_ref.oracle.reference.convlstm import ConvLSTM
from liaf_ref.oracle.reference.rules import Rules

OPS = frozenset({"conv", "conv3d", "convlstm"})
TWO, THREE = 2, 3  # axes of a kernel
Answer = tuple[Array, Params]


class Turned(NamedTuple):
    """A convolution with the kernel turned round."""

    kernel: Any

    def forward(self, X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
        """As the kernel's, with the mirrored weights."""
        return self.kernel.forward(X, _mirrored(p), grid)[0], Tape(X, p)

    def backward(self, dI: Array, tape: Tape, grid: Grid) -> Answer:
        """As the kernel's, the gradient turned back."""
        dX, dp = self.kernel.backward(dI, tape._replace(p=_mirrored(tape.p)), grid)
        return dX, _mirrored(dp)


class Padded(NamedTuple):
    """A convolution with other zeros around."""

    kernel: Any
    pad: Callable[[Grid, tuple[int, ...], tuple[int, ...]], Pad]

    def forward(self, X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
        """As the kernel's."""
        return self.kernel.forward(X, p, self._other(grid, X, p))  # type: ignore[no-any-return]

    def backward(self, dI: Array, tape: Tape, grid: Grid) -> Answer:
        """As the kernel's."""
        other = self._other(grid, tape.X, tape.p)
        return self.kernel.backward(dI, tape, other)  # type: ignore[no-any-return]

    def _other(self, grid: Grid, X: Array, p: Params) -> Grid:
        N = len(grid.pad)
        return grid._replace(pad=self.pad(grid, X.shape[-1 - N : -1], p.W.shape[:N]))


class Changed(NamedTuple):
    """A convolution whose gradients are changed after the fact."""

    kernel: Any
    change: Callable[[Array, Tape, Grid, Answer], Answer]

    def forward(self, X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
        """As the kernel's."""
        return self.kernel.forward(X, p, grid)  # type: ignore[no-any-return]

    def backward(self, dI: Array, tape: Tape, grid: Grid) -> Answer:
        """As the kernel's, then changed."""
        return self.change(dI, tape, grid, self.kernel.backward(dI, tape, grid))


def _mirrored(p: Params) -> Params:
    return p._replace(W=np.flip(p.W, axis=tuple(range(p.W.ndim - 2))))


def _exchanged(grid: Grid, size: tuple[int, ...], kernel: tuple[int, ...]) -> Pad:
    return tuple((after, before) for before, after in grid.pad)


def _tensorflow(grid: Grid, size: tuple[int, ...], kernel: tuple[int, ...]) -> Pad:
    """As few zeros as give one window a stride, the odd one last."""
    zeros = [
        max((-(-n // s) - 1) * s + k - n, 0) if any(pair) else 0
        for n, s, k, pair in zip(size, grid.stride, kernel, grid.pad, strict=True)
    ]
    return tuple((z // 2, z - z // 2) for z in zeros)


def _in_time(before: Callable[[int], int]) -> Callable[..., Pad]:
    def pad(grid: Grid, size: tuple[int, ...], kernel: tuple[int, ...]) -> Pad:
        if len(kernel) < THREE:
            return grid.pad
        front = before(kernel[0])
        return (front, kernel[0] - 1 - front), *grid.pad[1:]

    return pad


def _overwritten(dI: Array, tape: Tape, grid: Grid, right: Answer) -> Answer:
    kernel = tape.p.W.shape[:-2]
    dX = np.zeros_like(padded(tape.X, grid.pad))
    for tap, under in taps(kernel, dI.shape[-1 - len(kernel) : -1], grid.stride):
        dX[under] = dI @ tape.p.W[tap].T
    return cropped(dX, grid.pad), right[1]


def _without(place: int) -> Callable[[Array, Tape, Grid, Answer], Answer]:
    def change(dI: Array, tape: Tape, grid: Grid, right: Answer) -> Answer:
        dX, dp = right
        dW = dp.W.copy()
        dW.reshape(-1, *dW.shape[-2:])[place] = 0
        return dX, dp._replace(W=dW)

    return change


def _times(share: Callable[[Array], float]) -> Callable[[Array, Tape, Grid, Answer], Answer]:
    def change(dI: Array, tape: Tape, grid: Grid, right: Answer) -> Answer:
        return right[0], right[1]._replace(W=right[1].W * share(dI))

    return change


def everywhere(name: str, says: str, wrap: Callable[[Any], Any]) -> Convention:
    """A convention that wraps the convolution, wherever it stands."""

    def rules(given: Rules) -> Rules:
        lstm = given.convlstm
        if isinstance(lstm, ConvLSTM):
            lstm = lstm._replace(conv=wrap(lstm.conv))
        return given._replace(conv=wrap(given.conv), convlstm=lstm)

    return Convention(name, says, OPS, rules)


def _changed(name: str, says: str, change: Any) -> Convention:
    return everywhere(name, says, lambda kernel: Changed(kernel, change))


def _last_step(name: str, says: str, *fields: str) -> Convention:
    """Of a convolution of H and W, which sees all steps at once."""

    def wrap(kernel: Any) -> Any:
        def change(dI: Array, tape: Tape, grid: Grid, right: Answer) -> Answer:
            if len(grid.pad) != TWO or (tape.p.b.ndim == 0 and fields == ("b",)):
                return right
            _, last = kernel.backward(dI[:, -1:], tape._replace(X=tape.X[:, -1:]), grid)
            return right[0], right[1]._replace(**{name: getattr(last, name) for name in fields})

        return Changed(kernel, change)

    return Convention(
        name, says, frozenset({"conv"}), lambda given: given._replace(conv=wrap(given.conv))
    )


def _padded(name: str, says: str, pad: Callable[..., Pad]) -> Convention:
    return everywhere(name, says, lambda kernel: Padded(kernel, pad))


def _unturned(kernel: Any) -> Any:
    def change(dI: Array, tape: Tape, grid: Grid, right: Answer) -> Answer:
        return kernel.backward(dI, tape._replace(p=_mirrored(tape.p)), grid)[0], right[1]

    return Changed(kernel, change)


def _places(dI: Array) -> float:
    return 1 / float(np.prod(dI.shape[-3:-1]))


CONVOLUTIONS: tuple[Convention, ...] = (
    everywhere(
        "convolution flipped",
        "The kernel is turned round, as a convolution in mathematics has it.",
        Turned,
    ),
    _padded(
        "zeros before and after exchanged",
        "Zeros that come before come after: an even kernel's odd one, a causal kernel's all.",
        _exchanged,
    ),
    _padded(
        "strided padding as TensorFlow's",
        "As few zeros as the number of windows needs, the odd one last.",
        _tensorflow,
    ),
    _padded(
        "Conv3D not causal",
        "A step sees the next, where it must not.",
        _in_time(lambda k: (k - 1) // 2),
    ),
    _padded(
        "Conv3D causal", "A step does not see the next, where it should.", _in_time(lambda k: k - 1)
    ),
    _changed(
        "windows overwrite each other's gradient",
        "Where windows overlap, the last one's gradient stays instead of the sum.",
        _overwritten,
    ),
    everywhere(
        "kernel not turned for the input's gradient",
        "The layer below gets the correlation, not its adjoint.",
        _unturned,
    ),
    _changed("kernel's first place not trained", "Its gradient is zero.", _without(0)),
    _changed("kernel's last place not trained", "Its gradient is zero.", _without(-1)),
    _changed(
        "kernel averaged over the batch",
        "The kernel's gradient is a mean over the batch.",
        _times(lambda dI: 1 / len(dI)),
    ),
    _changed(
        "kernel averaged over places",
        "The kernel's gradient is a mean over the windows of a frame.",
        _times(_places),
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
